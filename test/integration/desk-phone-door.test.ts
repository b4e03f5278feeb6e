import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startTestLine, type TestLine } from '../support/liveline.js';

const AGENTS = `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    greeting: Greet the caller.
`;

interface Ticket {
  ticket: string;
  callSid: string;
  accountSid: string;
  streamSid: string;
}

async function takeTicket(line: TestLine): Promise<Ticket> {
  const response = await fetch(`${line.server.url}/api/phone`, { method: 'POST' });
  expect(response.status).toBe(201);
  return (await response.json()) as Ticket;
}

/** @returns the socket, or the HTTP status of a refusal */
async function enter(line: TestLine, ticket: string, origin: string): Promise<WebSocket | number> {
  const socket = new WebSocket(`${line.server.url.replace('http', 'ws')}/phone/media/${ticket}`, { origin });
  socket.on('error', () => undefined);
  return await new Promise((resolve) => {
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      socket.terminate();
      resolve(response.statusCode ?? 0);
    });
  });
}

function start(socket: WebSocket, { callSid, accountSid, streamSid }: Ticket): void {
  const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
  const body = { accountSid, callSid, streamSid, tracks: ['inbound'], mediaFormat, customParameters: {} };
  socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
  socket.send(JSON.stringify({ event: 'start', sequenceNumber: '1', streamSid, start: body }));
}

describe('the desk phone’s door', () => {
  it('lets a page of this server in with a ticket, once, to a call like any other', async () => {
    await using line = await startTestLine({ agents: AGENTS, script: { greeting: 'Hello.' } });
    const ticket = await takeTicket(line);
    const socket = await enter(line, ticket.ticket, line.server.url);
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
    const firstMedia = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        if (data.toString().includes('"media"')) resolve();
      });
    });
    start(socket, ticket);
    await firstMedia;
    expect(await line.waitFor('started')).toMatchObject({ callSid: ticket.callSid, agent: 'reception' });
    expect(await enter(line, ticket.ticket, line.server.url)).toBe(403);
    socket.send(JSON.stringify({ event: 'stop', streamSid: ticket.streamSid, stop: {} }));
    await once(socket, 'close');
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'caller-hung-up' });
  });

  it('is closed to other sites, to forged tickets, and to a ticket used for another call', async () => {
    await using line = await startTestLine({ agents: AGENTS });
    const ticket = await takeTicket(line);
    expect(await enter(line, ticket.ticket, 'https://elsewhere.example')).toBe(403);
    expect(await enter(line, `${ticket.ticket}x`, line.server.url)).toBe(403);
    const socket = await enter(line, ticket.ticket, line.server.url);
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
    const closed = once(socket, 'close') as Promise<[number]>;
    start(socket, { ...ticket, callSid: `CA${'f'.repeat(32)}` });
    expect((await closed)[0]).toBe(1008);
    expect(line.emulator.totalSessions).toBe(0);
  });
});
