import { parseMIMEType, request as send, type Dispatcher } from 'undici';
import { ToolError } from '../errors.js';
import { decodeContent } from './decode-content.js';
import { MAX_RESPONSE_BYTES } from './guarded-dispatcher.js';
import { type HttpMethod, type HttpRequest, isIdempotent } from './http-request.js';

/** What a service answered with success. */
export interface HttpAnswer {
  status: number;
  /** Names in lower case; a header that came several times is joined by commas. */
  headers: Record<string, string>;
  /** Parsed JSON, or trimmed text; undefined when there was none. */
  body: unknown;
}

/** RFC 9110 §15.4 */
const REDIRECTS = [301, 302, 303, 307, 308];
const MAX_REDIRECTS = 3;
/** Headers that say what is asked for, not who asks. */
const PUBLIC_HEADERS = ['accept', 'accept-encoding', 'user-agent'];
/** The request never left. Node's and undici's error codes, here and below. */
const UNSENT = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];
/** The connection went while the request or its answer was on the way. */
const BROKEN_OFF = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];
/** What a model is shown of an error's body. */
const MAX_EXCERPT_CHARS = 500;
/** Too many requests, and not ready: nothing was done. RFC 6585 §4, RFC 9110 §15.6.4. */
export const NOT_DONE = [429, 503];

/**
 * Sends a request, follows up to three redirects, and reads the answer.
 * Another origin than the request's gets neither its body nor any header that was configured.
 * @throws ToolError TOOL_HTTP_STATUS (its `cause` is the beginning of the answer's text, when it can be read),
 * TOOL_RESPONSE_TOO_LARGE, TOOL_BLOCKED_ADDRESS, TOOL_FAILED
 */
export async function exchangeHttp(
  request: HttpRequest,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const path = { redirected: false };
  try {
    const response = await follow(request, dispatcher, signal, () => (path.redirected = true));
    return await readAnswer(response, request.method);
  } catch (error) {
    const failure = error instanceof ToolError ? error : networkError(error, request.method);
    // Whoever redirects may have done what was asked.
    throw path.redirected ? failure : withEffect(failure);
  }
}

/** The same error, with what it says of the request's effect. */
function withEffect(error: ToolError): ToolError {
  const { code, detail, status, retryable, cause } = error;
  const refused = status !== undefined && status >= 400 && status < 500;
  if (!refused && !neverArrived(cause) && code !== 'TOOL_BLOCKED_ADDRESS') return error;
  return new ToolError(code, detail, { retryable, cause, untouched: true, ...(status !== undefined && { status }) });
}

/** Whether an error of a connection says that nothing was sent. */
export function neverArrived(error: unknown): boolean {
  return error instanceof Error && 'code' in error && UNSENT.includes(String(error.code));
}

async function follow(
  request: HttpRequest,
  dispatcher: Dispatcher,
  signal: AbortSignal,
  onRedirected: () => void,
): Promise<Dispatcher.ResponseData> {
  let hop = request;
  for (let redirects = 0; ; redirects += 1) {
    const { url, method, headers, body } = hop;
    const response = await send(url, { dispatcher, signal, method, headers, body: body ?? null });
    const { location } = response.headers;
    if (!REDIRECTS.includes(response.statusCode) || typeof location !== 'string') return response;
    onRedirected();
    await response.body.dump({ limit: MAX_EXCERPT_CHARS, signal });
    if (redirects === MAX_REDIRECTS) throw redirectError(response.statusCode, 'it redirects too often');
    hop = nextHop(hop, response.statusCode, location);
  }
}

