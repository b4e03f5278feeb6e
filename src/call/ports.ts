import type { LivelineError, ModelError } from '../errors.js';
import type { CallActions, NativeTool, ToolAnswer, ToolCall, ToolDeclaration, TransferOutcome } from '../tools/tool.js';

/** What the caller's side knows of a call once it has begun and its credentials were accepted. */
export interface CallStart {
  callSid: string;
  accountSid: string;
  /** The agent that the webhook chose for this call. */
  agent: string;
  /** Caller's and called address, as the carrier gave them; may be empty, a SIP URI, or no number at all. */
  from: string;
  to: string;
  direction: 'inbound' | 'outbound';
  /** The caller reads and types: what the agent says is seen, not heard. Absent on a telephone. */
  inWriting?: true;
  /** SIP headers (`X-…`) of the INVITE, without prefix. */
  sipHeaders: Record<string, string>;
  /** Further parameters that came with the call. */
  parameters: Record<string, string>;
  /** A call that we made: our own name for it, and whether its agent is to leave a message on a machine. */
  outbound?: { id: string; leavesMessage: boolean };
  /** Where the carrier finds this server for this call; absent where there is no carrier. */
  serverUrl?: string;
  returned?: ReturnedCall;
}

/** A call that comes back, because nobody took it. */
export interface ReturnedCall {
  /** Whom it was to be put through to, by name. */
  from: string;
  why: string;
  /** Takes up the session that it had. */
  handle?: string;
  /** How long agents have had it, in milliseconds. */
  spentMs: number;
  /** When the conversation began that it goes on with, in milliseconds since the epoch. */
  beganWallMs: number;
}

/** What an instance knows of a call that it put through, should it come back. */
export interface CallPast
  extends Pick<CallStart, 'parameters' | 'sipHeaders'>, Pick<ReturnedCall, 'handle' | 'spentMs'> {
  /** What was said. */
  history: readonly SpokenTurn[];
  /** @see ToolContext.memory */
  toolMemory: object;
}

/** How a call that we make stands, in the order in which it may come about; one of the last five is the end. */
export type OutboundStatus =
  'queued' | 'initiated' | 'ringing' | 'in-progress' | 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled';

/** Why the caller's side is gone. */
export type CallerLegCloseReason =
  | 'stopped' // the carrier said so: the caller hung up, or the call was moved on
  | 'disconnected' // the socket went without a word
  | 'refused' // its credentials were wrong, stale, used, or for another call
  | 'rubbish' // it sent nothing that could be used
  | 'unresponsive' // neither message nor pong for a minute
  | 'closed'; // this side closed it

/** The caller's side of a call: audio is µ-law, 8 kHz, mono, one byte a sample. */
export interface CallerLeg {
  /** Queues audio behind what was sent before; the carrier plays it in real time. The bytes are copied out before it returns. */
  sendAudio(mulaw: Uint8Array): void;
  /** Asks to be told, by `onMarkReached(name)`, when everything sent before has been played or cleared. */
  sendMark(name: string): void;
  /** Drops everything queued at the carrier. Its pending marks are answered at once. */
  clear(): void;
  /**
   * Closes the caller's connection; `onClosed('closed')` follows.
   * @param code RFC 6455 close code
   */
  close(code: number, reason: string): void;
}

/** All are required: forgetting one is a type error. None may throw. */
export interface CallerLegHandlers {
  /** At most once, before any other handler but `onIrregular` and `onClosed`. */
  onStarted(start: CallStart): void;
  /**
   * Audio as it arrives, in order; any length ≥ 1. The bytes are only valid during the call.
   * @param offsetMs the audio's place on the carrier's timeline, from the start of the stream
   */
  onAudio(mulaw: Uint8Array, offsetMs: number): void;
  /** One key of the telephone: `0-9 * # A-D`. */
  onDigit(digit: string): void;
  /** A mark came back: what was sent before it was played, or cleared. */
  onMarkReached(name: string): void;
  /** Something outside the protocol was ignored. `kind` is a short stable word, never content. */
  onIrregular(kind: string): void;
  /** Exactly once, last. */
  onClosed(reason: CallerLegCloseReason): void;
}

/** Gives the call its caller: called once, when the call is created. */
export type AcceptCallerLeg = (handlers: CallerLegHandlers) => CallerLeg;

/** One turn of what was said, for seeding a fresh session. */
export interface SpokenTurn {
  speaker: 'caller' | 'agent';
  /** Of the agent: what the caller heard. */
  text: string;
  /** It ended before its end. */
  cutOff?: true;
}

/** A picture as it came; its bytes are of the type that it says. */
export interface ImageFile {
  mimeType: 'image/jpeg' | 'image/png' | 'image/webp';
  bytes: Uint8Array;
}

