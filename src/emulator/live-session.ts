import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../clock.js';
import type { ReadClientMessage } from '../live/wire.js';
import { bareModelId, type Backend } from '../models/profiles.js';
import type { LiveActivity } from './activity.js';
import { CallerActivity } from './caller-activity.js';
import { invalidArgument, readClientFrame } from './client-frame.js';
import { ContextWindow } from './context-window.js';
import { Conversation } from './conversation.js';
import { dialectOf, type Dialect } from './dialect.js';
import { flawsOf, type FaultPlan } from './faults.js';
import { LiveConnection } from './live-connection.js';
import { ScriptPlayer } from './script-player.js';
import type { EmulatorScript } from './script-schema.js';
import { instructionOf, SessionInput } from './session-input.js';
import { SessionLife, type SessionMemory, type SessionState } from './session-memory.js';
import { backendOfModel, checkSetup, settingsOf, type SessionSettings, type Setup } from './session-settings.js';
import type { SpeechSource } from './speech/speech-source.js';

/** How long a client may take to send its `setup`. */
const SETUP_DEADLINE_MS = 10_000;
/** A setup is not answered in the same instant. */
const SETUP_DELAY_MS = 10;
/** Nor does the first handle come with that answer. */
const FIRST_HANDLE_DELAY_MS = 50;
const EXPIRED = { code: 1011, reason: 'Deadline expired before operation could complete.' };

export interface LiveSessionOptions {
  socket: WebSocket;
  /** Absent when the path did not tell. */
  backend: Backend | undefined;
  script: EmulatorScript;
  faults: FaultPlan;
  speech: SpeechSource;
  memory: SessionMemory;
  clock: Clock;
  report: (activity: LiveActivity) => void;
  onCallerAudio: (base64: string) => void;
}

/** A session that begins here, or one that goes on. */
interface Begun {
  dialect: Dialect;
  settings: SessionSettings;
  state: SessionState;
  life: SessionLife;
}

/** One client's connection to a session: set up once, then its messages are read in order. */
export class LiveSession {
  readonly #options: LiveSessionOptions;
  readonly #connection: LiveConnection;
  #isSetUp = false;
  #dialect: Dialect | undefined;
  #conversation: Conversation | undefined;
  #input: SessionInput | undefined;
  /** Messages read to their end; the setup is the first. */
  #consumedMessages = 0;

