import express, { type Request, type Router } from 'express';
import * as z from 'zod';
import type { CallEvent } from '../call/events.js';
import { E164 } from '../e164.js';
import { CallError, WebhookError } from '../errors.js';
import type { OutboundCall } from '../twilio/outbound-call.js';
import { publicBase, readRequestFacts } from '../twilio/public-url.js';

/** What the operator wants to be called. */
export interface DialRequest {
  to: string;
  agent: string;
  from?: string;
  variables: Record<string, string>;
}

type Ended = CallEvent & { type: 'ended' };

/** What a conversation came to, as the event of its end tells it. */
export interface EndedConversation extends Pick<Ended, 'reason' | 'durationMs' | 'error' | 'usage'> {
  /** The agent's own words for why it hung up. */
  why?: string;
}

/** A call that we make, and what its conversations came to. */
export interface OutboundReport extends OutboundCall {
  /**
   * Those that are over, as far as this instance had them: one, or more where a machine was left a message or the call
   * came back from a transfer. Absent while there is none.
   */
  conversations?: readonly EndedConversation[];
}

/** Whoever makes calls for the operator. */
export interface OutboundDesk {
  /**
   * @param baseUrl where this request found the server
   * @throws WebhookError or CallError for a call that is not to be made
   */
  dial(request: DialRequest, baseUrl: string): OutboundCall;
  /** @param id ours, or Twilio's */
  find(id: string): OutboundReport | undefined;
  /** Gives up a call that waits or rings, or hangs it up. */
  cancel(id: string): Promise<void>;
  /** Calls that wait, or are not over. */
  readonly calls: readonly OutboundCall[];
}

/** What becomes a `<Parameter>` of the stream, name and value, and together part of a url. */
const MAX_VARIABLES = 20;
const MAX_VARIABLE_CHARACTERS = 400;
const MAX_VARIABLES_CHARACTERS = 1_500;

const telephoneNumber = z.string().regex(E164, 'must be a telephone number in E.164 form: +15550002222');

const dialBody = z.strictObject({
  to: telephoneNumber,
  agent: z.string().min(1),
  from: telephoneNumber.exactOptional(),
  variables: z
    .record(z.string().regex(/^\w{1,64}$/, 'has a name that is not of letters, digits and `_`'), z.string())
    .refine((variables) => Object.keys(variables).length <= MAX_VARIABLES, `may have at most ${MAX_VARIABLES} entries`)
    .refine(
      (variables) =>
        Object.values(variables).every((value) => value.length <= MAX_VARIABLE_CHARACTERS) &&
        JSON.stringify(variables).length <= MAX_VARIABLES_CHARACTERS,
      `may hold ${MAX_VARIABLE_CHARACTERS} characters a value and ${MAX_VARIABLES_CHARACTERS} together`,
    )
    .default({}),
});

/** `POST /calls` and `GET /calls/:id`: calls that the operator has made. */
export function createOutboundApi(desk: OutboundDesk, publicUrl: string | undefined): Router {
  const router = express.Router();

  router.post('/calls', (request, response) => {
    const baseUrl = publicBase(readRequestFacts(request), publicUrl).http;
    response.status(202).json(desk.dial(readDial(request), baseUrl));
  });

  router.get('/calls/:id', (request, response) => {
    const call = desk.find(request.params.id);
    if (!call) throw new CallError('CALL_NOT_FOUND', 'no such call was made by this instance');
    response.json(call);
  });

  return router;
}

function readDial(request: Request): DialRequest {
  const body = dialBody.safeParse(request.body);
  if (body.success) return body.data;
  const [issue] = body.error.issues;
  const where = issue?.path.join('.') ?? '';
  const detail = `the body must be {"to", "agent", "from"?, "variables"?}: ${where === '' ? '' : `\`${where}\` `}${issue?.message ?? ''}`;
  throw new WebhookError('FIELDS_MISSING', detail.slice(0, 300), 400);
}
