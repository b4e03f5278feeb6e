import { createResponse, say, type SpokenLine } from './voice-twiml.js';

/** How long somebody may think before the briefing is said again, or they count as not there, in seconds. */
const DECISION_S = 8;
const BRIEFINGS = 2;
/** The key that takes a call. */
export const TAKE_KEY = '1';

/** TwiML that puts a caller through, and asks `actionUrl` what comes after it. */
export function dialTwiml(dial: {
  to: string;
  callerId?: string | undefined;
  ringTimeoutS: number;
  actionUrl: string;
}): string {
  const response = createResponse();
  const { to, callerId, ringTimeoutS, actionUrl } = dial;
  const verb = response.dial({
    // The caller hears it ring, and the call counts as answered only when it is.
    answerOnBridge: true,
    timeout: ringTimeoutS,
    action: actionUrl,
    ...(callerId !== undefined && { callerId }),
  });
  if (/^sips?:/i.test(to)) verb.sip(to);
  else verb.number(to);
  return response.toString();
}

/** TwiML that tells somebody of a call, and asks `actionUrl` with the key that they press; silence is a no. */
export function briefingTwiml(line: SpokenLine, actionUrl: string): string {
  const response = createResponse();
  for (let times = 0; times < BRIEFINGS; times += 1) {
    say(response.gather({ numDigits: 1, timeout: DECISION_S, action: actionUrl }), line);
  }
  response.hangup();
  return response.toString();
}

/**
 * TwiML that has a call meet another one in a room of their own; when either leaves, both are done. Until both are there
 * Twilio plays its music: silence is what a lost call sounds like.
 */
export function roomTwiml(room: string, actionUrl?: string): string {
  const response = createResponse();
  const options = { startConferenceOnEnter: true, endConferenceOnExit: true, beep: 'false' } as const;
  response.dial(actionUrl === undefined ? {} : { action: actionUrl }).conference(options, room);
  return response.toString();
}