  constructor(options: LiveSessionOptions) {
    this.#options = options;
    this.#connection = new LiveConnection({
      ...options,
      wire: options.script.wire,
      expiry: () => this.#dialect?.expiry ?? EXPIRED,
      onCancel: (repeats) => this.#conversation?.cancelCalls(repeats),
    });
    const { signal } = this.#connection;
    const deadline = options.clock.after(SETUP_DEADLINE_MS, () => this.#connection.refuse(EXPIRED), signal);
    options.socket.on('message', (data: RawData) => {
      deadline.cancel();
      if (this.#connection.usable) this.#read(data);
    });
    signal.addEventListener('abort', () => this.#conversation?.stop(), { once: true });
  }

  /** Ends the session as the service does when it goes away. */
  close(code: number, reason: string): void {
    this.#connection.refuse({ code, reason });
  }

  #read(data: RawData): void {
    const frame = readClientFrame(data);
    if ('refusal' in frame) this.#connection.refuse(frame.refusal);
    else this.#handle(frame.message);
    this.#consumedMessages += 1;
  }

  #handle(message: ReadClientMessage): void {
    if (message.setup && !this.#isSetUp) {
      this.#isSetUp = true;
      this.#setUp(message.setup);
    } else if (this.#input) this.#input.take(message);
    else this.#connection.refuse(invalidArgument());
  }

  #setUp(setup: Setup): void {
    const { script, clock, report } = this.#options;
    const dialect = dialectOf(this.#options.backend ?? backendOfModel(setup.model), setup.model, script.wire);
    this.#dialect = dialect;
    const refusal = checkSetup(setup, dialect, script.models);
    if (refusal) {
      this.#connection.refuse(refusal);
      return;
    }
    const handle = setup.sessionResumption?.handle;
    if (handle !== undefined) {
      this.#connection.strike('resume');
      if (!this.#connection.usable) return;
    }
    const found = this.#find(handle, bareModelId(setup.model), dialect);
    if ('code' in found) {
      this.#connection.refuse(found);
      return;
    }
    found.life.join(this.#connection, clock, this.#connection.signal);
    report({ type: 'session-opened', backend: dialect.backend, model: setup.model, setup });
    if (handle !== undefined) report({ type: 'session-resumed', history: found.state.context.history });
    const { waitMs } = flawsOf(this.#connection.strike('setup'));
    if (!this.#connection.usable) return;
    const settings = settingsOf(setup, dialect, script.context_tokens);
    const begin = (): void => this.#establish(setup, { dialect, settings, ...found });
    clock.after(SETUP_DELAY_MS + waitMs, begin, this.#connection.signal);
  }

  #find(handle: string | undefined, model: string, dialect: Dialect) {
    const { script, memory } = this.#options;
    if (handle !== undefined) return memory.recall(handle, model, dialect.handleTtlMs);
    const state: SessionState = {
      model,
      player: new ScriptPlayer(script),
      context: new ContextWindow(),
      unansweredText: '',
    };
    return { state, life: new SessionLife() };
  }

  #establish(setup: Setup, begun: Begun): void {
    const { script, clock, report, onCallerAudio } = this.#options;
    const { dialect, settings, state } = begun;
    if (setup.systemInstruction) state.context.instruct(instructionOf(setup.systemInstruction));
    const conversation = this.#converse(begun);
    const activity = this.#listen(settings, state, conversation);
    this.#conversation = conversation;
    this.#input = new SessionInput({
      connection: this.#connection,
      dialect,
      wire: script.wire,
      settings,
      state,
      conversation,
      activity,
      expectsHistory: settings.initialHistory && setup.sessionResumption?.handle === undefined,
      report,
      onCallerAudio,
    });
    this.#connection.send({ setupComplete: dialect.sessionId ? { sessionId: randomUUID() } : {} });
    this.#connection.strike('ready');
    clock.after(FIRST_HANDLE_DELAY_MS, () => conversation.settle(), this.#connection.signal);
  }

  #listen(settings: SessionSettings, state: SessionState, conversation: Conversation): CallerActivity {
    const report = settings.automaticActivity ? () => undefined : this.#options.report;
    return new CallerActivity(settings, {
      onStarted: (offsetMs) => {
        this.#signalActivity(settings, 'ACTIVITY_START', offsetMs);
        report({ type: 'activity-started' });
        conversation.speechStarted();
      },
      onEnded: ({ offsetMs, audioMs, outsideMs, isNoise }) => {
        this.#signalActivity(settings, 'ACTIVITY_END', offsetMs);
        report({ type: 'activity-ended', audioMs: Math.round(audioMs), outsideMs: Math.round(outsideMs) });
        // What was told before is part of the turn that is answered now.
        state.unansweredText = '';
        conversation.speechEnded({ isNoise });
      },
      onSilent: () => conversation.silent(),
    });
  }

  #converse(begun: Begun): Conversation {
    const { script, speech, clock, report } = this.#options;
    const { dialect, settings, state } = begun;
    const connection = this.#connection;
    return new Conversation({
      clock,
      speech,
      dialect,
      settings,
      player: state.player,
      context: state.context,
      report,
      wire: script.wire,
      send: (message) => connection.send(message),
      onMoment: (moment) => connection.strike(moment),
      onAudioSent: (fromMs, toMs) => connection.strikeAudio(fromMs, toMs),
      onBusy: () => {
        if (settings.resumable) connection.send({ sessionResumptionUpdate: {} });
      },
      onTurnEnded: () => this.#fitContext(begun),
      onRest: () => {
        if (settings.resumable) this.#giveHandle(begun);
      },
      onFailed: () => connection.refuse({ code: 1011, reason: 'Internal error encountered.' }),
    });
  }

  #giveHandle({ settings, state, life }: Begun): void {
    // What is being read just now is not part of it.
    const lastConsumedClientMessageIndex = String(this.#consumedMessages - 1);
    this.#connection.send({
      sessionResumptionUpdate: {
        newHandle: this.#options.memory.remember(state, life),
        resumable: true,
        ...(settings.transparent ? { lastConsumedClientMessageIndex } : {}),
      },
    });
  }

  #fitContext({ settings: { compression, contextTokens }, state: { context } }: Begun): void {
    const droppedTurns = compression ? context.compress(compression) : 0;
    if (droppedTurns > 0) {
      this.#options.report({ type: 'context-compressed', droppedTurns, tokens: context.tokens });
      this.#connection.strike('compressed');
    }
    if (context.tokens > contextTokens) this.#connection.refuse(invalidArgument());
  }

  #signalActivity({ activitySignals }: SessionSettings, type: string, offsetMs: number): void {
    if (!activitySignals) return;
    this.#connection.send({ voiceActivity: { type, audioOffset: `${(offsetMs / 1000).toFixed(3)}s` } });
  }
}