/** Tokens of one reply, by modality (`TEXT`, `AUDIO`, …) and direction. The prompt is the whole context. */
export interface TurnUsage {
  promptTokens: number;
  responseTokens: number;
  totalTokens: number;
  thoughtsTokens: number;
  toolUsePromptTokens: number;
  cachedTokens: number;
  promptByModality: Record<string, number>;
  responseByModality: Record<string, number>;
  /** The service's own word for how the turn was paid for (`ON_DEMAND`, `PROVISIONED_THROUGHPUT`), where it says so. */
  trafficType?: string;
}

/** What a session is told anew; what is absent stays as it is. */
export interface ContextUpdate {
  instructions?: string;
  /** All functions that can be called from here on. */
  tools?: readonly ToolDeclaration[];
  /** All tools of the service's that can be used from here on. */
  nativeTools?: readonly NativeTool[];
}

/** The model's side of a call: it hears s16le PCM at 16 kHz mono, and speaks s16le PCM at 24 kHz mono. */
export interface ModelLeg {
  /**
   * Lines of text that the session's last connection may have lost, and that were sent again when this one stood; as
   * known at `onReady`. Empty where nobody can tell.
   */
  readonly resent: readonly string[];
  /** Caller audio. Call only after `onReady`. The bytes are copied out before it returns. */
  sendAudio(pcm16k: Uint8Array): void;
  /**
   * Tells a model that finds the caller's turns itself that the caller's audio pauses; sending audio again resumes it.
   * @returns false where its service has no such message
   */
  endAudio(): boolean;
  /** Where the bridge finds the caller's turns: the caller begins to speak, and this is part of a turn until its end. */
  startActivity(): void;
  /** The caller has finished: the model answers. */
  endActivity(): void;
  /** A line of text as if the caller had typed it; the model answers it. */
  sendText(text: string): void;
  /**
   * Shows a picture; the model says nothing of it until it has something to answer.
   * @returns false where the model sees none
   */
  sendImage(image: ImageFile): boolean;
  /**
   * A line of text that the model is to know, and does not answer. Only while it says nothing: it would stop.
   * Without effect on models that take no such line.
   */
  sendContext(text: string): void;
  sendToolAnswers(answers: readonly ToolAnswer[]): void;
  /**
   * A piece of an answer, while its tool runs on.
   * @returns false where the model takes none: it gets the answer alone
   */
  sendToolUpdate(piece: ToolAnswer): boolean;
  /**
   * Replaces what the session was told in the beginning, in the middle of it.
   * @returns false where the model cannot be told: then nothing is sent
   */
  updateContext(update: ContextUpdate): boolean;
  /** Ends the session. `onClosed` still follows, once; no other handler does. */
  close(): void;
}

/** What a piece of transcript says beside its text, where it was asked for. */
export interface TranscriptDetails {
  /** BCP-47. */
  language?: string;
  /** Who of several people speaks, by a label of the service's. */
  speakerLabel?: string;
  /** Times from the beginning of the caller's audio, as the session heard it. */
  words?: readonly { word: string; startMs: number; endMs: number }[];
}

/** Where the model has something from. */
export interface GroundingSource {
  /** Found on the web or on a map, in a store of documents; or a page that it was given the address of. */
  kind: 'web' | 'place' | 'document' | 'page';
  title?: string;
  uri?: string;
  /** The page could not be read. */
  failed?: boolean;
}

/** What a model tells beside what it says, as observers are told of it. */
export type ModelReport =
  /** It looked something up: how many queries and sources are told of, at most 10 and 20. */
  | { type: 'grounded'; queries: number; sources: number; pii: { queries: string[]; sources: GroundingSource[] } }
  /** It wrote a program, or ran it; at most 8000 characters are told. */
  | { type: 'code'; phase: 'written'; language: string; pii: { code: string } }
  | { type: 'code'; phase: 'run'; ok: boolean; pii: { output: string } }
  /** Where the service heard the caller begin and end, from the beginning of the session's audio. */
  | { type: 'activity-reported'; phase: 'began' | 'ended'; offsetMs?: number };

/**
 * All are required. None may throw. Handlers of one message come in this order:
 * interrupted, audio, transcripts, reports, tool calls, generation complete, waiting, utterance or turn complete, usage.
 */