function nextHop(from: HttpRequest, status: number, location: string): HttpRequest {
  const url = URL.canParse(location, from.url.href) ? new URL(location, from.url) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw redirectError(status, 'it redirects to no web address');
  const sameOrigin = url.origin === from.url.origin;
  // As fetch does (WHATWG Fetch, HTTP-redirect fetch): a 303, and a 301 or 302 to a POST, are answered with a GET.
  const becomesGet = status === 303 || (status < 303 && from.method === 'POST');
  if (!becomesGet && !sameOrigin && from.method !== 'GET') {
    throw redirectError(status, 'it redirects to another host');
  }
  const kept = Object.entries(from.headers).filter(([name]) =>
    sameOrigin ? !(becomesGet && name === 'content-type') : PUBLIC_HEADERS.includes(name),
  );
  return {
    method: becomesGet ? 'GET' : from.method,
    url,
    headers: Object.fromEntries(kept),
    ...(from.body !== undefined && sameOrigin && !becomesGet && { body: from.body }),
  };
}

async function readAnswer(response: Dispatcher.ResponseData, method: HttpMethod): Promise<HttpAnswer> {
  const status = response.statusCode;
  const header = response.headers['content-type'];
  const type = parseMIMEType(typeof header === 'string' ? header : '');
  const essence = type === 'failure' ? 'text/plain' : type.essence;
  const charset = type === 'failure' ? undefined : type.parameters.get('charset');
  const isJson = /[/+]json$/.test(essence);

  if (status < 200 || status > 299) {
    const readable = isJson || essence === 'text/plain';
    const text = decode(await readContent(response).catch(() => new Uint8Array()), charset);
    throw new ToolError('TOOL_HTTP_STATUS', `the service answered with status ${status}`, {
      status,
      // After another 5xx nobody knows what was done, so only what does no harm twice is asked again.
      retryable: NOT_DONE.includes(status) || (status >= 500 && isIdempotent(method)),
      ...(readable && text !== '' && { cause: text.slice(0, MAX_EXCERPT_CHARS) }),
    });
  }
  if (method === 'HEAD') {
    await response.body.dump();
    return { status, headers: joined(response.headers), body: undefined };
  }
  if (!isJson && !/^text\/|[/+]xml$|\/(?:javascript|x-www-form-urlencoded)$/.test(essence)) {
    // Nobody reads it, and undici reports an unread body as an error.
    response.body.on('error', () => undefined).destroy();
    throw new ToolError('TOOL_FAILED', `the service answered with ${essence}, which is neither JSON nor text`, {
      status,
    });
  }
  const text = decode(await readContent(response), charset);
  const body = text === '' ? undefined : isJson ? parseJson(text, status) : text;
  return { status, headers: joined(response.headers), body };
}

async function readContent({ headers, body }: Dispatcher.ResponseData): Promise<Uint8Array> {
  const coding = (joined(headers)['content-encoding'] ?? '').trim().toLowerCase();
  return decodeContent(await body.bytes(), coding, MAX_RESPONSE_BYTES);
}

function joined(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

function decode(bytes: Uint8Array, charset: string | undefined): string {
  try {
    return new TextDecoder(charset).decode(bytes).trim();
  } catch {
    return new TextDecoder().decode(bytes).trim();
  }
}

function parseJson(text: string, status: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ToolError('TOOL_FAILED', 'the service answered with something that is not the JSON it says it is', {
      status,
    });
  }
}

function redirectError(status: number, why: string): ToolError {
  return new ToolError('TOOL_HTTP_STATUS', `the service answered with status ${status}: ${why}`, { status });
}

/** Codes, never messages: those hold addresses. */
function networkError(cause: unknown, method: HttpMethod): ToolError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new ToolError('TOOL_RESPONSE_TOO_LARGE', 'the service answered with more than can be read', { cause });
  }
  if (UNSENT.includes(code)) {
    return new ToolError('TOOL_FAILED', `the service cannot be reached (${code})`, { cause, retryable: true });
  }
  // What may have arrived is only asked again where asking twice does no harm.
  const retryable = BROKEN_OFF.includes(code) && isIdempotent(method);
  return new ToolError('TOOL_FAILED', `the request failed (${code})`, { cause, retryable });
}
