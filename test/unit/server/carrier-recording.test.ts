import { expect, it } from 'vitest';
import type { CallStart } from '../../../src/call/ports.js';
import { CallError } from '../../../src/errors.js';
import { carrierRecording, unpausableEntries } from '../../../src/server/carrier-recording.js';
import { agentsIn, deskWith } from '../../support/agents-file.js';
import { callStart } from '../../support/scripted-legs.js';

const CARRIER = { serverUrl: 'https://host.test' };

function start(answer: () => Promise<boolean>) {
  const asked: boolean[] = [];
  const failures: string[] = [];
  const call = callStart(CARRIER);
  const rest = {
    accountSid: call.accountSid,
    pauseRecording: (_callSid: string, paused: boolean) => {
      asked.push(paused);
      return answer();
    },
  };
  const onFailed = ({ code }: { code: string }) => void failures.push(code);
  const recording = carrierRecording({ rest, hasCarrier: true, onFailed }, call);
  if (!recording) throw new Error('the call is the account’s own');
  return { asked, failures, recording };
}

it('asks for one thing after the other, and is paused also where nothing records', async () => {
  const answers: (() => void)[] = [];
  const { asked, recording } = start(() => new Promise((resolve) => answers.push(() => resolve(false))));
  const paused = recording.pause();
  recording.resume();
  await expect.poll(() => asked).toEqual([true]);
  answers[0]!();
  await paused;
  await expect.poll(() => asked).toEqual([true, false]);
});

it('is not paused where Twilio says so, and goes on being asked', async () => {
  const { asked, failures, recording } = start(() => Promise.reject(new CallError('CARRIER_FAILED', 'no')));
  await expect(recording.pause()).rejects.toMatchObject({ code: 'CARRIER_FAILED' });
  recording.resume();
  await expect.poll(() => failures).toEqual(['CARRIER_FAILED', 'CARRIER_FAILED']);
  expect(asked).toEqual([true, false]);
});

it.each<[string, boolean, Partial<CallStart>, boolean]>([
  ['a carrier’s call', true, CARRIER, true],
  ['a call from this machine, which alone is answered', false, CARRIER, false],
  ['a call from the desk phone', true, {}, false],
])('is not known to be paused without credentials: %s', async (_what, hasCarrier, call, mayBe) => {
  const details: string[] = [];
  const onFailed = ({ detail }: { detail: string }) => void details.push(detail);
  const recording = carrierRecording({ rest: undefined, hasCarrier, onFailed }, callStart(call));
  expect(recording !== undefined).toBe(mayBe);
  if (!recording) return;
  await expect(recording.pause()).rejects.toMatchObject({ code: 'CARRIER_UNREACHABLE' });
  expect(details).toEqual([expect.stringContaining('TWILIO_ACCOUNT_SID')]);
});

it('is not known to be paused of another account’s call', async () => {
  const rest = { accountSid: 'AC1', pauseRecording: () => Promise.resolve(true) };
  const recording = carrierRecording({ rest, hasCarrier: true, onFailed: () => undefined }, callStart(CARRIER));
  await expect(recording?.pause()).rejects.toMatchObject({ detail: expect.stringContaining('another account') });
});

it('is said beforehand to be missing where an entry would need its pause', () => {
  const entries = [true, false].map(
    (sensitive, index) => `  - { built_in: collect_digits, name: ask_${index}, sensitive: ${sensitive} }`,
  );
  const warnings = unpausableEntries(agentsIn(deskWith(['tools:', ...entries].join('\n'))));
  expect(warnings).toEqual([expect.stringContaining('`ask_0` of agent "desk"')]);
});
