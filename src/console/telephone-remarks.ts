import type { CallEvent } from '../call/events.js';
import { type CallView, remark } from './call-view.js';
import type { LineInfo } from './phone-state.js';

/** What the carrier plays to a telephone, and nobody to the page: it is told in words. */
export function withTelephoneRemarks(view: CallView, event: CallEvent, agents: LineInfo['agents']): CallView {
  const agent = agents.find(({ name }) => name === view.agent);
  if (!agent) return view;
  if (event.type === 'started' && agent.disclosure !== undefined)
    return remark(view, event, `A caller on the telephone hears first: ${agent.disclosure}`);
  if (event.type === 'ended' && event.reason === 'model-failed')
    return remark(view, event, `The caller would hear: “${agent.fallback}”`);
  return view;
}
