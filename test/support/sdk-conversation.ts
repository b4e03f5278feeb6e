import {
  GoogleGenAI,
  type GoogleGenAIOptions,
  type LiveConnectConfig,
  type LiveServerMessage,
  Modality,
  type Session,
} from '@google/genai';
import { OAuth2Client } from 'google-auth-library';
import { type LiveEmulator, startLiveEmulator } from '../../src/emulator/live-emulator.js';
import { createScript } from '../../src/emulator/script.js';
import type { EmulatorScriptInput } from '../../src/emulator/script-schema.js';
import { createTestSpeech } from './test-speech.js';

export const MODEL = 'gemini-3.8-live';

export const SCRIPT: EmulatorScriptInput = {
  greeting: 'Hello there.',
  replies: [
    { on: { text: 'weather' }, call: { name: 'weather', args: { city: 'Oslo' } }, then: 'It is {{ result.sky }}.' },
    { on: { text: 'story' }, say: 'Once upon a time there was a very long story without an end.' },
    { on: 'speech', heard: 'Good evening to you.', say: 'Good evening.' },
    { say: 'Yes.' },
  ],
};

/** The option sets with which the SDK can talk to another server, and how its service differs. */
export const OPTION_SETS: { name: string; isVertex: boolean; options: (baseUrl: string) => GoogleGenAIOptions }[] = [
  { name: 'a Gemini API key', isVertex: false, options: (baseUrl) => ({ apiKey: 'k', httpOptions: { baseUrl } }) },
  {
    name: 'a Gemini API key, v1alpha',
    isVertex: false,
    options: (baseUrl) => ({ apiKey: 'k', httpOptions: { baseUrl, apiVersion: 'v1alpha' } }),
  },
  {
    name: 'a Vertex AI key, express mode',
    isVertex: true,
    options: (baseUrl) => ({ vertexai: true, apiKey: 'k', httpOptions: { baseUrl } }),
  },
  {
    name: 'Vertex AI credentials',
    isVertex: true,
    options: (baseUrl) => {
      const authClient = new OAuth2Client();
      authClient.setCredentials({ access_token: 't', expiry_date: Date.now() + 3_600_000 });
      return {
        vertexai: true,
        project: 'p',
        location: 'us-central1',
        googleAuthOptions: { authClient },
        httpOptions: { baseUrl },
      };
    },
  },
  {
    name: 'a proxy in front of Vertex AI',
    isVertex: true,
    options: (baseUrl) => ({ vertexai: true, httpOptions: { baseUrl, headers: { 'x-proxy': 'p' } } }),
  },
];

/** How a connection ended. */
export interface Close {
  code: number;
  reason: string;
}

/** A promise, and what resolves it. */
export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

export interface Conversation extends Disposable {
  session: Session;
  messages: LiveServerMessage[];
  closed: Promise<Close>;
  until(condition: () => boolean): Promise<void>;
  turns(): number;
}

/** A session of Google's client that stands. */
export async function connect(
  options: GoogleGenAIOptions,
  { model = MODEL, ...config }: LiveConnectConfig & { model?: string } = {},
): Promise<Conversation> {
  const messages: LiveServerMessage[] = [];
  const waiting: (() => void)[] = [];
  const closing = deferred<Close>();
  const connecting = new GoogleGenAI(options).live.connect({
    model,
    config: { responseModalities: [Modality.AUDIO], ...config },
    callbacks: {
      onmessage: (message) => {
        messages.push(message);
        for (const resolve of waiting.splice(0)) resolve();
      },
      onclose: ({ code, reason }: Close) => closing.resolve({ code, reason }),
    },
  });
  // The SDK's promise stays pending when a connection fails.
  const closed = closing.promise.then(({ code, reason }) => Promise.reject(new Error(`closed ${code} ${reason}`)));
  const session = await Promise.race([connecting, closed]);
  return {
    session,
    messages,
    closed: closing.promise,
    turns: () => messages.filter(({ serverContent }) => serverContent?.turnComplete).length,
    async until(condition) {
      while (!condition()) await Promise.race([new Promise<void>((resolve) => waiting.push(resolve)), closed]);
    },
    [Symbol.dispose]: () => session.close(),
  };
}

export function startEmulator(script: EmulatorScriptInput = SCRIPT): Promise<LiveEmulator> {
  return startLiveEmulator({ script: createScript(script), speech: createTestSpeech() });
}

export function speak(session: Session, samples: Int16Array): void {
  const data = Buffer.from(samples.buffer).toString('base64');
  session.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } });
}

/** What the model said. */
export function transcriptOf(messages: readonly LiveServerMessage[]): string {
  return messages.map(({ serverContent }) => serverContent?.outputTranscription?.text ?? '').join('');
}

/** The fields of `serverContent` and the other messages, in the order of their coming. */
export function orderOf(messages: readonly LiveServerMessage[]): string[] {
  return messages.flatMap(({ serverContent, toolCall, toolCallCancellation }) => [
    ...Object.keys(serverContent ?? {}).filter((key) => key !== 'interactionStatus'),
    ...(toolCall ? ['toolCall'] : []),
    ...(toolCallCancellation ? ['toolCallCancellation'] : []),
  ]);
}
