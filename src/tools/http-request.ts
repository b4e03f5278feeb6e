import { validateHeaderName } from 'node:http';
import { ConfigError, ToolError } from '../errors.js';
import { parseTemplate } from '../template.js';
import type { ToolContext } from './tool.js';

/** What an HTTP tool asks for. Every string but the method is a Liquid template over `args`, `caller`, `call` and `now`. */
export interface HttpRequestOptions {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `http:` or `https:`; scheme, host and port are static. */
  url: string;
  headers?: Readonly<Record<string, string>>;
  /** Appended to the url, encoded. A value that is not there is left out; an array repeats the name. */
  query?: Readonly<Record<string, string | number | boolean>>;
  /** Text is sent as text, anything else as JSON. A value that is exactly one `{{ expression }}` keeps its type. */
  body?: unknown;
}

/** One request, ready to send. Header names are in lower case. */
export interface HttpRequest {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body?: string;
}

type Variables = Record<string, unknown>;

/** Scheme and authority, both complete before the first template begins, so that nothing rendered can change them. */
const STATIC_ORIGIN = /^https?:\/\/[^/?#\\\s{}@]+(?=[/?#]|$)/i;
/** A path segment `.` or `..`, as `URL` understands it. */
const DOT_SEGMENT = /(?:^|[/\\])(?:\.|%2e){1,2}(?=[/\\]|$)/i;
/** RFC 9110 §5.5 field values: no control characters, so no line can be added. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Parses every template once.
 * @returns what makes one request
 * @throws ConfigError CONFIG_INVALID for a template, url or header name that cannot be used. The returned function
 * throws ToolError TOOL_ARGUMENTS when the arguments would make another request than the one described
 */
export function compileHttpRequest(
  options: HttpRequestOptions,
): (args: Variables, context: Pick<ToolContext, 'callSid' | 'toolCallId' | 'variables'>) => HttpRequest {
  const url = compileUrl(options.url);
  const query = compileValue(options.query ?? {}) as (variables: Variables) => Record<string, unknown>;
  const headers = compileHeaders(options.headers ?? {});
  const body = compileValue(options.body);

  return (args, context) => {
    const variables = { ...context.variables, args };
    const target = url(variables);
    for (const [name, value] of Object.entries(query(variables))) appendQuery(target, name, value);
    const content = body(variables);
    const request: HttpRequest = {
      method: options.method,
      url: target,
      headers: {
        accept: 'application/json, text/*;q=0.9, */*;q=0.1',
        'accept-encoding': 'identity',
        'user-agent': 'liveline',
        ...(content !== undefined && { 'content-type': contentType(content) }),
        // The same function call never books twice, however often the request is repeated on its way.
        ...(options.method !== 'GET' && { 'idempotency-key': `${context.callSid}:${context.toolCallId}` }),
        ...headers(variables),
      },
      ...(content !== undefined && { body: typeof content === 'string' ? content : JSON.stringify(content) }),
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
  const template = parseTemplate(source);
  return (variables) => {
    // `URL` drops these wherever they stand; they must not hide a dot segment.
    const text = template.render(variables).replace(/[\t\r\n]/g, '');
    const [path = ''] = text.slice(origin.length).split(/[?#]/, 1);
    if (DOT_SEGMENT.test(path) || !URL.canParse(text)) {
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
    try {
      validateHeaderName(name);
    } catch {
      throw new ConfigError('CONFIG_INVALID', `"${name}" is no header name`);
    }
    return [name.toLowerCase(), parseTemplate(value)] as const;
  });
  return (variables) => Object.fromEntries(templates.map(([name, template]) => [name, template.render(variables)]));
}

/** Templates anywhere inside a JSON value; names are not templates. */
function compileValue(value: unknown): (variables: Variables) => unknown {
  if (typeof value === 'string') {
    const template = parseTemplate(value);
    return (variables) => template.value(variables);
  }
  if (Array.isArray(value)) {
    const items = value.map(compileValue);
    return (variables) => items.map((item) => item(variables));
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([name, field]) => [name, compileValue(field)] as const);
    return (variables) => Object.fromEntries(fields.map(([name, field]) => [name, field(variables)]));
  }
  return () => value;
}

function appendQuery(url: URL, name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
    url.searchParams.append(name, typeof item === 'string' ? item : JSON.stringify(item));
  }
}

function contentType(content: unknown): string {
  return typeof content === 'string' ? 'text/plain;charset=utf-8' : 'application/json';
}

function checkHeaders(headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_VALUE.test(value)) {
      throw new ToolError('TOOL_ARGUMENTS', `an argument holds a character that the header "${name}" cannot carry`);
    }
  }
}
