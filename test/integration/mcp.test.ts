import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import type { PhoneCall } from '../../src/emulator/phone/phone-call.js';
import { startTestLine } from '../support/liveline.js';
import { startMcpHttpServer } from '../support/mcp-http-server.js';
import { isAlive } from '../support/processes.js';
import { callerSpeech } from '../support/test-speech.js';

const program = fileURLToPath(new URL('../support/mcp-program.mjs', import.meta.url));

/** Two agents: the tools of one are a program's, of the other a url's. */
function agentsFile(shop: string): string {
  return `
agents:
  orders:
    default: true
    instructions: You answer the phone.
    turn: { silence_ms: 300 }
    tools:
      - mcp: { command: "${process.execPath}", args: ["${program}"], env: { SHOP: ${shop} } }
        blocking: true
        timeout_ms: 10000
  stock:
    instructions: You answer the phone.
    turn: { silence_ms: 300 }
    tools:
      - mcp: { url: "\${STOCK}", allow_private_hosts: [127.0.0.1] }
`;
}

const says = (text: string, name: string, args = {}) => ({ on: { text }, call: { name, args }, then: 'Done.' });
const SCRIPT = {
  replies: [
    says('where', 'environment'),
    says('find', 'find_order', { id: 7 }),
    says('count', 'stock'),
    says('called off', 'called_off'),
    { on: { text: 'wait' }, call: { name: 'hang', args: {} } },
  ],
};

/** A line with both agents, and what its calls do and are told. */
async function startLine(stock: string) {
  const line = await startTestLine({ agents: agentsFile('a'), variables: { STOCK: stock }, script: SCRIPT });
  const of = (callSid: string) => line.events.filter((event) => event.callSid === callSid);
  return {
    line,
    /** A call on which the agent listens. */
    async talk(agent: string) {
      const phone = line.call({ agent });
      await line.waitFor('model-ready', ({ callSid }) => callSid === phone.callSid);
      return phone;
    },
    /** Has the model call a tool, and resolves with the answer. */
    async ask({ callSid }: PhoneCall, text: string) {
      const before = of(callSid).length;
      expect(await line.say(text, callSid)).toBe(202);
      return await vi.waitFor(() => {
        const answer = of(callSid)
          .slice(before)
          .find((event) => event.type === 'tool' && event.phase === 'answered');
        if (!answer || !('ok' in answer)) throw new Error('not answered');
        return { ok: answer.ok, ...('pii' in answer && answer.pii) } as { ok: boolean; response: Response };
      }, 10_000);
    },
    told: ({ callSid }: PhoneCall) =>
      of(callSid).flatMap((event) => (event.type === 'tool-server' ? [`${event.server} ${event.phase}`] : [])),
    logged: (text: string) => line.logged.filter((entry) => entry.includes(text)).length,
    [Symbol.asyncDispose]: () => line[Symbol.asyncDispose](),
  };
}

interface Response {
  output?: { pid: number };
  error?: string;
}

const soon = { timeout: 15_000, interval: 20 };

it('tells the calls that use a server when it dies and when it is back; they go on, and so do its tools', async () => {
  await using stock = await startMcpHttpServer();
  await using desk = await startLine(stock.url);
  const host = new URL(stock.url).host;
  await using orders = await desk.talk('orders');
  await using counts = await desk.talk('stock');
  const { response } = await desk.ask(orders, 'where');
  process.kill(response.output!.pid, 'SIGKILL');
  await vi.waitFor(() => expect(desk.told(orders)).toEqual(['node lost']), soon);
  expect(await desk.ask(orders, 'find')).toMatchObject({
    ok: false,
    response: { error: expect.stringMatching('not there') as string },
  });
  expect(desk.told(counts)).toEqual([]);

  await stock.stop();
  await vi.waitFor(() => expect(desk.told(counts)).toEqual([`${host} lost`]), soon);
  expect(await desk.ask(counts, 'count')).toMatchObject({ ok: false });
  await using late = await desk.talk('stock');
  expect(desk.told(late)).toEqual([`${host} lost`]);
  await stock.start();

  for (const [call, name] of [
    [orders, 'node'],
    [counts, host],
    [late, host],
  ] as const) {
    await vi.waitFor(() => expect(desk.told(call)).toEqual([`${name} lost`, `${name} back`]), soon);
  }
  expect(await desk.ask(orders, 'find')).toMatchObject({ ok: true });
  expect(await desk.ask(counts, 'count')).toMatchObject({ ok: true, response: { output: { left: 3 } } });
});

it('tells a server of calls that are called off, by the caller who cuts in or the end of the call', async () => {
  await using stock = await startMcpHttpServer();
  await using desk = await startLine(stock.url);
  await using orders = await desk.talk('orders');
  await using counts = await desk.talk('stock');
  for (const { callSid } of [orders, counts]) await desk.line.say('wait', callSid);
  await vi.waitFor(() => expect(stock.runs('hang')).toBe(1), soon);
  counts.hangUp();
  await vi.waitFor(() => expect(stock.calledOff).toEqual(['hang']), soon);
  const told = stock.received.filter(({ method }) => method === 'notifications/cancelled');
  expect(told).toMatchObject([{ params: { requestId: expect.any(Number) as number } }]);

  await orders.speak(await callerSpeech(500));
  await desk.line.waitFor('tool', ({ phase, callSid }) => phase === 'cancelled' && callSid === orders.callSid);
  expect(await desk.ask(orders, 'called off')).toMatchObject({ response: { output: '1' } });
});

it('keeps a server for the calls that use it when the agents file has others settings of it', async () => {
  await using stock = await startMcpHttpServer();
  await using desk = await startLine(stock.url);
  await using early = await desk.talk('orders');
  const { response: before } = await desk.ask(early, 'where');
  await writeFile(desk.line.agentsFile, agentsFile('b'));
  await vi.waitFor(() => expect(desk.logged('node is there')).toBe(2), soon);
  await using late = await desk.talk('orders');
  const { response: after } = await desk.ask(late, 'where');
  expect(await desk.ask(early, 'where')).toEqual({ ok: true, response: before });
  expect(after.output!.pid).not.toBe(before.output!.pid);
  early.hangUp();
  await vi.waitFor(() => expect(isAlive(before.output!.pid), 'the program outlived its calls').toBe(false), soon);
  expect(await desk.ask(late, 'where')).toEqual({ ok: true, response: after });
});
