import { sleep, type Clock } from '../clock.js';
import type { TwilioRest } from '../twilio/rest.js';

/**
 * How long two calls that were sent to a room are looked after: Twilio waits 15 s for the TwiML that leads there, and ends
 * the call that did not get it. Source: Twilio, Webhooks, `Read timeout`.
 */
const WATCH_MS = 20_000;
const LOOK_EVERY_MS = 1_000;
/** How long the carrier may take to end the stream of a caller whom it was told to take. */
export const MOVE_MS = 5_000;

/** Two calls on their way to a room of their own. */
export interface Meeting {
  callerSid: string;
  /** The call that has taken the caller. */
  answeringSid: string;
  room: string;
  /** What the caller's call asks when it is alone. */
  afterUrl: string;
  /** Whether the caller still speaks with their agent, as far as is known here: Twilio may not have heard that they go. */
  isCallerHere: () => boolean;
}

export interface MeetingOptions {
  rest: Pick<TwilioRest, 'callStatus' | 'isRoomRunning' | 'redirectCall' | 'completeCall'>;
  clock: Clock;
  /** One last look is taken. */
  signal: AbortSignal;
}

type Left = 'caller' | 'answering' | undefined;

/**
 * Sees to it that nobody waits in a room for somebody who does not come: a caller is led on, and whoever took the call is
 * let go. A room ends for both when one of two leaves: once both are there nobody has to look, and one who is still up at a
 * second look was alone. Never rejects, and is over in half a minute.
 */
export async function watchMeeting({ rest, clock, signal }: MeetingOptions, meeting: Meeting): Promise<void> {
  const { callerSid, answeringSid, room, afterUrl, isCallerHere } = meeting;
  const beganMs = clock.nowMs();
  const free = (who: 'caller' | 'answering'): Promise<unknown> =>
    who === 'caller' ? rest.redirectCall(callerSid, { url: afterUrl }) : rest.completeCall(answeringSid);
  let before: Left;
  for (let isLast = false; !isLast;) {
    await sleep(clock, LOOK_EVERY_MS, signal);
    const passedMs = clock.nowMs() - beganMs;
    isLast = signal.aborted || passedMs >= WATCH_MS;
    const [caller, answering] = await Promise.all([isUp(rest, callerSid), isUp(rest, answeringSid)]);
    const areOver = caller === false && answering === false;
    if (areOver || (await rest.isRoomRunning(room).catch(() => false))) return;
    const left = isCallerHere() ? (passedMs >= MOVE_MS ? 'answering' : undefined) : whoIsLeft(caller, answering);
    if (left && (left === before || signal.aborted)) {
      const isFree = await free(left).then(
        () => true,
        () => false,
      );
      if (isFree) return;
    }
    before = left;
  }
}

function whoIsLeft(caller: boolean | undefined, answering: boolean | undefined): Left {
  if (caller === true && answering === false) return 'caller';
  return caller === false && answering === true ? 'answering' : undefined;
}

/** @returns undefined when Twilio does not say */
async function isUp(rest: MeetingOptions['rest'], callSid: string): Promise<boolean | undefined> {
  const status = await rest.callStatus(callSid).catch(() => undefined);
  return status === undefined ? undefined : status === 'in-progress';
}
