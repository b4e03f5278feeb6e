import { expect, it } from 'vitest';
import type { CallEvent, CallEventBody } from '../../../src/call/events.js';
import { NEW_CALL } from '../../../src/console/call-view.js';
import { withTelephoneRemarks } from '../../../src/console/telephone-remarks.js';

const AGENTS = [
  { name: 'desk', isDefault: true, model: 'm', fallback: 'Call later.', disclosure: '“I am a machine.”' },
  { name: 'other', isDefault: false, model: 'm', fallback: 'Nobody is here.' },
];
const started: CallEventBody = {
  type: 'started',
  agent: 'desk',
  direction: 'inbound',
  beganWallMs: 0,
  pii: { from: 'client:desk-phone', to: '' },
};

function remarks(body: CallEventBody, agent: string): string[] {
  const event: CallEvent = { callSid: 'CA1', atMs: 0, ...body };
  const { entries } = withTelephoneRemarks({ ...NEW_CALL, agent }, event, AGENTS);
  return entries.flatMap((entry) => (entry.kind === 'remark' ? [entry.text] : []));
}

it('says in words what a telephone hears before the agent, where it hears something', () => {
  expect(remarks(started, 'desk')).toEqual(['A caller on the telephone hears first: “I am a machine.”']);
  expect(remarks(started, 'other')).toEqual([]);
  expect(remarks(started, 'unknown')).toEqual([]);
});

it('says what a telephone hears when the model cannot be had, and of no other end', () => {
  const failed: CallEventBody = { type: 'ended', reason: 'model-failed', durationMs: 1 };
  expect(remarks(failed, 'other')).toEqual(['The caller would hear: “Nobody is here.”']);
  expect(remarks({ ...failed, reason: 'agent-hung-up' }, 'other')).toEqual([]);
});
