import { CallError } from '../../errors.js';
import type { HttpMethod, TwimlDial, TwimlGather, TwimlPrompt, TwimlStream, TwimlVerb } from './twiml.js';

/** Documents one call may ask for, so that a redirect onto itself ends. */
const MAX_DOCUMENTS = 20;

/** Where a call's TwiML comes from: a webhook, or a document that was handed over with the order. */
export type TwimlSource =
  { url: string; method: HttpMethod; fields?: Readonly<Record<string, string>> } | { verbs: readonly TwimlVerb[] };

/** How a call left its TwiML. */
export type FlowEnd =
  /** With no verb left. Source: Twilio, TwiML `<Response>`: the call is then hung up. */
  | 'ran-out'
  | 'hung-up'
  | 'rejected'
  | 'busy'
  /** To someone else, and nobody can tell whom: there is no exchange. */
  | 'transferred';

/** What TwiML can do to a call. Every promise settles when the verb is over. */
export interface CallFlowHost {
  /** Requests a document from an absolute URL. */
  fetch(url: string, method: HttpMethod, fields: Readonly<Record<string, string>>): Promise<TwimlVerb[]>;
  connect(stream: TwimlStream, baseUrl: string): Promise<void>;
  /** The server is about to be asked what comes after a verb. */
  onAction(): void;
  prompt(prompt: TwimlPrompt): Promise<void>;
  /** @returns the keys that were pressed */
  gather(gather: TwimlGather): Promise<string>;
  /** @returns what the action is told of it, or undefined where nobody can be reached */
  dial(dial: TwimlDial, baseUrl: string): Promise<Record<string, string> | undefined>;
}

type NextDocument = Extract<TwimlSource, { url: string }>;

/**
 * Runs a call's TwiML to its end.
 * @throws CallError `CALL_REFUSED` for what Twilio would not run, and whatever the host throws
 */
export async function followTwiml(host: CallFlowHost, source: TwimlSource): Promise<FlowEnd> {
  let next = source;
  for (let documents = 0; documents < MAX_DOCUMENTS; documents += 1) {
    const verbs = 'verbs' in next ? next.verbs : await host.fetch(next.url, next.method, next.fields ?? {});
    // A document that came with the order has no address: in it every URL is absolute (15004).
    const outcome = await runDocument(host, verbs, 'verbs' in next ? '' : next.url);
    if (typeof outcome === 'string') return outcome;
    next = outcome;
  }
  throw new CallError('CALL_REFUSED', `the call went through ${MAX_DOCUMENTS} documents without coming to an end`);
}

async function runDocument(
  host: CallFlowHost,
  verbs: readonly TwimlVerb[],
  baseUrl: string,
): Promise<FlowEnd | NextDocument> {
  for (const verb of verbs) {
    const outcome = await runVerb(host, verb, baseUrl);
    if (outcome) return outcome;
  }
  return 'ran-out';
}

async function runVerb(
  host: CallFlowHost,
  verb: TwimlVerb,
  baseUrl: string,
): Promise<FlowEnd | NextDocument | undefined> {
  switch (verb.verb) {
    case 'Connect':
      await host.connect(verb.stream, baseUrl);
      return askAction(host, verb, baseUrl, {});
    case 'Redirect':
      return { url: resolveUrl(verb.url, baseUrl), method: verb.method };
    case 'Dial': {
      const told = await host.dial(verb, baseUrl);
      return told ? askAction(host, verb, baseUrl, told) : 'transferred';
    }
    case 'Gather':
      return gather(host, verb, baseUrl);
    case 'Reject':
      return verb.reason;
    case 'Hangup':
      return 'hung-up';
    default:
      await host.prompt(verb);
      return undefined;
  }
}

async function gather(host: CallFlowHost, verb: TwimlGather, baseUrl: string): Promise<NextDocument | undefined> {
  const digits = await host.gather(verb);
  if (digits === '' && !verb.actionOnEmptyResult) return undefined;
  // Source: Twilio, TwiML `<Gather>`: without an action the document's own URL is asked.
  return askAction(host, { action: verb.action ?? baseUrl, method: verb.method }, baseUrl, { Digits: digits });
}

function askAction(
  host: CallFlowHost,
  { action, method }: { action?: string; method: HttpMethod },
  baseUrl: string,
  fields: Record<string, string>,
): NextDocument | undefined {
  if (action === undefined) return undefined;
  host.onAction();
  return { url: resolveUrl(action, baseUrl), method, fields };
}

/** An absolute URL stays byte for byte what it was: it is what gets signed. */
function resolveUrl(url: string, baseUrl: string): string {
  if (/^https?:\/\//.test(url)) return url;
  if (baseUrl === '')
    throw new CallError('CALL_REFUSED', 'a URL in TwiML without a URL of its own is relative (15004)');
  if (!URL.canParse(url, baseUrl)) throw new CallError('CALL_REFUSED', 'a URL in the TwiML is malformed (11100)');
  return new URL(url, baseUrl).href;
}
