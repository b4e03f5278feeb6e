import { expect, it } from 'vitest';
import { CallError } from '../../../src/errors.js';
import { carrierRecording } from '../../../src/server/carrier-recording.js';
import { callStart } from '../../support/scripted-legs.js';

function start(answer: () => Promise<boolean>) {
  const asked: boolean[] = [];
  const failures: string[] = [];
  const rest = {
    pauseRecording: (_callSid: string, paused: boolean) => {
      asked.push(paused);
      return answer();
    },
  };
  return { asked, failures, recording: carrierRecording(rest, callStart(), (error) => failures.push(error.code)) };
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
  await expect.poll(() => failures).toEqual(['CARRIER_FAILED']);
  expect(asked).toEqual([true, false]);
});
