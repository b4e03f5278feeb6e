import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { openStream, readStream, requestWebhook, sendStart, webhookFields } from '../test/support/twilio-client.js';
import { BenchCall, type Latencies } from './bench-call.js';
import { type ModelChunk, SETUP_COMPLETE } from './messages.js';
import { startPacer } from './pacer.js';
import type { Peer, Usage } from './peer.js';

/** How many calls are dialled at the same time. */
const DIALLED_AT_ONCE = 10;
/** Each caller cuts in this often. */
const INTERRUPT_EVERY_MS = 2_000;

export interface Measured {
  usage: Usage;
  /** Of all calls whose messages can be told apart. */
  latencies: Latencies;
  /** Calls whose messages cannot. */
  leftOut: number;
  /** How busy the load generator itself was, 0 to 1. */
  loadBusy: number;
  /** Cores that other programs kept busy meanwhile: with any to speak of, only ratios mean something, and p99 nothing. */
  otherCores: number;
}

/** Both fakes in one process, so that one clock sees each message leave and arrive. */
export class Load implements AsyncDisposable {
  readonly #http = createServer();
  readonly #sockets = new WebSocketServer({ server: this.#http, perMessageDeflate: false });
  readonly #awaited = new Map<string, (socket: WebSocket) => void>();
  #placed = 0;

  static async start(): Promise<Load> {
    const load = new Load();
    load.#sockets.on('connection', (socket) => load.#onSession(socket));
    load.#http.listen(0, '127.0.0.1');
    await once(load.#http, 'listening');
    return load;
  }

  get modelPort(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** Calls through a peer; they are silent until they talk. */
  async place(peer: Peer, count: number): Promise<Calls> {
    const calls = new Calls();
    for (let placed = 0; placed < count; placed += DIALLED_AT_ONCE) {
      const some = Array.from({ length: Math.min(DIALLED_AT_ONCE, count - placed) }, () => this.#placeOne(peer));
      for (const { call, socket } of await Promise.all(some)) calls.add(call, socket);
    }
    return calls;
  }

  async #placeOne(peer: Peer): Promise<{ call: BenchCall; socket: WebSocket }> {
    const callSid = `CA${String(++this.#placed).padStart(32, '0')}`;
    const call = new BenchCall(callSid);
    const session = new Promise<WebSocket>((resolve) => this.#awaited.set(callSid, resolve));
    const { url, parameters } = await this.#invite(peer, callSid);
    const socket = await openStream(url, undefined);
    if (typeof socket === 'number') throw new Error(`a call was refused with ${socket}`);
    call.attachCaller(socket);
    sendStart(socket, callSid, parameters);
    call.attachModel(await session);
    return { call, socket };
  }

  /** Where the carrier is told to connect the call to. */
  async #invite(peer: Peer, callSid: string): Promise<{ url: string; parameters: Record<string, string> }> {
    if (peer.kind === 'relay') return { url: `ws://${peer.address}/`, parameters: {} };
    const fields = webhookFields({ CallSid: callSid });
    const { status, body } = await requestWebhook(`http://${peer.address}/twilio/voice`, fields, undefined);
    if (status !== 200) throw new Error(`the webhook answered ${status}`);
    return readStream(body);
  }

  /** A session is told by the first message that names a call: the bridge's setup, or Twilio's start. */
  #onSession(socket: WebSocket): void {
    const onFirst = (data: Buffer) => {
      const callSid = /CA\d{32}/.exec(data.toString('latin1'))?.[0];
      if (callSid === undefined) return;
      socket.off('message', onFirst);
      socket.send(SETUP_COMPLETE);
      this.#awaited.get(callSid)?.(socket);
      this.#awaited.delete(callSid);
    };
    socket.on('message', onFirst);
    socket.on('error', () => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.close();
    await once(this.#http, 'close');
  }
}

/** Calls that stand, and talk when told to. */
export class Calls {
  readonly #calls: BenchCall[] = [];
  readonly #sockets: WebSocket[] = [];

  add(call: BenchCall, socket: WebSocket): void {
    this.#calls.push(call);
    this.#sockets.push(socket);
  }

  addAll(others: Calls): void {
    this.#calls.push(...others.#calls);
    this.#sockets.push(...others.#sockets);
  }

  get count(): number {
    return this.#calls.length;
  }

  /** Both sides of every call talk at real pace: `warmMs` for nothing, then `measureMs` while `peer` is measured. */
  async talk(peer: Peer, chunk: ModelChunk, warmMs: number, measureMs: number): Promise<Measured> {
    const calls = this.#calls;
    const stops = [
      startPacer(calls.length, 20, (i) => calls[i]!.speak()),
      startPacer(calls.length, chunk.ms, (i) => calls[i]!.answer(chunk)),
      startPacer(calls.length, INTERRUPT_EVERY_MS, (i) => calls[i]!.interrupt()),
    ];
    await sleep(warmMs);
    await peer.begin();
    const before = performance.eventLoopUtilization();
    const ownBefore = process.cpuUsage();
    const machineBefore = machineCpuMs();
    const recorded = calls.map((): Latencies => ({ toModel: [], toCaller: [], clear: [] }));
    calls.forEach((call, i) => call.record(recorded[i]));
    await sleep(measureMs);
    for (const call of calls) call.record();
    const loadBusy = performance.eventLoopUtilization(before).utilization;
    const usage = await peer.end();
    const own = process.cpuUsage(ownBefore);
    const othersMs = machineCpuMs() - machineBefore - usage.cpuMs - (own.user + own.system) / 1_000;
    for (const stop of stops) stop();
    await sleep(150);
    const matched = recorded.filter((_, i) => calls[i]!.isMatched);
    const all = (which: keyof Latencies) => matched.flatMap((latencies) => latencies[which]);
    return {
      usage,
      latencies: { toModel: all('toModel'), toCaller: all('toCaller'), clear: all('clear') },
      leftOut: calls.length - matched.length,
      loadBusy,
      otherCores: Math.max(0, othersMs / usage.wallMs),
    };
  }

  async hangUp(): Promise<void> {
    const closed = this.#sockets.map((socket) => once(socket, 'close'));
    for (const socket of this.#sockets) socket.close();
    await Promise.all(closed);
    await sleep(200);
  }
}

/** CPU time that the whole machine has spent. */
function machineCpuMs(): number {
  return cpus().reduce((total, { times }) => total + times.user + times.nice + times.sys + times.irq, 0);
}
