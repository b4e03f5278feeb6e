import type { AgentConfig } from '../agents/schema/schema.js';
import type { CreateVoiceDetector } from '../audio/voice-detector.js';
import type { TurnPlan } from '../call/caller/caller-turns.js';
import { LivelineError } from '../errors.js';

/** So much voice begins a turn, and no less: the tone of a key is known for one after 60 ms. */
const VOICE_MS = 100;
const MIN_VOICE_MS = 80;
/** Silence that ends a turn, by how easily it is to end: shorter cuts into sentences, longer makes callers wait. */
const SILENCE_MS = { high: 400, usual: 600, low: 1_000 } as const;
/** How easily a turn begins. */
const STRICTNESS = { high: 'lenient', usual: 'usual', low: 'strict' } as const;

/**
 * How an agent has the caller's turns found.
 * @param createDetector needed where that is the bridge's work
 */
export function turnPlan({ turn }: AgentConfig, createDetector: CreateVoiceDetector | undefined): TurnPlan {
  if (turn.detection === 'model') {
    return { detection: 'model', ...(turn.silence_ms !== undefined && { silenceMs: turn.silence_ms }) };
  }
  if (!createDetector) throw new LivelineError('INTERNAL', 'the voice detector was not loaded');
  return {
    detection: 'local',
    createDetector,
    strictness: STRICTNESS[turn.start_sensitivity ?? 'usual'],
    voiceMs: Math.max(MIN_VOICE_MS, turn.prefix_padding_ms ?? VOICE_MS),
    silenceMs: turn.silence_ms ?? SILENCE_MS[turn.end_sensitivity ?? 'usual'],
    bargeIn: turn.barge_in,
  };
}
