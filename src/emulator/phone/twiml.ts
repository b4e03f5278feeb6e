import { CallError } from '../../errors.js';
import { parseXml, type XmlElement } from './xml.js';

export type HttpMethod = 'GET' | 'POST';

/** The verbs a call to this bridge may meet. URLs are as written, which may be relative. */
export type TwimlVerb =
  | { verb: 'Connect'; action?: string; method: HttpMethod; stream: TwimlStream }
  | { verb: 'Say'; text: string }
  | { verb: 'Play'; url: string }
  | { verb: 'Pause'; lengthS: number }
  | { verb: 'Dial'; to: string }
  | { verb: 'Redirect'; url: string; method: HttpMethod }
  | { verb: 'Reject' }
  | { verb: 'Hangup' };

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
    case 'Say':
      return { verb: 'Say', text };
    case 'Play':
      return { verb: 'Play', url: text };
    case 'Pause':
      return { verb: 'Pause', lengthS: readSeconds(attributes['length'] ?? '1') };
    case 'Dial':
      return { verb: 'Dial', to: text === '' ? (children[0]?.text ?? '') : text };
    case 'Redirect':
      return { verb: 'Redirect', url: text, method: readMethod(attributes['method']) };
    case 'Reject':
    case 'Hangup':
      return { verb: name };
    default:
      throw refused(12200, `<${name}> is no verb that this phone knows`);
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

function readSeconds(value: string): number {
  const seconds = Number(value);
  if (!Number.isInteger(seconds) || seconds < 0) throw refused(12200, 'the length of <Pause> is not a whole number');
  return seconds;
}

function refused(twilioCode: number, what: string): CallError {
  return new CallError('CALL_REFUSED', `Twilio would not accept the TwiML (${twilioCode}): ${what}`);
}
