import { type ModelProfile, takesContext } from '../../models/profiles.js';
import type { Finding, Path } from '../problem.js';
import type { AgentConfig } from '../schema/schema.js';

/** Pauses inside a word are shorter. */
const MIN_SILENCE_MS = 100;
/** A caller who has to speak for longer before anybody listens is not heard at all. */
const MAX_VOICE_MS = 1_000;

/** What the bridge cannot do where it finds the caller's turns itself, and what a model cannot be told. */
export function checkTurn(agent: AgentConfig, model: ModelProfile | undefined): Finding[] {
  return [...checkCutOff(agent, model), ...(agent.turn.detection === 'local' ? checkLocal(agent, model) : [])];
}

function checkLocal({ turn }: AgentConfig, model: ModelProfile | undefined): Finding[] {
  const findings: Finding[] = [];
  const refuse = (key: string, message: string) => findings.push({ path: path(key), message });
  if (model?.translates === true) refuse('detection', `${model.id} only translates; it has no turns`);
  if (turn.coverage === 'all')
    refuse('coverage', '`all` needs `detection: model`; with `local` the model hears turns only');
  if (turn.activity_signals === true) {
    refuse('activity_signals', 'needs `detection: model`; with `local` there is nothing for the service to report');
  }
  if (turn.silence_ms !== undefined && turn.silence_ms < MIN_SILENCE_MS) {
    refuse('silence_ms', `must be at least ${MIN_SILENCE_MS} with \`detection: local\`; words have pauses too`);
  }
  if (turn.silence_ms !== undefined && turn.end_sensitivity !== undefined) {
    refuse('end_sensitivity', 'says the same as `silence_ms` with `detection: local`; keep one of them');
  }
  if (turn.prefix_padding_ms !== undefined && turn.prefix_padding_ms > MAX_VOICE_MS) {
    refuse('prefix_padding_ms', `must be at most ${MAX_VOICE_MS} with \`detection: local\``);
  }
  return findings;
}

function checkCutOff({ turn }: AgentConfig, model: ModelProfile | undefined): Finding[] {
  if (!turn.tell_cut_off) return [];
  if (model && !takesContext(model)) {
    const message = `${model.id} takes no text in the middle of a call that it does not answer; leave it out`;
    return [{ path: path('tell_cut_off'), message }];
  }
  if (turn.barge_in) return [];
  return [{ path: path('tell_cut_off'), message: 'needs `barge_in`: without it nothing is cut off' }];
}

function path(key: string): Path {
  return ['turn', key];
}
