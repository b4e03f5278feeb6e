import type { EventLog } from './event-log.js';
import type { PhoneEvent, PhoneOutcome } from './phone-event.js';

/** A call on its way, from the caller's seat. Disposing hangs up and waits for the end. */
export interface PhoneCall extends AsyncDisposable {
  readonly callSid: string;
  readonly events: readonly PhoneEvent[];
  /** Now, on the scale of the events' `atMs`. */
  readonly nowMs: number;
  /** Whether the caller hung up, or the call ended. */
  readonly over: boolean;
  /** What the caller heard up to now: s16 samples, 8 kHz, from `start`, silence included. */
  readonly heard: Int16Array;
  /** How the call ended; never rejects. */
  readonly ended: Promise<PhoneOutcome>;
  waitFor: EventLog['waitFor'];
  /** Settles after `ms`, or when the call ends, or as soon as `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Speaks s16 samples at 8 kHz behind what is being spoken, once the stream is open.
   * @returns settled when it was said, or the call ended
   */
  speak(pcm8k: Int16Array): Promise<void>;
  /**
   * Presses keys of the telephone, `0-9 * # A-D`, once the stream is open.
   * @returns settled when the last was pressed, or the call ended
   */
  press(digits: string): Promise<void>;
  hangUp(): void;
}
