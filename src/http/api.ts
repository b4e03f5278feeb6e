import express, { type Response, type Router } from 'express';
import * as z from 'zod';
import type { CallEvent } from '../call/events.js';
import type { CallRegistry } from '../call/registry.js';
import { CallError, WebhookError } from '../errors.js';
import type { EventFeed } from './event-feed.js';
import type { LineInfo } from './line-info.js';
import { createOutboundApi, type OutboundDesk } from './outbound-api.js';
import type { PhoneTickets } from './phone-tickets.js';

const MAX_TEXT_CHARACTERS = 4_000;
/** A watcher that reads slower than this falls behind for good: it is let go, and may come back. */
const MAX_BUFFERED_BYTES = 1_000_000;

const sayBody = z.object({ text: z.string().trim().min(1).max(MAX_TEXT_CHARACTERS) });

const phoneBody = z.object({ agent: z.string().exactOptional() });

export interface ApiOptions {
  calls: CallRegistry;
  feed: EventFeed;
  tickets: PhoneTickets;
  lineInfo: () => LineInfo;
  findAgent: (wanted: { name?: string }) => { name: string } | undefined;
  outbound: OutboundDesk;
  publicUrl: string | undefined;
}

/** The JSON API of the console and of `liveline call`: which calls run, what they do, and a hand in them. */
export function createApi(options: ApiOptions): Router {
  const { calls, feed, tickets, lineInfo, findAgent } = options;
  const router = express.Router();
  router.use(express.json({ limit: '64kb' }));

  /** A call that was ordered may not have begun here, or at all: then the carrier is told. */
  async function hangUp(id: string): Promise<void> {
    const ordered = options.outbound.find(id);
    const call = calls.find(ordered?.callSid ?? id);
    if (!call && ordered) await options.outbound.cancel(ordered.id);
    else calls.get(ordered?.callSid ?? id).end('operator-hung-up');
  }

  router.get('/line', (_request, response) => {
    response.json(lineInfo());
  });

  router.post('/phone', (request, response) => {
    const body = phoneBody.safeParse(request.body ?? {});
    const agent = body.success ? findAgent(body.data.agent === undefined ? {} : { name: body.data.agent }) : undefined;
    if (!agent)
      throw new WebhookError('FIELDS_MISSING', 'the body must be {"agent": "…"} with an agent that exists', 400);
    if (!calls.hasRoom) throw new WebhookError('CALL_CAPACITY', 'every line is taken; try again in a moment', 503);
    response.status(201).json(tickets.issue(agent.name));
  });

  router.get('/calls', (_request, response) => {
    response.json({
      calls: calls.calls().map((call) => ({
        callSid: call.callSid,
        agent: call.agent,
        state: call.state,
        ageMs: Math.round(call.ageMs),
      })),
      outbound: options.outbound.calls,
    });
  });

  router.post('/calls/:sid/say', (request, response) => {
    const body = sayBody.safeParse(request.body);
    if (!body.success) {
      const detail = `the body must be {"text": "…"} with 1 to ${MAX_TEXT_CHARACTERS} characters`;
      throw new WebhookError('FIELDS_MISSING', detail, 400);
    }
    calls.get(request.params.sid).say(body.data.text);
    response.status(202).json({ said: true });
  });

  router.post('/calls/:sid/hangup', async (request, response) => {
    await hangUp(request.params.sid);
    response.status(202).json({ ended: true });
  });

  router.use(createOutboundApi(options.outbound, options.publicUrl));

  router.get('/calls/:sid/events', (request, response) => {
    follow(feed, request.params.sid, response);
  });

  return router;
}

/** Server-Sent Events, one call event a `data:` line; ends when the call does. */
function follow(feed: EventFeed, callSid: string, response: Response): void {
  let opened = false;
  const leave = feed.follow(callSid, (event: CallEvent) => {
    if (response.writableEnded) return;
    if (!opened) {
      opened = true;
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    }
    response.write(`data: ${JSON.stringify(event)}\n\n`);
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy();
    else if (event.type === 'ended') response.end();
  });
  if (!leave) throw new CallError('CALL_NOT_FOUND', 'no such call is running on this instance', { callSid });
  response.on('close', leave);
}
