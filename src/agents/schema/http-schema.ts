import * as z from 'zod';
import { timeoutMs } from './function-fields.js';
import { privateHost, refusedHostMistake } from './private-hosts.js';
import { originOf, templateText, templateUrl, templateValue } from './template-field.js';

/** RFC 9110 §5.6.2, `token`. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** The connection writes these itself. */
const CONNECTION_HEADERS = /^(?:host|content-length|connection|transfer-encoding)$/i;

const HTTP_TIMEOUT_MS = 5_000;

export const headerName = z
  .string()
  .regex(HEADER_NAME, 'is not a header name')
  .refine((name) => !CONNECTION_HEADERS.test(name), 'is written by the connection itself; leave it out');

const pairs = z.record(z.string(), z.union([templateText('Liquid template.'), z.number(), z.boolean()]));

/** Hosts that a request may reach although their address is private. */
export const privateHosts = z
  .array(privateHost)
  .default([])
  .describe('Hosts that may be reached although their address is private (loopback, 10.x, …).');

const method = z.enum(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** What makes a request, beside its method. */
const requestFields = {
  url: templateUrl('Where the request goes. Liquid (`{{ args.day | url_encode }}`) may stand in path and query.'),
  headers: z
    .record(headerName, templateText('Liquid template.').superRefine(reportLineBreak))
    .default({})
    .describe('Request headers. Secrets come from the environment: `Bearer ${TOKEN}`.'),
  query: pairs.default({}).describe('Query parameters, encoded for you.'),
  body: templateValue(
    'Request body: text is sent as text, anything else as JSON. A text that is exactly one `{{ expression }}` keeps the type of its value.',
  ).exactOptional(),
  form: pairs.exactOptional().describe('Request body as a web form, encoded for you; in place of `body`.'),
  idempotency_header: z
    .union([headerName, z.literal(false)])
    .exactOptional()
    .describe(
      'The header that names the function call, on a method that changes something. Left out: `Idempotency-Key`; `false`: none.',
    ),
};

/** The HTTP request of a tool. */
export const httpSchema = z
  .strictObject({
    method: method.default('GET').describe('HTTP method.'),
    ...requestFields,
    result: templateValue(
      'What of the answer reaches the model: Liquid over `response.body`, `response.status` and `response.headers`. Left out: the body.',
    ).exactOptional(),
    timeout_ms: timeoutMs.default(HTTP_TIMEOUT_MS).describe('How long the whole request may take, in milliseconds.'),
    allow_private_hosts: privateHosts,
  })
  .superRefine((http, context) => {
    reportContent(http, context);
    reportOrigin(http, http.allow_private_hosts, [], context);
  });

/** The HTTP request that undoes what a tool did; where it may go is the tool's own rule. */
export const undoSchema = z
  .strictObject({ method: method.default('POST').describe('HTTP method.'), ...requestFields })
  .superRefine(reportContent);

interface Request {
  method: z.infer<typeof method>;
  url: string;
  body?: unknown;
  form?: unknown;
}

function reportContent({ method, body, form }: Request, context: z.RefinementCtx): void {
  function report(key: 'body' | 'form', message: string): void {
    context.addIssue({ code: 'custom', path: [key], message });
  }
  const content = body !== undefined ? 'body' : form !== undefined ? 'form' : undefined;
  if (content && (method === 'GET' || method === 'HEAD')) {
    report(content, `a ${method} request has no body; use \`query\``);
  }
  if (body !== undefined && form !== undefined) report('form', 'stands in place of `body`; use one of them');
}

/** @param at where the request stands */
export function reportOrigin(
  { url }: Request,
  allowedHosts: readonly string[],
  at: readonly string[],
  context: z.RefinementCtx,
): void {
  const message = refusedHostMistake(originOf(url), allowedHosts);
  if (message !== undefined) context.addIssue({ code: 'custom', path: [...at, 'url'], message });
}

/** RFC 9110 §5.5. What Liquid gives is looked at when a request is made. */
export function reportLineBreak(text: string, context: z.RefinementCtx): void {
  if (!/[\r\n\0]/.test(text.replaceAll(/\{[{%].*?[%}]\}/gs, ''))) return;
  context.addIssue({ code: 'custom', message: 'must be one line; a text behind `|` or `>` ends with a line break' });
}
