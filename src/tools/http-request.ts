import { randomUUID } from 'node:crypto';
import { validateHeaderName } from 'node:http';
import { ConfigError, ToolError } from '../errors.js';
import { parseTemplate } from '../template.js';
import { compileValue, type Variables } from './template-value.js';
import type { ToolContext } from './tool.js';

/** RFC 9110 §9.3 and RFC 5789, but CONNECT and TRACE, which are for proxies. */
export type HttpMethod = 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What an HTTP tool asks for. Every string but the method is a Liquid template over `args`, `caller`, `call` and `now`. */
export interface HttpRequestOptions {
  method: HttpMethod;
  /** `http:` or `https:`; scheme, host and port are static. */
  url: string;
  headers?: Readonly<Record<string, string>>;
  /** Appended to the url, encoded. A value that is not there is left out; an array repeats the name. */
  query?: Readonly<Record<string, string | number | boolean>>;
  /** Text is sent as text, anything else as JSON. A value that is exactly one `{{ expression }}` keeps its type. */
  body?: unknown;
  /** Sent as a web form, encoded as `query`; in place of a `body`. */
  form?: Readonly<Record<string, string | number | boolean>>;
  /**
   * The header that names the function call, on a method that changes something; false sends none.
   * Default `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).
   */
  idempotencyHeader?: string | false;
}

/** One request, ready to send. Header names are in lower case. */
export interface HttpRequest {
  method: HttpMethod;
  url: URL;
  headers: Record<string, string>;
  body?: string;
}

