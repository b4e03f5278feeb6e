import type { ContextUpdate, ModelLeg, ModelLegHandlers, SpokenTurn } from '../../src/call/ports.js';
import type { Clock } from '../../src/clock.js';
import type { ModelError } from '../../src/errors.js';
import { createLiveCredentials } from '../../src/live/credentials.js';
import type { LiveService } from '../../src/live/live-service.js';
import { createModelLegOpener, type ModelLegOptions } from '../../src/live/model-leg.js';
import type { LiveSessionSettings } from '../../src/live/session-settings.js';
import { modelProfile } from '../../src/models/profiles.js';
import { ManualClock } from './manual-clock.js';
import { ScriptedLiveServer, type ScriptedSession } from './scripted-live-server.js';

export type LegEvent = [name: string, ...values: unknown[]];

/** The handlers of a leg, written down in the order they were called. */
export class LegRecorder implements ModelLegHandlers {
  readonly events: LegEvent[] = [];
  /** Runs after an event was written down. */
  onEvent: (name: string) => void = () => undefined;
  #waiting: { name: string; resolve: () => void }[] = [];

  onReady = () => this.#add('ready');
  onAudio = (pcm24k: Uint8Array) => this.#add('audio', Buffer.from(pcm24k).toString('hex'));
  onInterrupted = () => this.#add('interrupted');
  onTranscript = (speaker: string, text: string, details?: unknown) =>
    this.#add('transcript', speaker, text, ...(details === undefined ? [] : [details]));
  onReport = (report: unknown) => this.#add('report', report);
  onToolCalls = (calls: unknown) => this.#add('tool-calls', calls);
  onToolCallsCancelled = (ids: unknown) => this.#add('tool-calls-cancelled', ids);
  onGenerationComplete = () => this.#add('generation-complete');
  onUtteranceComplete = (reason: string | undefined) => this.#add('utterance-complete', reason);
  onWaiting = () => this.#add('waiting');
  onTurnComplete = (reason: string | undefined) => this.#add('turn-complete', reason);
  onUsage = (usage: unknown) => this.#add('usage', usage);
  onResumable = (handle: string | undefined) => this.#add('resumable', handle);
  onGoingAway = (timeLeftMs: number) => this.#add('going-away', timeLeftMs);
  onIrregular = (kind: string) => this.#add('irregular', kind);
  onClosed = (error: ModelError | undefined) => this.#add('closed', error);

  get names(): string[] {
    return this.events.map(([name]) => name);
  }

  /** The error of the end; undefined for an end that was asked for. */
  get error(): ModelError | undefined {
    return this.events.find(([name]) => name === 'closed')?.[1] as ModelError | undefined;
  }

  /** Resolves when the event has happened. */
  async until(name: string): Promise<void> {
    if (this.names.includes(name)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ name, resolve }));
  }

  /** Forgets what happened so far. */
  clear(): void {
    this.events.length = 0;
  }

  #add(...event: LegEvent): void {
    this.events.push(event);
    this.onEvent(event[0]);
    const done = this.#waiting.filter(({ name }) => name === event[0]);
    this.#waiting = this.#waiting.filter(({ name }) => name !== event[0]);
    for (const { resolve } of done) resolve();
  }
}

export interface OpenedLegOptions {
  model?: string;
  settings?: Partial<LiveSessionSettings>;
  /** Default: the Gemini API with a key. */
  service?: Omit<LiveService, 'baseUrl'>;
  history?: readonly SpokenTurn[];
  rejected?: boolean;
  handle?: string;
  context?: ContextUpdate;
  clock?: Clock;
  credentials?: ModelLegOptions['credentials'];
}

/** A leg that dials. */
export function openLeg(baseUrl: string, options: OpenedLegOptions = {}) {
  const {
    model = 'gemini-3.8-live',
    settings = {},
    clock = new ManualClock(),
    history = [],
    rejected = false,
    handle,
    context,
  } = options;
  const service: LiveService = { ...(options.service ?? { backend: 'gemini-api', apiKey: 'test-key' }), baseUrl };
  const recorder = new LegRecorder();
  const open = createModelLegOpener({
    service,
    settings: { model, ...settings },
    profile: modelProfile(model),
    credentials: options.credentials ?? createLiveCredentials(service),
    clock,
  });
  return {
    leg: open({ history, rejected, ...(handle !== undefined && { handle }), ...(context && { context }) }, recorder),
    recorder,
  };
}

/** A server and a leg whose session stands. */
export class Conversation implements AsyncDisposable {
  readonly server: ScriptedLiveServer;
  readonly session: ScriptedSession;
  readonly leg: ModelLeg;
  readonly recorder: LegRecorder;
  readonly clock: ManualClock;
  readonly setup: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- read by tests

  private constructor(fields: Pick<Conversation, 'server' | 'session' | 'leg' | 'recorder' | 'clock' | 'setup'>) {
    this.server = fields.server;
    this.session = fields.session;
    this.leg = fields.leg;
    this.recorder = fields.recorder;
    this.clock = fields.clock;
    this.setup = fields.setup;
  }

  static async open(options: OpenedLegOptions = {}): Promise<Conversation> {
    const server = await ScriptedLiveServer.start();
    const clock = new ManualClock();
    const { leg, recorder } = openLeg(server.baseUrl, { ...options, clock });
    const session = await server.nextSession();
    const setup = await session.setUp();
    await recorder.until('ready');
    return new Conversation({ server, session, leg, recorder, clock, setup });
  }

  /** Sends messages, and resolves when all of them were read. */
  async tell(...messages: (Record<string, unknown> | string | Buffer)[]): Promise<void> {
    for (const message of messages) {
      if (typeof message === 'string' || Buffer.isBuffer(message)) this.session.sendRaw(message);
      else this.session.send(message);
    }
    // A marker that nothing else sends: it arrives behind everything.
    this.session.send({ goAway: { timeLeft: '12.345s' } });
    await this.recorder.until('going-away');
    this.recorder.events.splice(this.recorder.names.lastIndexOf('going-away'), 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leg.close();
    await this.recorder.until('closed');
    await this.server[Symbol.asyncDispose]();
    if (this.clock.pendingTimers !== 0) throw new Error(`${this.clock.pendingTimers} timers are left`);
  }
}
