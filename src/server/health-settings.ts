import type { AgentConfig } from '../agents/schema/schema.js';
import type { HealthSettings } from '../call/health.js';
import type { ModelProfile } from '../models/profiles.js';

const MS_PER_SECOND = 1_000;

/** How patient an agent's calls are with their model; undefined: endlessly. A translator has no turns to watch over. */
export function healthSettings(agent: AgentConfig, profile: ModelProfile): HealthSettings | undefined {
  const { health } = agent;
  if (!health.watch || profile.translates) return undefined;
  return {
    noAnswerMs: health.no_answer_s * MS_PER_SECOND,
    stallMs: health.stall_s * MS_PER_SECOND,
    turnEndMs: health.turn_end_s * MS_PER_SECOND,
    emptyTurns: health.empty_turns,
    rejectedTurns: health.rejected_turns,
    silentReplies: health.silent_replies,
    continuesCutSentences: health.continue_cut_sentences,
    takesText: profile.text !== 'none',
    proactive:
      profile.proactiveAudio === 'always' || (profile.proactiveAudio === 'opt-in' && agent.proactive_audio === true),
  };
}
