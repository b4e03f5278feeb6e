import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';

/** What a caller hears when the agent cannot be had. */
export interface SpokenFallback {
  say: string;
  /** BCP-47. */
  language?: string | undefined;
  /** A number or SIP URI that the caller is put through to afterwards. */
  transfer?: string | undefined;
}

const DEFAULT_FALLBACK: SpokenFallback = {
  say: 'We are sorry, we cannot take your call right now. Please try again later.',
  language: 'en-US',
};

/** TwiML that connects the call's audio to `streamUrl`, and asks `actionUrl` what to do once the stream is over. */
export function connectTwiml({
  streamUrl,
  actionUrl,
  statusCallbackUrl,
  parameters,
}: {
  streamUrl: string;
  actionUrl: string;
  statusCallbackUrl?: string | undefined;
  parameters: Readonly<Record<string, string>>;
}): string {
  const response = new VoiceResponse();
  const stream = response
    .connect({ action: actionUrl })
    .stream({ url: streamUrl, ...(statusCallbackUrl === undefined ? {} : { statusCallback: statusCallbackUrl }) });
  for (const [name, value] of Object.entries(parameters)) stream.parameter({ name, value });
  return response.toString();
}

/** TwiML that says the fallback, puts the caller through if it names somebody, and hangs up. */
export function fallbackTwiml(fallback: SpokenFallback = DEFAULT_FALLBACK): string {
  const response = new VoiceResponse();
  // The builder's list of languages lags behind Twilio's; Twilio itself decides.
  const language = fallback.language as VoiceResponse.SayAttributes['language'];
  response.say(language === undefined ? {} : { language }, fallback.say);
  if (fallback.transfer !== undefined) {
    const dial = response.dial({ answerOnBridge: true });
    if (/^sips?:/i.test(fallback.transfer)) dial.sip(fallback.transfer);
    else dial.number(fallback.transfer);
  }
  response.hangup();
  return response.toString();
}

/** TwiML that ends the call. */
export function hangupTwiml(): string {
  const response = new VoiceResponse();
  response.hangup();
  return response.toString();
}
