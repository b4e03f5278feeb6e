import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../clock.js';
import type { ReadClientMessage } from '../live/wire.js';
import type { Backend } from '../models/profiles.js';
import type { LiveActivity } from './activity.js';
import { CallerActivity } from './caller-activity.js';
import { invalidArgument, readClientFrame } from './client-frame.js';
import { Conversation } from './conversation.js';
import { dialectOf, type Dialect } from './dialect.js';
import type { FaultPlan } from './faults.js';
import { LiveConnection } from './live-connection.js';
import { ScriptPlayer } from './script-player.js';
import type { EmulatorScript } from './script-schema.js';
import type { SessionMemory } from './session-memory.js';
import {
  backendOfModel,
  checkSetup,
  functionsOf,
  settingsOf,
  type SessionSettings,
  type Setup,
} from './session-settings.js';
import type { SpeechSource } from './speech/speech-source.js';
import { TokenMeter } from './usage.js';

/** How long a client may take to send its `setup`. */
const SETUP_DEADLINE_MS = 10_000;
/** A setup is not answered in the same instant. */
const SETUP_DELAY_MS = 10;
/** Of content that waits for its `turnComplete`, the end is kept. */
const MAX_UNANSWERED_CHARS = 10_000;

type ClientContent = NonNullable<ReadClientMessage['clientContent']>;
type RealtimeInput = NonNullable<ReadClientMessage['realtimeInput']>;
type ToolResponse = NonNullable<ReadClientMessage['toolResponse']>;
type ContextUpdate = NonNullable<ReadClientMessage['contextUpdate']>;

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
}

/** What there is once the setup was accepted. */
interface Established {
  dialect: Dialect;
  settings: SessionSettings;
  player: ScriptPlayer;
  meter: TokenMeter;
  conversation: Conversation;
  activity: CallerActivity;
}

/** One client's session: reads its messages in order and refuses what the service would refuse. */
export class LiveSession {
  readonly #options: LiveSessionOptions;
  readonly #connection: LiveConnection;
  #isSetUp = false;
  #established: Established | undefined;
  /** What `clientContent` has brought and nothing has answered yet. */
  #unansweredText = '';
  #inHistory = false;

  constructor(options: LiveSessionOptions) {
    this.#options = options;
    this.#connection = new LiveConnection({ ...options, wire: options.script.wire });
    const { signal } = this.#connection;
    const deadline = options.clock.after(
      SETUP_DEADLINE_MS,
      () => {
        this.#connection.refuse({ code: 1011, reason: 'Deadline expired before operation could complete.' });
      },
      signal,
    );
    options.socket.on('message', (data: RawData) => {
      deadline.cancel();
      if (this.#connection.usable) this.#read(data);
    });
    signal.addEventListener('abort', () => this.#established?.conversation.stop(), { once: true });
  }

  /** Ends the session as the service does when it goes away. */
  close(code: number, reason: string): void {
    this.#connection.refuse({ code, reason });
  }

  #read(data: RawData): void {
    const frame = readClientFrame(data);
    if ('refusal' in frame) this.#connection.refuse(frame.refusal);
    else this.#handle(frame.message);
  }

  #handle({ setup, clientContent, realtimeInput, toolResponse, contextUpdate }: ReadClientMessage): void {
    if (setup && !this.#isSetUp) {
      this.#isSetUp = true;
      this.#setUp(setup);
      return;
    }
    const session = this.#established;
    // A second setup, or anything before `setupComplete`.
    if (setup || !session) this.#connection.refuse(invalidArgument());
    else if (clientContent) this.#content(clientContent, session);
    else if (realtimeInput) this.#realtime(realtimeInput, session);
    else if (toolResponse) this.#toolResponse(toolResponse, session);
    else if (contextUpdate) this.#contextUpdate(contextUpdate, session);
  }