/** RFC 9110 §9.2.1: methods that only ask. */
const SAFE_METHODS: readonly HttpMethod[] = ['GET', 'HEAD', 'OPTIONS'];
/** Scheme and authority, both complete before the first template begins, so that nothing rendered can change them. */
const STATIC_ORIGIN = /^https?:\/\/[^/?#\\\s{}@]+(?=[/?#]|$)/i;
/** Stands before what ends a path in the text of a url template; nothing that is rendered can hold it by chance. */
const WRITTEN = randomUUID();
/** What Liquid renders; and, in the text around it, what ends a path, or a query. */
const RENDERED_OR_END = /\{\{.*?\}\}|\{%.*?%\}|[?#]/gs;
/** What may not stand as it is in a path: it would end the path, separate its segments, or be dropped. */
const FOREIGN_TO_PATH = /[?#\\]|\p{Cc}|\s/gu;
/**
 * A path segment `.` or `..`, as `URL` understands it, or a server that decodes a path before it looks for them, or one
 * that takes a `;` for the end of a segment.
 */
const DOT_SEGMENT = /(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?=[/;]|%2f|%5c|%3b|$)/i;
/** A percent sign that is encoded itself, however often. */
const ENCODED_PERCENT = /%(?:25)+/g;
/** RFC 9110 §5.5 field values: no control characters, so no line can be added. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const DEFAULT_IDEMPOTENCY_HEADER = 'Idempotency-Key';

/** Whether asking twice does no harm: RFC 9110 §9.2.2. */
export function isIdempotent(method: HttpMethod): boolean {
  return SAFE_METHODS.includes(method) || method === 'PUT' || method === 'DELETE';
}

/**
 * Parses every template once.
 * @returns what makes one request
 * @throws ConfigError CONFIG_INVALID for a template, url or header name that cannot be used. The returned function
 * throws ToolError TOOL_ARGUMENTS when the arguments would make another request than the one described
 */
export function compileHttpRequest(
  options: HttpRequestOptions,
): (args: Variables, context: Pick<ToolContext, 'callSid' | 'toolCallId' | 'variables'>) => HttpRequest {
  const { method, idempotencyHeader = DEFAULT_IDEMPOTENCY_HEADER } = options;
  const url = compileUrl(options.url);
  const query = compilePairs(options.query ?? {});
  const headers = compileHeaders(options.headers ?? {});
  const body = options.form ? compileForm(options.form) : compileBody(options.body);
  const keyHeader = idempotencyHeader === false || SAFE_METHODS.includes(method) ? undefined : idempotencyHeader;
  if (keyHeader !== undefined) checkHeaderName(keyHeader);

  return (args, context) => {
    const variables = { ...context.variables, args };
    const target = url(variables);
    for (const [name, value] of query(variables)) target.searchParams.append(name, value);
    const content = body(variables);
    const request: HttpRequest = {
      method,
      url: target,
      headers: {
        accept: 'application/json, text/*;q=0.9, */*;q=0.1',
        'accept-encoding': 'identity',
        'user-agent': 'liveline',
        ...(content && { 'content-type': content.type }),
        // The same function call never books twice, however often the request is repeated on its way.
        ...(keyHeader !== undefined && { [keyHeader.toLowerCase()]: `${context.callSid}:${context.toolCallId}` }),
        ...headers(variables),
      },
      ...(content && { body: content.text }),
    };
    checkHeaders(request.headers);
    return request;
  };
}

function compileUrl(source: string): (variables: Variables) => URL {
  const origin = STATIC_ORIGIN.exec(source)?.[0];
  if (origin === undefined || !URL.canParse(origin)) {
    throw new ConfigError(
      'CONFIG_INVALID',
      'the url of a tool needs http or https and a host, neither from a template',
    );
  }
  const template = parseTemplate(
    source.replace(RENDERED_OR_END, (part) => (part.length === 1 ? WRITTEN + part : part)),
  );
  return (variables) => {
    // `URL` drops these wherever they stand; they must not hide a dot segment.
    const rendered = template.render(variables).replace(/[\t\r\n]/g, '');
    const [start = '', ...ends] = rendered.split(WRITTEN);
    const path = start.slice(origin.length).replace(FOREIGN_TO_PATH, (character) => encodeURIComponent(character));
    const rest = ends.map((end) => end.slice(0, 1) + end.slice(1).replaceAll('#', '%23')).join('');
    const text = origin + path + rest;
    if (DOT_SEGMENT.test(path.replace(ENCODED_PERCENT, '%')) || !URL.canParse(text)) {
      throw new ToolError('TOOL_ARGUMENTS', 'an argument does not fit into the url');
    }
    const url = new URL(text);
    if (url.origin !== new URL(origin).origin) {
      throw new ToolError('TOOL_BLOCKED_ADDRESS', 'an argument would send the request to another host');
    }
    return url;
  };
}

function compileHeaders(headers: Readonly<Record<string, string>>): (variables: Variables) => Record<string, string> {
  const templates = Object.entries(headers).map(([name, value]) => {
    checkHeaderName(name);
    return [name.toLowerCase(), parseTemplate(value)] as const;
  });
  return (variables) => Object.fromEntries(templates.map(([name, template]) => [name, template.render(variables)]));
}

/** Names with their values as text: what is not there is left out, an array repeats the name. */
function compilePairs(pairs: Readonly<Record<string, unknown>>): (variables: Variables) => [string, string][] {
  const values = Object.entries(pairs).map(([name, value]) => [name, compileValue(value)] as const);
  return (variables) =>
    values.flatMap(([name, render]) => {
      const value = render(variables);
      const items: unknown[] = Array.isArray(value) ? value : [value];
      return items.flatMap((item): [string, string][] =>
        item === undefined || item === null ? [] : [[name, typeof item === 'string' ? item : JSON.stringify(item)]],
      );
    });
}

interface Content {
  type: string;
  text: string;
}

function compileForm(form: NonNullable<HttpRequestOptions['form']>): (variables: Variables) => Content {
  const pairs = compilePairs(form);
  return (variables) => ({
    type: 'application/x-www-form-urlencoded',
    text: new URLSearchParams(pairs(variables)).toString(),
  });
}

function compileBody(body: unknown): (variables: Variables) => Content | undefined {
  const value = compileValue(body);
  return (variables) => {
    const content = value(variables);
    if (content === undefined) return undefined;
    if (typeof content === 'string') return { type: 'text/plain;charset=utf-8', text: content };
    return { type: 'application/json', text: JSON.stringify(content) };
  };
}

function checkHeaderName(name: string): void {
  try {
    validateHeaderName(name);
  } catch {
    throw new ConfigError('CONFIG_INVALID', `"${name}" is no header name`);
  }
}

function checkHeaders(headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_VALUE.test(value)) {
      throw new ToolError('TOOL_ARGUMENTS', `an argument holds a character that the header "${name}" cannot carry`);
    }
  }
}
