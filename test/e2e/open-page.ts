import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { writeWav } from '../../src/audio/wav.js';
import { chromiumPath } from './chromium-path.js';

/** For anything that the page is to show. */
const PATIENCE_MS = 12_000;

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

/** What stands where the microphone is: a recording at 8 kHz that plays once, a user who refuses it, or nothing. */
type Microphone = Int16Array | 'refused' | 'absent';

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** What the page has played since its first call began. */
  heard(): Promise<HeardSound>;
  /** Errors of the page itself, broken policies and addresses elsewhere. */
  readonly complaints: readonly string[];
}

export interface HeardSound {
  sampleRateHz: number;
  samples: Int16Array;
}

/** Opens the desk phone in a browser of its own. Disposing closes the browser. */
export async function openPage(url: string, microphone: Microphone = 'absent'): Promise<OpenPage> {
  const folder = await mkdtemp(join(tmpdir(), 'liveline-browser-'));
  const flags = [...FLAGS];
  if (microphone instanceof Int16Array) {
    const recording = join(folder, 'microphone.wav');
    await writeFile(recording, writeWav(microphone, 8_000));
    flags.push('--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream');
    flags.push(`--use-file-for-fake-audio-capture=${recording}%noloop`);
  } else if (microphone === 'refused') {
    flags.push('--use-fake-device-for-media-stream', '--deny-permission-prompts');
  }
  const browser = await chromium.launch({ executablePath: chromiumPath!, headless: true, args: flags });
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(url).host) complaints.push(request.url());
  });
  await page.addInitScript(TAP);
  await page.goto(url);
  return {
    page,
    complaints,
    heard: () => readTap(page),
    async [Symbol.asyncDispose]() {
      await browser.close();
      await rm(folder, { recursive: true });
    },
  };
}

/**
 * Records whatever the page sends to the loudspeaker, without a change to the page; by the browser's own recorder,
 * since a script in the page's thread loses what comes while that is busy.
 */
const TAP = `{
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const tap = target.context.createMediaStreamDestination();
      const recorder = new MediaRecorder(tap.stream, { mimeType: 'audio/webm;codecs=pcm' });
      const pieces = [];
      recorder.ondataavailable = ({ data }) => pieces.push(data);
      globalThis.tapped = { recorder, pieces, sampleRateHz: target.context.sampleRate };
      connect.call(this, tap);
      recorder.start();
    }
    return connect.call(this, target, ...rest);
  };
}`;

async function readTap(page: Page): Promise<HeardSound> {
  const { sampleRateHz, base64 } = await page.evaluate<{ sampleRateHz: number; base64: string }>(`(async () => {
    const { recorder, pieces, sampleRateHz } = globalThis.tapped;
    await new Promise((resolve) => {
      recorder.onstop = resolve;
      recorder.stop();
    });
    const encoded = await new Blob(pieces).arrayBuffer();
    const sound = await new OfflineAudioContext(1, 1, sampleRateHz).decodeAudioData(encoded);
    const bytes = new Uint8Array(Int16Array.from(sound.getChannelData(0), (s) => Math.round(s * 32767)).buffer);
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return { sampleRateHz, base64: btoa(text) };
  })()`);
  const bytes = Buffer.from(base64, 'base64');
  return { sampleRateHz, samples: new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2) };
}
