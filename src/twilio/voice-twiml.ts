import { createRequire } from 'node:module';
import type VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';

/** What a caller hears in the place of an agent. */
export interface SpokenLine {
  say?: string | undefined;
  /** BCP-47. */
  language?: string | undefined;
  /** A number or SIP URI that the caller is put through to afterwards. */
  transfer?: string | undefined;
}

/** A line, or a recording, that is heard before an agent is. */
export interface Disclosure extends SpokenLine {
  play?: string | undefined;
}

const DEFAULT_FALLBACK: SpokenLine = {
  say: 'We are sorry, we cannot take your call right now. Please try again later.',
  language: 'en-US',
};

/** TwiML that connects the call's audio to `streamUrl`, and asks `actionUrl` what to do once the stream is over. */
export function connectTwiml({
  streamUrl,
  actionUrl,
  statusCallbackUrl,
  parameters,
  disclosure,
}: {
  streamUrl: string;
  actionUrl: string;
  /** Heard first, to its end. */
  disclosure?: Disclosure | undefined;
  statusCallbackUrl?: string | undefined;
  parameters: Readonly<Record<string, string>>;
}): string {
  const response = createResponse();
  if (disclosure?.play !== undefined) response.play(disclosure.play);
  else if (disclosure) say(response, disclosure);
  const stream = response
    .connect({ action: actionUrl })
    .stream({ url: streamUrl, ...(statusCallbackUrl === undefined ? {} : { statusCallback: statusCallbackUrl }) });
  for (const [name, value] of Object.entries(parameters)) stream.parameter({ name, value });
  return response.toString();
}

/** TwiML that says a line, puts the caller through if it names somebody, and hangs up. */
export function fallbackTwiml(line: SpokenLine = DEFAULT_FALLBACK): string {
  const response = createResponse();
  say(response, line);
  if (line.transfer !== undefined) {
    const dial = response.dial({ answerOnBridge: true });
    if (/^sips?:/i.test(line.transfer)) dial.sip(line.transfer);
    else dial.number(line.transfer);
  }
  response.hangup();
  return response.toString();
}

/** Adds the line, if there is one. */
export function say(response: Pick<VoiceResponse, 'say'>, line: SpokenLine): void {
  // The builder's list of languages lags behind Twilio's; Twilio itself decides.
  const language = line.language as VoiceResponse.SayAttributes['language'];
  if (line.say !== undefined) response.say(language === undefined ? {} : { language }, line.say);
}

/** TwiML that refuses a call before it is answered: nothing is billed. */
export function refusalTwiml(reason: 'busy' | 'rejected'): string {
  const response = createResponse();
  response.reject({ reason });
  return response.toString();
}

/** TwiML that ends the call. */
export function hangupTwiml(): string {
  const response = createResponse();
  response.hangup();
  return response.toString();
}

/** The builder is loaded with the first call that is answered: it takes a twentieth of the server's start. */
export function createResponse(): VoiceResponse {
  const Response = createRequire(import.meta.url)('twilio/lib/twiml/VoiceResponse.js') as typeof VoiceResponse;
  return new Response();
}