  #setUp(setup: Setup): void {
    const { script, clock, memory, report } = this.#options;
    const dialect = dialectOf(this.#options.backend ?? backendOfModel(setup.model), setup.model);
    const refusal = checkSetup(setup, dialect, script.models);
    if (refusal) {
      this.#connection.refuse(refusal);
      return;
    }
    const handle = setup.sessionResumption?.handle;
    const player = handle === undefined ? new ScriptPlayer(script) : memory.recall(handle);
    if (!player) {
      this.#connection.refuse(invalidArgument());
      return;
    }
    report({ type: 'session-opened', backend: dialect.backend, model: setup.model, setup });
    if (!this.#connection.strike('setup')) return;
    clock.after(SETUP_DELAY_MS, () => this.#establish(setup, dialect, player), this.#connection.signal);
  }

  #establish(setup: Setup, dialect: Dialect, player: ScriptPlayer): void {
    const settings = settingsOf(setup, dialect);
    const meter = new TokenMeter();
    for (const { text } of setup.systemInstruction?.parts ?? []) meter.addText(text ?? '');
    const conversation = this.#converse(dialect, settings, player, meter);
    const activity = new CallerActivity(settings, {
      onStarted: (offsetMs) => {
        this.#signalActivity(settings, 'ACTIVITY_START', offsetMs);
        conversation.speechStarted();
      },
      onEnded: (offsetMs) => {
        this.#signalActivity(settings, 'ACTIVITY_END', offsetMs);
        conversation.speechEnded();
      },
    });
    this.#inHistory = settings.initialHistory;
    this.#established = { dialect, settings, player, meter, conversation, activity };
    this.#connection.send({ setupComplete: dialect.sessionId ? { sessionId: randomUUID() } : {} });
    this.#connection.strike('ready');
  }

  #converse(dialect: Dialect, settings: SessionSettings, player: ScriptPlayer, meter: TokenMeter): Conversation {
    const { script, speech, memory, clock, report } = this.#options;
    const connection = this.#connection;
    return new Conversation({
      clock,
      speech,
      dialect,
      settings,
      player,
      meter,
      report,
      wire: script.wire,
      send: (message) => connection.send(message),
      onMoment: (moment) => connection.strike(moment),
      onAudioSent: (fromMs, toMs) => connection.strikeAudio(fromMs, toMs),
      onTurnEnded: () => {
        if (!settings.resumable) return;
        connection.send({ sessionResumptionUpdate: { newHandle: memory.remember(player), resumable: true } });
      },
      onFailed: () => connection.refuse({ code: 1011, reason: 'Internal error encountered.' }),
    });
  }

  #content({ turns = [], turnComplete = false }: ClientContent, session: Established): void {
    const { dialect, player, meter, conversation } = session;
    if (dialect.profile.clientContentOnlyAsHistory && !this.#inHistory) {
      this.#connection.refuse(invalidArgument());
      return;
    }
    conversation.interrupt();
    for (const { role = 'user', parts = [] } of turns) {
      const text = parts.map((part) => part.text ?? '').join('');
      if (role === 'user') this.#unansweredText = (this.#unansweredText + text).slice(-MAX_UNANSWERED_CHARS);
      else if (role === 'model') {
        player.skipGreeting();
        this.#unansweredText = '';
      } else {
        this.#connection.refuse(invalidArgument('Please use a valid role: user, model.'));
        return;
      }
      meter.addText(text);
    }
    if (!turnComplete) return;
    const text = this.#unansweredText;
    this.#unansweredText = '';
    if (this.#inHistory) this.#inHistory = false;
    else conversation.hear({ kind: 'text', text });
  }

  #realtime(input: RealtimeInput, session: Established): void {
    const { dialect, settings, meter, conversation, activity } = session;
    const { audio, text, audioStreamEnd, activityStart, activityEnd, mediaChunks } = input;
    if (mediaChunks && !dialect.mediaChunks) {
      const reason = 'realtime_input.media_chunks is deprecated. Use audio, video, or text instead.';
      this.#connection.refuse(invalidArgument(reason));
      return;
    }
    const isAutomaticOnly = audioStreamEnd === true;
    const isManualOnly = activityStart !== undefined || activityEnd !== undefined;
    if (settings.automaticActivity ? isManualOnly : isAutomaticOnly) {
      this.#connection.refuse(invalidArgument());
      return;
    }
    const blob = audio ?? mediaChunks?.[0];
    if (blob) {
      const heardMs = activity.hear(blob.data, blob.mimeType);
      if (heardMs === undefined) this.#connection.refuse(invalidArgument());
      else meter.addAudio(heardMs);
    }
    if (activityStart) activity.start();
    if (activityEnd || audioStreamEnd === true) activity.end();
    if (text !== undefined) conversation.hear({ kind: 'text', text });
  }

  #toolResponse({ functionResponses = [] }: ToolResponse, { conversation }: Established): void {
    if (!this.#connection.strike('tool_answer')) return;
    for (const { id, name, response, scheduling, willContinue } of functionResponses) {
      // A piece of an answer; the last one says that nothing follows.
      if (willContinue === true) continue;
      const known = conversation.answerTool({
        id,
        name,
        response,
        scheduling: scheduling === 'SCHEDULING_UNSPECIFIED' ? undefined : scheduling,
      });
      if (!known) this.#connection.refuse({ code: 1008, reason: 'Requested entity was not found.' });
    }
  }

  #contextUpdate({ tools }: ContextUpdate, { dialect, settings }: Established): void {
    if (!dialect.contextUpdate) this.#connection.refuse(invalidArgument());
    else if (tools) settings.functions = functionsOf(tools.tools ?? [], dialect);
  }

  #signalActivity({ activitySignals }: SessionSettings, type: string, offsetMs: number): void {
    if (!activitySignals) return;
    this.#connection.send({ voiceActivity: { type, audioOffset: `${(offsetMs / 1000).toFixed(3)}s` } });
  }
}
