import type { LivelineError } from '../../errors.js';

/** How a call ended, from the phone's seat. */
export type PhoneEndReason =
  | 'caller-hung-up'
  | 'agent-hung-up' // the server closed the stream and had nothing more to say
  | 'other-hung-up' // whoever it was bridged to
  | 'transferred' // TwiML dialled on; nobody else is there to answer
  | 'rejected'
  | 'busy'
  | 'no-answer'
  | 'canceled' // nobody waited for an answer any more
  | 'time-limit'
  | 'failed';

/** A warning or error that Twilio would log. Source of the codes: Twilio's error dictionary, Media Streams 319xx. */
export type StreamWarningCode = 31920 | 31922 | 31923 | 31924 | 31931 | 31950 | 31951;

/** What happened on the wire, as the phone saw it. `heardMs` is a place in what the caller heard, from `start`. */
export type PhoneEventBody =
  | { type: 'ringing'; callSid: string; from: string; to: string }
  /** This phone was called, and picks up. */
  | { type: 'answered' }
  /** The server answered with TwiML; `verbs` in document order. */
  | { type: 'twiml'; verbs: string[] }
  /** The stream's socket is open and `connected` was sent. */
  | { type: 'connected' }
  /** `start` was sent: the first one is the origin of `heardMs`. */
  | { type: 'start'; streamSid: string }
  /** Audio came from the server; `queuedMs` is what stood before it in the queue. */
  | { type: 'media'; bytes: number; queuedMs: number }
  /** A mark came; `queuedMs` as above. */
  | { type: 'mark'; phase: 'received'; name: string; queuedMs: number }
  /** The echo was sent. */
  | { type: 'mark'; phase: 'reached'; name: string; cleared: boolean }
  | { type: 'clear'; droppedMs: number; marks: number }
  /** Queued audio began or ceased to be played; `cut` when it was cleared, or the stream ended, before its end. */
  | { type: 'agent-audio'; phase: 'started'; heardMs: number }
  | { type: 'agent-audio'; phase: 'ended'; heardMs: number; cut: boolean }
  | { type: 'caller-audio'; phase: 'started' | 'ended' }
  | { type: 'dtmf'; digit: string }
  | { type: 'warning'; code: StreamWarningCode; detail: string }
  | { type: 'stop' }
  | { type: 'closed'; code: number; by: 'caller' | 'server' }
  /** The server is asked what comes after the stream. */
  | { type: 'action' }
  /** TwiML that speaks to the caller by itself. */
  | { type: 'said'; text: string }
  | { type: 'played'; url: string }
  | { type: 'dialed'; to: string }
  /** Keys are waited for. */
  | { type: 'gathering' }
  /** Another phone hears this one, and is heard: `to` is its call's SID, or the name of a room. */
  | { type: 'bridged'; to: string }
  | { type: 'unbridged' }
  | { type: 'ended'; reason: PhoneEndReason; heardMs: number; error?: { code: string; detail: string } };

/** `atMs` is monotonic, from the moment the call was placed. */
export type PhoneEvent = { atMs: number } & PhoneEventBody;

/** How the call ended, for whoever placed it. */
export interface PhoneOutcome {
  reason: PhoneEndReason;
  error?: LivelineError;
}
