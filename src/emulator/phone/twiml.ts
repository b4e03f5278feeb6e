import { CallError } from '../../errors.js';
import { parseXml, type XmlElement } from './xml.js';

export type HttpMethod = 'GET' | 'POST';

/** The verbs a call to this bridge may meet. URLs are as written, which may be relative. */
export type TwimlVerb =
  | { verb: 'Connect'; action?: string; method: HttpMethod; stream: TwimlStream }
  | TwimlPrompt
  | TwimlGather
  | TwimlDial
  | { verb: 'Redirect'; url: string; method: HttpMethod }
  | { verb: 'Reject'; reason: 'rejected' | 'busy' }
  | { verb: 'Hangup' };

/** What is heard without anybody being asked. `digits` are keys that are sounded. */
export type TwimlPrompt =
  { verb: 'Say'; text: string } | { verb: 'Play'; url: string; digits?: string } | { verb: 'Pause'; lengthS: number };

export interface TwimlGather {
  verb: 'Gather';
  prompts: TwimlPrompt[];
  /** Absent: any number of keys. */
  numDigits?: number;
  finishOnKey: string;
  timeoutS: number;
  action?: string;
  method: HttpMethod;
  /** Asks the action even when nothing was pressed. */
  actionOnEmptyResult: boolean;
}

export interface TwimlDial {
  verb: 'Dial';
  target: DialTarget;
  action?: string;
  method: HttpMethod;
  timeoutS: number;
  callerId?: string;
  /** The caller's leg counts as answered only once it is bridged. */
  answerOnBridge: boolean;
}

/** Whom a `<Dial>` reaches: a number or SIP address, with a document that it hears before it is bridged, or a room. */
export type DialTarget =
  | { kind: 'number' | 'sip'; address: string; url?: string; method: HttpMethod }
  | { kind: 'conference'; name: string; startOnEnter: boolean; endOnExit: boolean };

export interface TwimlStream {
  url: string;
  statusCallback?: string;
  statusCallbackMethod: HttpMethod;
  parameters: Record<string, string>;
}

/** Name and value of one `<Parameter>` together stay below this. Source: Twilio, TwiML `<Stream>`. */
const PARAMETER_CHARACTERS = 500;
/** Source: Twilio, error 11750. */
const DOCUMENT_BYTES = 64 * 1024;

/**
 * Reads a TwiML document as strictly as Twilio does: names are case sensitive, unknown verbs are errors.
 * @throws CallError `CALL_REFUSED` with Twilio's error code in the text
 */
export function parseTwiml(source: string): TwimlVerb[] {
  if (Buffer.byteLength(source) > DOCUMENT_BYTES) throw refused(11750, 'it is larger than 64 KB');
  if (!source.startsWith('<')) throw refused(12100, 'it does not start with "<"');
  const response = readDocument(source);
  if (response.name !== 'Response') throw refused(12200, `its root is <${response.name}>, not <Response>`);
  return response.children.map(readVerb);
}

function readDocument(source: string): XmlElement {
  try {
    return parseXml(source);
  } catch (error) {
    throw refused(12100, error instanceof Error ? error.message : String(error));
  }
}

function readVerb(element: XmlElement): TwimlVerb {
  const { name, attributes, children, text } = element;
  switch (name) {
    case 'Connect':
      return {
        verb: 'Connect',
        ...(attributes['action'] === undefined ? {} : { action: attributes['action'] }),
        method: readMethod(attributes['method']),
        stream: readStream(children),
      };
    case 'Dial':
      return readDial(element);
    case 'Gather':
      return readGather(element);
    case 'Redirect':
      return { verb: 'Redirect', url: text, method: readMethod(attributes['method']) };
    case 'Reject':
      return { verb: 'Reject', reason: attributes['reason'] === 'busy' ? 'busy' : 'rejected' };
    case 'Hangup':
      return { verb: 'Hangup' };
    default: {
      const prompt = readPrompt(element);
      if (prompt) return prompt;
      throw refused(12200, `<${name}> is no verb that this phone knows`);
    }
  }
}

