import { describe, expect, it } from 'vitest';
import { loadVoiceDetector } from '../../../src/audio/voice-detector.js';
import { LivelineError } from '../../../src/errors.js';
import { turnPlan } from '../../../src/server/turn-plan.js';
import { agentsIn, deskWith } from '../../support/agents-file.js';

const createDetector = await loadVoiceDetector();

function planOf(turn: string) {
  const [agent] = agentsIn(deskWith(`turn: ${turn}`));
  return turnPlan(agent!, createDetector);
}

describe('how an agent’s turns are found', () => {
  it('is the model’s affair, and the silence is known where it was chosen', () => {
    expect(planOf('{}')).toEqual({ detection: 'model' });
    expect(planOf('{ silence_ms: 700 }')).toEqual({ detection: 'model', silenceMs: 700 });
  });

  it.each([
    ['{ detection: local }', { strictness: 'usual', voiceMs: 100, silenceMs: 600, bargeIn: true }],
    ['{ detection: local, start_sensitivity: low, end_sensitivity: low }', { strictness: 'strict', silenceMs: 1_000 }],
    ['{ detection: local, start_sensitivity: high, end_sensitivity: high }', { strictness: 'lenient', silenceMs: 400 }],
    ['{ detection: local, prefix_padding_ms: 20, silence_ms: 900 }', { voiceMs: 80, silenceMs: 900 }],
    ['{ detection: local, prefix_padding_ms: 240, barge_in: false }', { voiceMs: 240, bargeIn: false }],
  ])('is the bridge’s by %s', (turn, plan) => {
    expect(planOf(turn)).toMatchObject({ detection: 'local', createDetector, ...plan });
  });

  it('needs a detector', () => {
    const [agent] = agentsIn(deskWith('turn: { detection: local }'));
    expect(() => turnPlan(agent!, undefined)).toThrow(LivelineError);
  });
});
