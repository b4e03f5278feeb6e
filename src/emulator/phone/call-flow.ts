import { CallError } from '../../errors.js';
import type { PhoneEndReason } from './phone-event.js';
import type { HttpMethod, TwimlStream, TwimlVerb } from './twiml.js';

/** Documents one call may ask for, so that a redirect onto itself ends. */
const MAX_DOCUMENTS = 20;

/** What TwiML can do to a call. Every promise settles when the verb is over. */
export interface CallFlowHost {
  /** Requests a document from an absolute URL. */
  fetch(url: string, method: HttpMethod): Promise<TwimlVerb[]>;
  connect(stream: TwimlStream, baseUrl: string): Promise<void>;
  /** The server is about to be asked what comes after `<Connect>`. */
  onAction(): void;
  say(text: string): void;
  play(url: string): void;
  dial(to: string): void;
  pause(lengthMs: number): Promise<void>;
}

interface NextDocument {
  url: string;
  method: HttpMethod;
}

/**
 * Runs a call's TwiML from its voice URL to its end.
 * @throws CallError `CALL_REFUSED` for what Twilio would not run, and whatever the host throws
 */
export async function followTwiml(host: CallFlowHost, voiceUrl: string): Promise<PhoneEndReason> {
  let next: NextDocument = { url: voiceUrl, method: 'POST' };
  for (let documents = 0; documents < MAX_DOCUMENTS; documents += 1) {
    const verbs = await host.fetch(next.url, next.method);
    const outcome = await runDocument(host, verbs, next.url);
    if (typeof outcome === 'string') return outcome;
    next = outcome;
  }
  throw new CallError('CALL_REFUSED', `the call went through ${MAX_DOCUMENTS} documents without coming to an end`);
}

async function runDocument(
  host: CallFlowHost,
  verbs: readonly TwimlVerb[],
  baseUrl: string,
): Promise<PhoneEndReason | NextDocument> {
  for (const verb of verbs) {
    const outcome = await runVerb(host, verb, baseUrl);
    if (outcome) return outcome;
  }
  // Source: Twilio, TwiML `<Response>`: with no verb left the call is hung up.
  return 'agent-hung-up';
}

async function runVerb(
  host: CallFlowHost,
  verb: TwimlVerb,
  baseUrl: string,
): Promise<PhoneEndReason | NextDocument | undefined> {
  switch (verb.verb) {
    case 'Connect':
      await host.connect(verb.stream, baseUrl);
      if (verb.action === undefined) return undefined;
      host.onAction();
      return { url: resolveUrl(verb.action, baseUrl), method: verb.method };
    case 'Redirect':
      return { url: resolveUrl(verb.url, baseUrl), method: verb.method };
    case 'Say':
      host.say(verb.text);
      return undefined;
    case 'Play':
      host.play(verb.url);
      return undefined;
    case 'Pause':
      await host.pause(verb.lengthS * 1000);
      return undefined;
    case 'Dial':
      host.dial(verb.to);
      return 'transferred';
    case 'Reject':
      return 'rejected';
    case 'Hangup':
      return 'agent-hung-up';
  }
}

/** An absolute URL stays byte for byte what it was: it is what gets signed. */
function resolveUrl(url: string, baseUrl: string): string {
  if (/^https?:\/\//.test(url)) return url;
  if (!URL.canParse(url, baseUrl)) throw new CallError('CALL_REFUSED', 'a URL in the TwiML is malformed (11100)');
  return new URL(url, baseUrl).href;
}