function readPrompt({ name, attributes, text }: XmlElement): TwimlPrompt | undefined {
  switch (name) {
    case 'Say':
      return { verb: 'Say', text };
    case 'Play': {
      const { digits } = attributes;
      return { verb: 'Play', url: text, ...(digits !== undefined && { digits }) };
    }
    case 'Pause':
      return { verb: 'Pause', lengthS: readWhole(attributes['length'], 1, 'the length of <Pause>') };
    default:
      return undefined;
  }
}

/** Defaults by Twilio, TwiML `<Gather>`. */
function readGather({ attributes, children }: XmlElement): TwimlGather {
  const { action, method, numDigits, finishOnKey = '#', timeout, actionOnEmptyResult } = attributes;
  return {
    verb: 'Gather',
    prompts: children.map((child) => {
      const prompt = readPrompt(child);
      if (!prompt) throw refused(12200, `<Gather> holds <${child.name}>`);
      return prompt;
    }),
    ...(numDigits !== undefined && { numDigits: readWhole(numDigits, 1, 'numDigits of <Gather>') }),
    finishOnKey,
    timeoutS: readWhole(timeout, 5, 'the timeout of <Gather>'),
    ...(action !== undefined && { action }),
    method: readMethod(method),
    actionOnEmptyResult: actionOnEmptyResult === 'true',
  };
}

/** Defaults by Twilio, TwiML `<Dial>`. */
function readDial(element: XmlElement): TwimlDial {
  const { action, method, timeout, callerId, answerOnBridge } = element.attributes;
  return {
    verb: 'Dial',
    target: readDialTarget(element),
    ...(action !== undefined && { action }),
    method: readMethod(method),
    timeoutS: readWhole(timeout, 30, 'the timeout of <Dial>'),
    ...(callerId !== undefined && { callerId }),
    answerOnBridge: answerOnBridge === 'true',
  };
}

function readDialTarget({ children, text }: XmlElement): DialTarget {
  const [noun, ...others] = children;
  if (!noun) return { kind: 'number', address: text, method: 'POST' };
  // Twilio rings several at once; whoever needs that has to teach this phone.
  if (others.length > 0) throw refused(12200, '<Dial> holds more than one noun, which this phone does not ring');
  const { url, method, startConferenceOnEnter, endConferenceOnExit } = noun.attributes;
  switch (noun.name) {
    case 'Number':
    case 'Sip':
      return {
        kind: noun.name === 'Sip' ? 'sip' : 'number',
        address: noun.text,
        ...(url !== undefined && { url }),
        method: readMethod(method),
      };
    case 'Conference':
      return {
        kind: 'conference',
        name: noun.text,
        startOnEnter: startConferenceOnEnter !== 'false',
        endOnExit: endConferenceOnExit === 'true',
      };
    default:
      throw refused(12200, `<Dial> holds <${noun.name}>`);
  }
}

function readStream(children: XmlElement[]): TwimlStream {
  const [stream, ...others] = children;
  if (stream?.name !== 'Stream' || others.length > 0)
    throw refused(12200, '<Connect> does not hold exactly one <Stream>');
  const { url, statusCallback, statusCallbackMethod } = stream.attributes;
  if (url === undefined) throw refused(12200, '<Stream> has no url');
  return {
    url,
    ...(statusCallback === undefined ? {} : { statusCallback }),
    statusCallbackMethod: readMethod(statusCallbackMethod),
    parameters: Object.fromEntries(stream.children.map(readParameter)),
  };
}

function readParameter(element: XmlElement): [string, string] {
  const { name, value } = element.attributes;
  if (element.name !== 'Parameter') throw refused(12200, `<Stream> holds <${element.name}>`);
  if (name === undefined || value === undefined) throw refused(12200, '<Parameter> lacks a name or a value');
  if (name.length + value.length >= PARAMETER_CHARACTERS)
    throw refused(12200, `<Parameter name="${name}"> is too long`);
  return [name, value];
}

function readMethod(value = 'POST'): HttpMethod {
  if (value === 'GET' || value === 'POST') return value;
  throw refused(12200, 'a method is neither GET nor POST');
}

function readWhole(value: string | undefined, fallback: number, what: string): number {
  const number = Number(value ?? fallback);
  if (!Number.isInteger(number) || number < 0) throw refused(12200, `${what} is not a whole number`);
  return number;
}

function refused(twilioCode: number, what: string): CallError {
  return new CallError('CALL_REFUSED', `Twilio would not accept the TwiML (${twilioCode}): ${what}`);
}
