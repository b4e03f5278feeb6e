import type { CallRecording, CallStart } from '../call/ports.js';
import { LivelineError } from '../errors.js';
import type { TwilioRest } from '../twilio/rest.js';

/** The recording that Twilio makes of a call, if it makes one. */
export function carrierRecording(
  rest: Pick<TwilioRest, 'pauseRecording'>,
  { callSid }: CallStart,
  onFailed: (error: LivelineError) => void,
): CallRecording {
  // One request after the other: a pause that overtakes the resumption before it would be undone.
  let last: Promise<unknown> = Promise.resolve();
  return {
    pause() {
      const paused = last.then(() => rest.pauseRecording(callSid, true));
      last = paused.catch(() => undefined);
      return paused.then(() => undefined);
    },
    resume() {
      last = last
        .then(() => rest.pauseRecording(callSid, false))
        .catch((thrown: unknown) => onFailed(LivelineError.from(thrown)));
    },
  };
}
