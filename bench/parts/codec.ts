import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import alawmulaw from 'alawmulaw';
import waveResampler from 'wave-resampler';
import type * as Resamplers from '../../src/audio/stream-resampler.js';
import type * as Transcoders from '../../src/audio/transcoder.js';
import { concat, cut, fitTone, tone } from '../../test/support/spectrum.js';
import { figure, progress, table } from '../report.js';
import { median } from '../statistics.js';

const ROUNDS = 9;
/** The slow ones need no more than this to be measured well. */
const ROUND_MS = 25;
/** No divisor of 8 kHz, so that all of µ-law is used: the telephone's test tone (ITU-T O.132). */
const TONE_HZ = 1_020;
const SECOND_MS = 1_000;

const { decode, encode } = alawmulaw.mulaw;

/** The same 20 ms in all the forms that something takes. */
interface Chunk {
  mulaw: Uint8Array;
  pcm8k: Int16Array;
  pcm24k: Int16Array;
  /** s16le */
  bytes24k: Uint8Array;
}

type Output = Uint8Array | Int16Array;

/** A way to bring a chunk from one side to the other; a fresh `create()` for each signal. */
interface Contender {
  name: string;
  create: () => (chunk: Chunk) => Output;
  /** How to listen to what comes out, where that is worth it. */
  quality?: { rateHz: number; samples: (output: Output) => Int16Array };
}

const CHUNKS = chunksOfTone();

/** Cost of codec and resamplers for 20 ms, and how clean a tone comes out of them. */
export async function measureCodec({ build }: { build: string }): Promise<string> {
  const contenders = [...(await ours(build)), ...theirs()];
  const costs = contenders.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    contenders.forEach((contender, i) => costs[i]!.push(costUs(contender)));
  }
  progress('  codec and resamplers: done');
  const rows = contenders.map((contender, i) => [contender.name, figure(median(costs[i]!)), quality(contender)]);
  return table(['20 ms of audio', 'µs', 'SINAD of 1020 Hz at −6 dBFS, dB'], rows);
}

function costUs({ create }: Contender): number {
  const run = create();
  const untilMs = performance.now() + ROUND_MS;
  const startedMs = performance.now();
  let count = 0;
  while (performance.now() < untilMs) {
    for (let i = 0; i < 10; i++) run(CHUNKS[i]!);
    count += 10;
  }
  return ((performance.now() - startedMs) * 1_000) / count;
}

function quality({ create, quality: listen }: Contender): string {
  if (!listen) return '–';
  const run = create();
  const whole = concat(CHUNKS.map((chunk) => listen.samples(run(chunk).slice())));
  // Without the transient at its beginning.
  return figure(fitTone(whole.subarray(listen.rateHz / 20), TONE_HZ, listen.rateHz).sinadDb);
}

async function ours(build: string): Promise<Contender[]> {
  const at = (file: string) => pathToFileURL(join(build, 'audio', file)).href;
  const { CallerToModelTranscoder, ModelToCallerTranscoder } = (await import(
    at('transcoder.js')
  )) as typeof Transcoders;
  const { createUpsampler8To16, createDownsampler24To8 } = (await import(
    at('stream-resampler.js')
  )) as typeof Resamplers;
  return [
    {
      name: 'caller → model: µ-law to PCM 16 kHz, bytes to bytes',
      create: () => {
        const transcoder = new CallerToModelTranscoder();
        return ({ mulaw }) => transcoder.transcode(mulaw);
      },
      quality: { rateHz: 16_000, samples: (output) => new Int16Array(Uint8Array.from(output).buffer) },
    },
    {
      name: 'model → caller: PCM 24 kHz to µ-law, bytes to bytes',
      create: () => {
        const transcoder = new ModelToCallerTranscoder();
        return ({ bytes24k }) => transcoder.transcode(bytes24k);
      },
      quality: { rateHz: 8_000, samples: (output) => decode(output as Uint8Array) },
    },
    {
      name: 'our resampler alone, 8 → 16 kHz',
      create: () => {
        const resampler = createUpsampler8To16();
        return ({ pcm8k }) => resampler.process(pcm8k);
      },
      quality: { rateHz: 16_000, samples: asSamples },
    },
    {
      name: 'our resampler alone, 24 → 8 kHz',
      create: () => {
        const resampler = createDownsampler24To8();
        return ({ pcm24k }) => resampler.process(pcm24k);
      },
      quality: { rateHz: 8_000, samples: asSamples },
    },
  ];
}

function theirs(): Contender[] {
  // It filters in place, hence the copy.
  const resample = (samples: Int16Array, fromHz: number, toHz: number) =>
    Int16Array.from(waveResampler.resample(samples.slice(), fromHz, toHz), (sample) =>
      Math.max(-32_768, Math.min(32_767, Math.round(sample))),
    );
  return [
    { name: '`alawmulaw` alone, decoding', create: () => (chunk) => decode(chunk.mulaw) },
    { name: '`alawmulaw` alone, encoding', create: () => (chunk) => encode(chunk.pcm8k) },
    {
      name: '`wave-resampler` a chunk, 8 → 16 kHz',
      create: () => (chunk) => resample(chunk.pcm8k, 8_000, 16_000),
      quality: { rateHz: 16_000, samples: asSamples },
    },
    {
      name: '`wave-resampler` a chunk, 24 → 8 kHz',
      create: () => (chunk) => resample(chunk.pcm24k, 24_000, 8_000),
      quality: { rateHz: 8_000, samples: asSamples },
    },
  ];
}

function asSamples(output: Output): Int16Array {
  return output as Int16Array;
}

/** A second of a tone, cut into chunks. */
function chunksOfTone(): Chunk[] {
  const pcm24k = cut(tone(TONE_HZ, 24_000, 24 * SECOND_MS), [480]);
  return cut(tone(TONE_HZ, 8_000, 8 * SECOND_MS), [160]).map((pcm8k, i) => ({
    pcm8k,
    mulaw: encode(pcm8k),
    pcm24k: pcm24k[i]!,
    bytes24k: new Uint8Array(pcm24k[i]!.slice().buffer),
  }));
}
