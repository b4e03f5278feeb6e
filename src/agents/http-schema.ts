import * as z from 'zod';
import { hostMistake, isRefusedHost } from './private-hosts.js';
import { originOf, templateText, templateUrl, templateValue } from './template-field.js';

/** RFC 9110 §5.6.2, `token`. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** The connection writes these itself. */
const CONNECTION_HEADERS = /^(?:host|content-length|connection|transfer-encoding)$/i;

const HTTP_TIMEOUT_MS = 5_000;

const headerName = z
  .string()
  .regex(HEADER_NAME, 'is not a header name')
  .refine((name) => !CONNECTION_HEADERS.test(name), 'is written by the connection itself; leave it out');

const pairs = z.record(z.string(), z.union([templateText('Liquid template.'), z.number(), z.boolean()]));

/** Hosts that a request may reach although their address is private. */
export const privateHosts = z
  .array(z.string().superRefine(reportHost))
  .default([])
  .describe('Hosts that may be reached although their address is private (loopback, 10.x, …).');

/** The HTTP request of a tool. */
export const httpSchema = z
  .strictObject({
    method: z
      .enum(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'])
      .default('GET')
      .describe('HTTP method.'),
    url: templateUrl('Where the request goes. Liquid (`{{ args.day | url_encode }}`) may stand in path and query.'),
    headers: z
      .record(headerName, templateText('Liquid template.'))
      .default({})
      .describe('Request headers. Secrets come from the environment: `Bearer ${TOKEN}`.'),
    query: pairs.default({}).describe('Query parameters, encoded for you.'),
    body: templateValue(
      'Request body: text is sent as text, anything else as JSON. A text that is exactly one `{{ expression }}` keeps the type of its value.',
    ).exactOptional(),
    form: pairs.exactOptional().describe('Request body as a web form, encoded for you; in place of `body`.'),
    result: templateValue(
      'What of the answer reaches the model: Liquid over `response.body`, `response.status` and `response.headers`. Left out: the body.',
    ).exactOptional(),
    idempotency_header: z
      .union([headerName, z.literal(false)])
      .exactOptional()
      .describe(
        'The header that names the function call, on a method that changes something. Left out: `Idempotency-Key`; `false`: none.',
      ),
    timeout_ms: z
      .int()
      .min(100)
      .max(60_000)
      .default(HTTP_TIMEOUT_MS)
      .describe('How long the whole request may take, in milliseconds.'),
    allow_private_hosts: privateHosts,
  })
  .superRefine((http, context) => {
    function report(key: 'body' | 'form' | 'url', message: string): void {
      context.addIssue({ code: 'custom', path: [key], message });
    }
    const content = http.body !== undefined ? 'body' : http.form !== undefined ? 'form' : undefined;
    if (content && (http.method === 'GET' || http.method === 'HEAD')) {
      report(content, `a ${http.method} request has no body; use \`query\``);
    }
    if (http.body !== undefined && http.form !== undefined)
      report('form', 'stands in place of `body`; use one of them');
    if (isRefusedHost(originOf(http.url), http.allow_private_hosts)) {
      report('url', 'the host is a private address; to reach it, list it under `allow_private_hosts`');
    }
  });

function reportHost(entry: string, context: z.RefinementCtx): void {
  const message = hostMistake(entry);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
}
