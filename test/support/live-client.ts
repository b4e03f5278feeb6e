import { once } from 'node:events';
import { WebSocket, type RawData } from 'ws';

export const GEMINI_PATH = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k';
export const VERTEX_PATH = '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent?access_token=t';

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- whatever the server sends

/** A Live client without any rules: sends what a test tells it to, and keeps what comes back. */
export class LiveClient implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly messages: Json[] = [];
  /** Frames as they came. */
  readonly frames: { text: string; isBinary: boolean; atMs: number }[] = [];
  closed: { code: number; reason: string } | undefined;
  #changed: (() => void)[] = [];

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.on('message', (data: RawData, isBinary) => {
      const text = (data as Buffer).toString('utf8');
      this.frames.push({ text, isBinary, atMs: performance.now() });
      try {
        this.messages.push(JSON.parse(text) as Json);
      } catch {
        // A fault; the frame is kept.
      }
      this.#notify();
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString('utf8') };
      this.#notify();
    });
    this.socket.on('error', () => undefined);
  }

  /** A session that is set up. */
  static async open(baseUrl: string, setup: Json = {}, path = GEMINI_PATH): Promise<LiveClient> {
    const client = new LiveClient(`${baseUrl.replace('http', 'ws')}${path}`);
    await once(client.socket, 'open');
    client.send({ setup: { model: 'models/gemini-3.8-live', ...setup } });
    await client.untilA('setupComplete');
    return client;
  }

  send(message: Json | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  sendAudio(samples: Int16Array, mimeType = 'audio/pcm;rate=16000'): void {
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    for (let start = 0; start < bytes.length; start += 640) {
      this.send({
        realtimeInput: { audio: { data: bytes.subarray(start, start + 640).toString('base64'), mimeType } },
      });
    }
  }

  /** A turn by text. */
  say(text: string): void {
    this.send({ clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } });
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.closed) throw new Error(`closed ${this.closed.code} ${this.closed.reason}`);
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
  }

  /** Waits for a message of a kind. */
  async untilA(kind: string): Promise<void> {
    await this.until(() => this.all(kind).length > 0);
  }

  /** Waits for so many messages with a `serverContent` field. */
  async untilContent(field: string, count = 1): Promise<void> {
    await this.until(() => this.contents(field).length >= count);
  }

  async untilClosed(): Promise<{ code: number; reason: string }> {
    await this.until(() => this.closed !== undefined);
    return this.closed!;
  }

  /** The messages of a kind, in order. */
  all(kind: string): Json[] {
    return this.messages.flatMap((message) => (message[kind] === undefined ? [] : [message[kind] as Json]));
  }

  /** The values of a `serverContent` field, in order. */
  contents(field: string): Json[] {
    return this.all('serverContent').flatMap((content) =>
      content[field] === undefined ? [] : [content[field] as Json],
    );
  }

  /** What came, in order, by the names of its fields. */
  get order(): string[] {
    return this.messages.flatMap((message) =>
      Object.keys(message).flatMap((key) => (key === 'serverContent' ? Object.keys(message[key] as Json) : [key])),
    );
  }

  transcript(field: 'inputTranscription' | 'outputTranscription'): string {
    return this.contents(field)
      .map(({ text }) => String(text))
      .join('');
  }

  /** The speech so far, piece by piece. */
  get audioPieces(): Buffer[] {
    return this.contents('modelTurn').flatMap(({ parts }) =>
      (parts as Json[]).flatMap(({ inlineData }) =>
        inlineData ? [Buffer.from((inlineData as { data: string }).data, 'base64')] : [],
      ),
    );
  }

  get audio(): Buffer {
    return Buffer.concat(this.audioPieces);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.terminate();
    await this.untilClosed();
  }

  #notify(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
