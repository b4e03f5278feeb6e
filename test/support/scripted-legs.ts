import { CallerToModelTranscoder } from '../../src/audio/transcoder.js';
import type {
  AcceptCallerLeg,
  CallerLeg,
  CallerLegHandlers,
  CallStart,
  ImageFile,
  ContextUpdate,
  ModelLeg,
  ModelLegHandlers,
  OpenModelLeg,
  SpokenTurn,
} from '../../src/call/ports.js';
import type { ToolAnswer } from '../../src/tools/tool.js';

const FRAME_BYTES = 160;
/** What the first frame of a stream gives less than the later ones. */
const FILTER_DELAY_BYTES =
  FRAME_BYTES * 4 - new CallerToModelTranscoder().transcode(new Uint8Array(FRAME_BYTES)).length;

/** A caller's side that records what it is told and says what a test makes it say. */
export class ScriptedCaller implements CallerLeg {
  handlers!: CallerLegHandlers;
  /** Everything received, in order: `audio:<bytes>`, `mark:<name>`, `clear`, `close:<code>`. */
  readonly log: string[] = [];
  readonly audio: Uint8Array[] = [];
  /** Marks not yet answered. */
  marks: string[] = [];
  closed: { code: number; reason: string } | undefined;

  readonly accept: AcceptCallerLeg = (handlers) => {
    this.handlers = handlers;
    return this;
  };

  sendAudio(mulaw: Uint8Array): void {
    this.audio.push(mulaw.slice());
    this.log.push(`audio:${mulaw.length}`);
  }

  sendMark(name: string): void {
    this.marks.push(name);
    this.log.push(`mark:${name}`);
  }

  clear(): void {
    this.log.push('clear');
  }

  close(code: number, reason: string): void {
    if (this.closed) return;
    this.closed = { code, reason };
    this.log.push(`close:${code}`);
  }

  /** Answers every mark that is out. */
  hearAll(): void {
    for (const name of this.marks.splice(0)) this.handlers.onMarkReached(name);
  }

  get sentBytes(): number {
    return this.audio.reduce((sum, chunk) => sum + chunk.length, 0);
  }
}

/** A model's side that records what it is told and says what a test makes it say. */
export class ScriptedModel implements ModelLeg {
  readonly handlers: ModelLegHandlers;
  readonly history: readonly SpokenTurn[];
  readonly rejected: boolean;
  readonly handle: string | undefined;
  readonly patienceMs: number | undefined;
  readonly heard: Uint8Array[] = [];
  readonly texts: string[] = [];
  readonly answers: ToolAnswer[] = [];
  readonly images: ImageFile[] = [];
  seesImages = true;
  resent: string[] = [];
  /** Pieces of answers. */
  readonly updates: ToolAnswer[] = [];
  readonly contexts: ContextUpdate[] = [];
  /** What it was told in the beginning, beside its settings. */
  readonly context: ContextUpdate | undefined;
  /** Whether it takes pieces of answers, and is told anew in mid-session. */
  takesUpdates = true;
  readonly told: string[] = [];
  /** `start at <ms>`, `end at <ms>`, in the audio heard so far. */
  readonly activity: string[] = [];
  audioEnds = 0;
  closed = false;

  constructor(request: Parameters<OpenModelLeg>[0], handlers: ModelLegHandlers) {
    this.history = request.history;
    this.rejected = request.rejected;
    this.handle = request.handle;
    this.context = request.context;
    this.patienceMs = request.patienceMs;
    this.handlers = handlers;
  }

  sendAudio(pcm16k: Uint8Array): void {
    this.heard.push(pcm16k.slice());
  }

  endAudio(): boolean {
    this.audioEnds += 1;
    return true;
  }

  startActivity(): void {
    this.#note('start');
  }

  endActivity(): void {
    this.#note('end');
  }

  sendText(text: string): void {
    this.texts.push(text);
  }

  sendImage(image: ImageFile): boolean {
    if (this.seesImages) this.images.push(image);
    return this.seesImages;
  }

  sendContext(text: string): void {
    this.told.push(text);
  }

  sendToolAnswers(answers: readonly ToolAnswer[]): void {
    this.answers.push(...answers);
  }

  sendToolUpdate(piece: ToolAnswer): boolean {
    if (this.takesUpdates) this.updates.push(piece);
    return this.takesUpdates;
  }

  updateContext(update: ContextUpdate): boolean {
    if (this.takesUpdates) this.contexts.push(update);
    return this.takesUpdates;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    queueMicrotask(() => this.handlers.onClosed(undefined));
  }

  #note(what: 'start' | 'end'): void {
    // In whole frames: what the resampler held back of the caller's earlier audio does not count.
    const heardMs = this.heard.length === 0 ? 0 : Math.floor(this.heardMs / 20) * 20;
    this.activity.push(`${what} at ${heardMs}`);
  }

  /** Speech of the given length: a quiet ramp, s16le at 24 kHz. */
  speak(ms: number): void {
    this.handlers.onAudio(speech(ms));
  }

  /** How much of the caller has been heard, what the resampler still holds back included. */
  get heardMs(): number {
    return (this.heard.reduce((sum, chunk) => sum + chunk.length, 0) + FILTER_DELAY_BYTES) / 32;
  }
}

/** Opens scripted models, and keeps them in order. */
export class ScriptedModels {
  readonly opened: ScriptedModel[] = [];

  readonly open: OpenModelLeg = (request, handlers) => {
    const model = new ScriptedModel(request, handlers);
    this.opened.push(model);
    return model;
  };

  get last(): ScriptedModel {
    const model = this.opened.at(-1);
    if (!model) throw new Error('no model was opened');
    return model;
  }
}

export function speech(ms: number): Uint8Array {
  const samples = new Int16Array(ms * 24);
  for (let index = 0; index < samples.length; index += 1) samples[index] = Math.round(8_000 * Math.sin(index / 9));
  return new Uint8Array(samples.buffer);
}

export function callStart(overrides: Partial<CallStart> = {}): CallStart {
  return {
    callSid: 'CA0000000000000000000000000000000a',
    accountSid: 'AC0000000000000000000000000000000a',
    agent: 'reception',
    from: '+15550001111',
    to: '+15550002222',
    direction: 'inbound',
    sipHeaders: {},
    parameters: {},
    ...overrides,
  };
}
