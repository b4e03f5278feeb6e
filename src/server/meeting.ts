import { sleep, type Clock } from '../clock.js';
import type { TwilioRest } from '../twilio/rest.js';

/**
 * How long two calls that were sent to a room are looked after: Twilio waits 15 s for the TwiML that leads there, and ends
 * the call that did not get it. Source: Twilio, Webhooks, `Read timeout`.
 */
const WATCH_MS = 20_000;
const LOOK_EVERY_MS = 1_000;

/** Two calls on their way to a room of their own. */
export interface Meeting {
  callerSid: string;
  /** The call that has taken the caller. */
  answeringSid: string;
  /** What the caller's call asks when it is alone. */
  afterUrl: string;
}

export interface MeetingOptions {
  rest: Pick<TwilioRest, 'callStatus' | 'redirectCall' | 'completeCall'>;
  clock: Clock;
  /** One last look is taken. */
  signal: AbortSignal;
}

/**
 * Sees to it that nobody waits in a room for somebody who has hung up on the way there: a caller is led on, and whoever
 * took the call is let go. A room ends for both when one of two leaves, so one who is still up at a second look was alone.
 * Never rejects, and is over in half a minute.
 */
export async function watchMeeting({ rest, clock, signal }: MeetingOptions, meeting: Meeting): Promise<void> {
  const { callerSid, answeringSid, afterUrl } = meeting;
  const untilMs = clock.nowMs() + WATCH_MS;
  let alone: string | undefined;
  const free = (callSid: string): Promise<unknown> =>
    callSid === callerSid ? rest.redirectCall(callSid, { url: afterUrl }) : rest.completeCall(callSid);
  for (let isLast = false; !isLast;) {
    await sleep(clock, LOOK_EVERY_MS, signal);
    isLast = signal.aborted || clock.nowMs() >= untilMs;
    const [caller, answering] = await Promise.all([isUp(rest, callerSid), isUp(rest, answeringSid)]);
    if (caller === false && answering === false) return;
    const left = answering === false && caller ? callerSid : caller === false && answering ? answeringSid : undefined;
    if (left !== undefined && (left === alone || signal.aborted)) {
      const isFree = await free(left).then(
        () => true,
        () => false,
      );
      if (isFree) return;
    }
    alone = left;
  }
}

/** @returns undefined when Twilio does not say */
async function isUp(rest: MeetingOptions['rest'], callSid: string): Promise<boolean | undefined> {
  const status = await rest.callStatus(callSid).catch(() => undefined);
  return status === undefined ? undefined : status === 'in-progress';
}