export interface ModelLegHandlers {
  /** The session stands: at most once, before any other handler but `onIrregular` and `onClosed`. */
  onReady(): void;
  /** Speech, s16le at 24 kHz; any length, an odd last byte included. The bytes are only valid during the call. */
  onAudio(pcm24k: Uint8Array): void;
  /** The caller cut in: everything queued of the agent's speech is to be dropped now. */
  onInterrupted(): void;
  /** A piece of a transcript, to be appended verbatim (its leading space counts). */
  onTranscript(speaker: 'caller' | 'agent', text: string, details?: TranscriptDetails): void;
  /** Something for onlookers: it is never spoken, and nothing follows from it. */
  onReport(report: ModelReport): void;
  onToolCalls(calls: readonly ToolCall[]): void;
  /** The model no longer wants these answers. */
  onToolCallsCancelled(ids: readonly string[]): void;
  /** Everything of this reply has been made; absent after an interruption. */
  onGenerationComplete(): void;
  /**
   * The model has said something, and its turn is not over: more follows, of itself or when its tools have answered.
   * @param reason the model's own word for why, when it gave one
   */
  onUtteranceComplete(reason: string | undefined): void;
  /** @param reason the model's own word for why, when it gave one */
  onTurnComplete(reason: string | undefined): void;
  /** The model has understood, and says nothing on purpose: it expects the caller to go on. */
  onWaiting(): void;
  /** Tokens of the present reply, as far as they are counted; it may come several times for one. */
  onUsage(usage: TurnUsage): void;
  /**
   * Whether, and as what, the session can be taken up again by another connection.
   * @param handle undefined: not at this moment; the last one knows only what came before it
   */
  onResumable(handle: string | undefined): void;
  /** The service will end this connection in `timeLeftMs` (0 when it did not say). */
  onGoingAway(timeLeftMs: number): void;
  /** Something outside the protocol was ignored. `kind` is a short stable word, never content. */
  onIrregular(kind: string): void;
  /**
   * Exactly once, last, when the connection is gone.
   * @param error absent when it was this side's own `close()`
   */
  onClosed(error: ModelError | undefined): void;
}

/** Opens a model session; returns at once. A failure is `onClosed` with the error. */
export type OpenModelLeg = (
  request: {
    /** Takes up the session that issued it; its connection must be closed. The service knows what was said, then. */
    handle?: string;
    /** What was said before, oldest first, for a fresh session in the place of a lost one; else empty. */
    history: readonly SpokenTurn[];
    /** How long it may take to stand, in milliseconds; absent: as long as a session may take. */
    patienceMs?: number;
    /** The service refused the earlier session for what was in it: the history is not to be sent the same way again. */
    rejected: boolean;
    /** What an earlier session of the call was told anew. */
    context?: ContextUpdate;
  },
  handlers: ModelLegHandlers,
) => ModelLeg;

/** Whatever records a call, as far as the conversation has a say in it. Both are carried out in the order of the calls. */
export interface CallRecording {
  /** Resolves when nothing is recorded any more, at once where nothing is; rejects when a recording goes on, or may. */
  pause(): Promise<void>;
  /** What was paused goes on. Returns at once; that it cannot is the recorder's to tell. */
  resume(): void;
}

/** What the carrier does for a call beside its stream. */
export interface Telephone {
  /** @see CallActions.transfer */
  transfer(
    to: string,
    options: { summary?: string; signal?: AbortSignal },
    seat: TelephoneSeat,
  ): Promise<TransferOutcome>;
  sendSms: CallActions['sendSms'];
}

/** What a carrier that moves a call has to know of it. */
export interface TelephoneSeat {
  /** Resolves when what is being said has been heard. */
  heard(): Promise<void>;
  /** @see Call.expectMove */
  expectMove(reason: CallEndReason | undefined): void;
  /** What whoever goes on with the conversation has to know of it. */
  conversation(): Pick<ReturnedCall, 'handle' | 'spentMs' | 'beganWallMs'>;
  /** Aborted when the caller speaks with nobody here any more. */
  ended: AbortSignal;
  /** The stream has ended, and nobody here was told why: the carrier may have been asked elsewhere to take the caller. */
  isUnsure(): boolean;
}

/** The telephone that a call has, and the call's seat at it. */
export interface CarrierPart {
  /** That of the agent that has the call now; undefined where there is no carrier. */
  telephone(): Telephone | undefined;
  seat: Omit<TelephoneSeat, 'heard'>;
}

/** Why a call ended. A hang-up is not an error. */
export type CallEndReason =
  | 'caller-hung-up'
  | 'agent-hung-up'
  | 'operator-hung-up'
  | 'never-started'
  | 'refused'
  | 'caller-lost'
  | 'model-failed'
  | 'time-limit'
  | 'no-input'
  | 'machine-answered'
  | 'transferred'
  | 'server-stopping'
  | 'internal-error';

/** How a call ended, for whoever decides what the caller hears next. */
export interface CallOutcome {
  reason: CallEndReason;
  error?: LivelineError;
  /** The agent that had the call last, where it was given to another than it began with. */
  agent?: string;
  /** Of a call that may come back. */
  past?: CallPast;
}
