import { readFile } from 'node:fs/promises';
import { resampleWhole, toPcm16 } from '../../audio/resample-whole.js';
import { createDownsampler24To8 } from '../../audio/stream-resampler.js';
import { readWav } from '../../audio/wav.js';
import type { PhoneCall } from '../../emulator/phone/phone-call.js';
import { createSpeech } from '../../emulator/speech/create-speech.js';
import { LivelineError } from '../../errors.js';
import type { CallApi } from './call-api.js';

/** The telephone's sampling rate. Source: ITU-T G.711. */
export const TELEPHONE_HZ = 8000;

/** One thing the caller is to do, as the command line has it. */
export interface CallerLine {
  kind: 'say' | 'interrupt' | 'type' | 'digits';
  text: string;
}

/** The caller's part, ready to be played. */
export interface PreparedCaller {
  /** s16 samples at 8 kHz, spoken from the start of the call. */
  recording?: Int16Array;
  steps: { cutsIn: boolean; act: (phone: PhoneCall, api: CallApi) => Promise<void> }[];
}

/**
 * Reads and synthesises all that the caller will say, so that no pause of the call is ours.
 * @throws LivelineError AUDIO_INVALID for the WAV, SPEECH_UNAVAILABLE for a text
 */
export async function prepareCaller(
  wavFile: string | undefined,
  lines: readonly CallerLine[],
): Promise<PreparedCaller> {
  const steps = await prepareSteps(lines);
  return wavFile === undefined ? { steps } : { recording: await readRecording(wavFile), steps };
}

async function prepareSteps(lines: readonly CallerLine[]): Promise<PreparedCaller['steps']> {
  await using speech = createSpeech();
  const steps: PreparedCaller['steps'] = [];
  for (const { kind, text } of lines) {
    if (kind === 'type') steps.push({ cutsIn: false, act: (phone, api) => api.say(phone.callSid, text) });
    else if (kind === 'digits') steps.push({ cutsIn: false, act: (phone) => phone.press(text) });
    else {
      const pcm8k = toTelephone(await speech.speak(text));
      steps.push({ cutsIn: kind === 'interrupt', act: (phone) => phone.speak(pcm8k) });
    }
  }
  return steps;
}

/** Speech as a telephone line takes it: s16 samples at 8 kHz. */
export function toTelephone(pcm24k: Int16Array): Int16Array {
  const resampler = createDownsampler24To8();
  const [body, tail] = [resampler.process(pcm24k), resampler.flush()];
  const pcm8k = new Int16Array(body.length + tail.length);
  pcm8k.set(body);
  pcm8k.set(tail, body.length);
  return pcm8k;
}

async function readRecording(file: string): Promise<Int16Array> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new LivelineError('AUDIO_INVALID', `${file} cannot be read`, { cause });
  });
  const { samples, sampleRateHz } = readWav(bytes);
  return toPcm16(resampleWhole(samples, sampleRateHz, TELEPHONE_HZ));
}
