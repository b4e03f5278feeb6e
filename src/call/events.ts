import type { Remedy, Symptom } from './health.js';
import type { CallEndReason, GroundingSource, OutboundStatus, TranscriptDetails, TurnUsage } from './ports.js';
import type { TransferOutcome } from '../tools/tool.js';
import type { CallUsage } from './usage-meter.js';

/**
 * What happened on a call, for every observer: log, metrics, console, tests.
 * What may identify a person stands under `pii` and nowhere else.
 */
export type CallEvent = {
  callSid: string;
  /** Milliseconds since the call began, monotonic. */ atMs: number;
} & CallEventBody;

export type CallEventBody =
  /**
   * `beganWallMs`: since the epoch. `outbound`: a call that we make, by our own name, and whether its agent leaves a
   * message on a machine. `returned`: one that nobody took, from whom it comes back and why, and when the conversation
   * began that it goes on with.
   */
  | {
      type: 'started';
      agent: string;
      direction: 'inbound' | 'outbound';
      beganWallMs: number;
      returned?: { from: string; why: string; beganWallMs: number };
      outbound?: { id: string; leavesMessage: boolean };
      pii: { from: string; to: string };
    }
  /** What the agent asked for before it speaks has come, or not. */
  | { type: 'looked-up'; ok: boolean; ms: number; error?: { code: string; detail: string } }
  /**
   * A call that we make has another status, or it was found out who answered. `callSid` is empty until the carrier has
   * named it; `atMs` counts from the order.
   */
  | {
      type: 'outbound';
      id: string;
      agent: string;
      status: OutboundStatus;
      answeredBy?: string;
      /** A machine's caller heard the agent's message to its end. */
      messageLeft?: boolean;
      durationS?: number;
      error?: { code: string; detail: string };
      pii: { to: string; from: string };
    }
  | { type: 'model-opening'; attempt: number; resumed: boolean; fresh: boolean }
  | { type: 'model-ready'; setupMs: number; resumed: boolean }
  /** `handleGivenUp`: the session cannot be taken up any more; a retry opens a fresh one. */
  | {
      type: 'model-lost';
      code: string;
      detail: string;
      closeCode?: number;
      willRetry: boolean;
      handleGivenUp?: true;
    }
  | { type: 'model-going-away'; timeLeftMs: number }
  /** The model does not do what it should; `silentMs`: for how long the caller has heard nothing because of it. */
  | { type: 'model-unwell'; symptom: Symptom; remedy: Remedy; silentMs: number }
  /** The model has understood, and says nothing on purpose. */
  | { type: 'model-waiting' }
  | { type: 'greeting-protected' }
  | { type: 'greeting-released'; by: 'heard' | 'timeout' | 'speech' | 'empty' }
  /** Beside its text a piece tells what was asked for: see `TranscriptDetails`. */
  | {
      type: 'transcript';
      speaker: 'caller' | 'agent';
      pii: { text: string; language?: string; speakerLabel?: string; words?: NonNullable<TranscriptDetails['words']> };
    }
  /** One side finished speaking. For the agent: what was sent and heard of it; for the caller: what was understood. */
  | {
      type: 'turn';
      speaker: 'caller' | 'agent';
      /** Counts the turns of both sides from 1. */
      turn: number;
      sentMs?: number;
      heardMs?: number;
      cutOff?: boolean;
      reason?: string;
      /** Of a turn that was cut off: what the caller heard of it, and what not. */
      pii: { text: string; heard?: string; unheard?: string };
    }
  /** The model ended its turn without a word, a sound or a call. */
  | { type: 'turn-empty'; reason?: string }
  /** The caller cut in: the model says so, or the bridge's own detector did before it. */
  | { type: 'interrupted'; by: 'model' | 'detector'; generation: number; sentMs: number; heardMs: number }
  /** Where the bridge finds the caller's turns: one begins or has ended. */
  | { type: 'activity'; phase: 'started' }
  | { type: 'activity'; phase: 'ended'; ms: number }
  /** The model did not react to a short answer, and was told that the caller's turn is over. */
  | { type: 'turn-closed'; by: 'audio-end' | 'silence'; speechMs: number }
  | { type: 'reply-heard'; generation: number; heardMs: number }
  /** `repeats`: the id of an earlier call, called off or lost with its session, whose work goes on for this one. */
  | { type: 'tool'; phase: 'called'; id: string; name: string; repeats?: string; pii: { args: unknown } }
  /** A piece of the answer. `sent`: the model takes pieces. */
  | { type: 'tool'; phase: 'updated'; id: string; name: string; ms: number; sent: boolean; pii: { response: unknown } }
  | { type: 'tool'; phase: 'answered'; id: string; name: string; ms: number; ok: boolean; pii: { response: unknown } }
  | { type: 'tool'; phase: 'cancelled'; id: string; name: string; ms: number }
  /** What a call that was called off did, or may have done, was to be undone. */
  | { type: 'tool'; phase: 'undone'; id: string; name: string; ms: number; ok: boolean; pii: { response: unknown } }
  /** A server that tools of the agent come from is not there, or is there again; `code`: what kind of error it was. */
  | { type: 'tool-server'; phase: 'lost' | 'back'; server: string; code?: string }
  /** The model looked something up: so many queries and sources, of which at most 10 and 20 are told. */
  | { type: 'grounded'; queries: number; sources: number; pii: { queries: string[]; sources: GroundingSource[] } }
  /** The model wrote a program, or ran it. */
  | { type: 'code'; phase: 'written'; language: string; pii: { code: string } }
  | { type: 'code'; phase: 'run'; ok: boolean; pii: { output: string } }
  /** Where the service hears the caller begin and end, from the beginning of the session's audio. */
  | { type: 'activity-reported'; phase: 'began' | 'ended'; offsetMs?: number }
  /** Another agent has the call. `sameSession`: the model remembers what was said; otherwise it was told. */
  | { type: 'handed-over'; from: string; agent: string; sameSession: boolean; pii: { note: string } }
  | { type: 'digits'; count: number; pii: { digits: string } }
  /** The agent pressed keys; pauses do not count. */
  | { type: 'digits-sent'; count: number; pii: { digits: string } }
  /** A tool waits for the caller's keys, which do not reach the model meanwhile. */
  | { type: 'digits-collecting'; sensitive: boolean }
  | {
      type: 'digits-collected';
      outcome: 'ok' | 'timeout' | 'too_short' | 'no_match' | 'recorded' | 'cancelled';
      count: number;
      sensitive: boolean;
      /** Empty where they are sensitive. */
      pii: { digits?: string };
    }
  /** The caller is to be put through to a destination of the agents file, and why they are still here. */
  | { type: 'transfer'; to: string; phase: 'asked' | Exclude<TransferOutcome, 'moved'> }
  /** The carrier has taken a text message, to the caller or to a destination of the agents file. */
  | { type: 'sms-sent'; to: string; pii: { text: string } }
  | { type: 'said'; pii: { text: string } }
  /** The caller sent a text message. `unseen`: pictures and other files of it that the model was not shown. */
  | { type: 'message-received'; images: number; unseen: number; pii: { text: string } }
  /** Tokens of a reply, and of the call so far. A later event of the same `reply` takes this one's place. */
  | { type: 'usage'; reply: number; usage: TurnUsage; total: CallUsage }
  /** The bridge itself gave the model a line. */
  | { type: 'prompted'; cause: PromptCause }
  /** Caller audio was lost before the model could hear it. */
  | { type: 'caller-audio-dropped'; ms: number }
  /** More than the bridge holds was queued for the caller: the rest of the turn is not spoken. */
  | { type: 'playout-overflowed'; heldMs: number }
  /** A peer sent something outside its protocol; reported once a kind. */
  | { type: 'irregular'; peer: 'caller' | 'model'; kind: string }
  /** The call's own rules did not expect this here; it was ignored. */
  | { type: 'unexpected'; state: string; input: string }
  | { type: 'draining'; reason: CallEndReason }
  /** The end was called off: the conversation goes on. */
  | { type: 'end-called-off' }
  /** `usage` is that of all replies; absent for a call that never began. */
  | {
      type: 'ended';
      reason: CallEndReason;
      durationMs: number;
      usage?: CallUsage;
      error?: { code: string; detail: string };
      /** `why`: the agent's own words for why it hung up. */
      pii?: { why: string };
    };

/**
 * What a line was about: nobody said anything, or went on saying nothing until the call was given up; the call's time is
 * nearly up; a tool takes long.
 */
export type PromptCause = 'no-input' | 'giving-up' | 'time-limit' | 'slow-tool';

/** An observer. It must not throw, and must not block. */
export type CallObserver = (event: CallEvent) => void;
