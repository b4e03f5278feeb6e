import type { AcceptCallerLeg, CallerLeg, CallerLegHandlers } from '../call/ports.js';
import type { Clock } from '../clock.js';
import { LivelineError } from '../errors.js';
import type { TwilioRest } from '../twilio/rest.js';

/** How long a goodbye waits for Twilio's API before the stream is closed all the same. */
const PATIENCE_MS = 1_000;
/** RFC 6455 §7.4.1: the purpose was fulfilled. Only then is the call itself to end. */
const NORMAL_CLOSURE = 1000;

/**
 * Ends a call that is over through Twilio's API before its stream is closed: what comes after the stream may be asked
 * of another instance, which would not know that the goodbye was said.
 */
export function hangingUpByRest(
  accept: AcceptCallerLeg,
  options: { rest: TwilioRest; clock: Clock; onFailed: (error: LivelineError) => void },
): AcceptCallerLeg {
  const { rest, clock, onFailed } = options;
  return (handlers: CallerLegHandlers): CallerLeg => {
    let callSid: string | undefined;
    let gone = false;
    const scope = new AbortController();
    const leg = accept({
      ...handlers,
      onStarted: (start) => {
        // Other accounts' calls, and those from the desk phone, are not this API's to end.
        if (start.accountSid === rest.accountSid) callSid = start.callSid;
        handlers.onStarted(start);
      },
      onClosed: (reason) => {
        gone = true;
        scope.abort();
        handlers.onClosed(reason);
      },
    });
    return {
      sendAudio: (mulaw) => leg.sendAudio(mulaw),
      sendMark: (name) => leg.sendMark(name),
      clear: () => leg.clear(),
      close: (code, reason) => {
        const close = () => leg.close(code, reason);
        if (code !== NORMAL_CLOSURE || callSid === undefined || gone) {
          close();
          return;
        }
        clock.after(PATIENCE_MS, close, scope.signal);
        // A failure is not the end of it: closing the stream ends the call too, by way of the webhook.
        void rest
          .completeCall(callSid)
          .catch((thrown: unknown) => onFailed(LivelineError.from(thrown)))
          .then(close);
      },
    };
  };
}
