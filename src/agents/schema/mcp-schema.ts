import * as z from 'zod';
import { WEB_URL } from './common-fields.js';
import { fixedUrlMistake } from './fixed-url.js';
import { limitFields, reportLimits, runFields, timeoutMs, whileRunningFields } from './function-fields.js';
import { headerName, privateHosts, reportLineBreak } from './http-schema.js';

const text = z.string().min(1);
const names = z.array(text).min(1);

const serverSchema = z
  .strictObject({
    url: text.meta(WEB_URL).exactOptional().describe('Where the server answers, by streamable HTTP.'),
    headers: z
      .record(headerName, z.string().superRefine(reportLineBreak))
      .exactOptional()
      .describe('Headers of every request, for a `url`.'),
    allow_private_hosts: privateHosts,
    command: text.exactOptional().describe('A program that is the server, by its standard input and output.'),
    args: z.array(z.string()).exactOptional().describe('Its arguments.'),
    env: z
      .record(z.string(), z.string())
      .exactOptional()
      .describe('Its environment, beside `PATH` and `HOME`; it has nothing else of this one.'),
  })
  .superRefine((server, context) => {
    function report(path: string[], message: string): void {
      context.addIssue({ code: 'custom', path, message });
    }
    const { url, command } = server;
    if ((url === undefined) === (command === undefined)) report([], 'needs either a `url` or a `command`');
    if (url === undefined) {
      if (server.headers) report(['headers'], 'belongs to a `url`');
      return;
    }
    if (server.args) report(['args'], 'belongs to a `command`');
    if (server.env) report(['env'], 'belongs to a `command`');
    const mistake = fixedUrlMistake(url, server.allow_private_hosts);
    if (mistake !== undefined) report(['url'], mistake);
  });

export const mcpToolSchema = z
  .strictObject({
    mcp: serverSchema.describe('The server: a `url`, or a `command`.'),
    only: names.exactOptional().describe('The tools of the server that the agent has. Left out: all.'),
    except: names.exactOptional().describe('Tools of the server that the agent does not have.'),
    prefix: z
      .string()
      .regex(
        /^[A-Za-z_][A-Za-z0-9_.:-]{0,31}$/,
        'starts with a letter or `_` and has at most 32 of A-Z a-z 0-9 _ . : -',
      )
      .exactOptional()
      .describe('What the names of its tools begin with, for the model.'),
    timeout_ms: timeoutMs.default(5_000).describe('How long each call may take, in milliseconds.'),
    ...runFields,
    ...whileRunningFields,
    ...limitFields,
  })
  .superRefine(reportLimits)
  .describe('The tools of a server that speaks the Model Context Protocol.');
