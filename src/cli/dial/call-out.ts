import { setTimeout } from 'node:timers/promises';
import type { CallEvent } from '../../call/events.js';
import { CallError, LivelineError } from '../../errors.js';
import type { LivelineServer } from '../../server.js';
import { isFinal, type OutboundCall } from '../../twilio/outbound-call.js';
import { CallApi } from '../call/call-api.js';
import { startQuietServer } from '../call/call-server.js';
import { createJsonTimeline, createReadableTimeline, type CallTimeline } from '../call/call-timeline.js';
import { loadDotEnv, readEnvironment } from '../environment.js';
import { OrderedLines } from '../call/ordered-lines.js';
import type { Terminal } from '../terminal.js';

/** How often the server is asked how the call stands. */
const ASK_EVERY_MS = 200;
/** How often it is asked whether another conversation has begun; it tells the one before again each time. */
const ASK_FOR_ANOTHER_EVERY_MS = 1_000;
/** How long the conversation's last events may take once the call is over. */
const LAST_EVENTS_MS = 1_000;

export interface DialOptions {
  to: string;
  agent: string;
  from?: string | undefined;
  variables: Record<string, string>;
  /** A server that runs already. */
  url?: string | undefined;
  json?: true | undefined;
}

/**
 * Has an agent call somebody and tells it as it happens; returns when the call is over.
 * @throws LivelineError when nobody was spoken to, and no message left
 */
export async function runDial(options: DialOptions, terminal: Terminal): Promise<void> {
  loadDotEnv();
  await using server = options.url === undefined ? await startDialServer(terminal) : undefined;
  await using api = new CallApi(server?.url ?? options.url ?? '', terminal.env['LIVELINE_API_TOKEN']);
  const lines = new OrderedLines((text) => terminal.print(text));
  const print = (atMs: number, text: string): void => lines.add(atMs, text);
  const timeline = options.json ? createJsonTimeline(print) : createReadableTimeline(print);
  const { to, agent, from, variables } = options;
  const ordered = await api.dial({ to, agent, variables, ...(from !== undefined && { from }) });
  const onInterrupt = (): void => void api.hangUp(ordered.id).catch(() => undefined);
  process.once('SIGINT', onInterrupt);
  try {
    await new DialedCall(api, ordered, timeline).follow();
  } finally {
    process.off('SIGINT', onInterrupt);
    lines.flush();
  }
}

/** One call that was ordered, as this command sees it. */
class DialedCall {
  readonly #api: CallApi;
  readonly #timeline: CallTimeline;
  readonly #beganMs = performance.now();
  #call: OutboundCall;
  #conversation: Promise<void> | undefined;
  /** Why the agent failed, if it did. */
  #failure: string | undefined;

  constructor(api: CallApi, call: OutboundCall, timeline: CallTimeline) {
    this.#api = api;
    this.#call = call;
    this.#timeline = timeline;
  }

  async follow(): Promise<void> {
    this.#tell();
    while (!isFinal(this.#call.status)) {
      await setTimeout(ASK_EVERY_MS);
      const before = this.#call;
      this.#call = await this.#api.outbound(before.id);
      const { status, answeredBy, callSid } = this.#call;
      if (status !== before.status || answeredBy !== before.answeredBy) this.#tell();
      if (status === 'in-progress' && callSid !== undefined) this.#conversation ??= this.#converse(callSid);
    }
    await Promise.race([this.#conversation, setTimeout(LAST_EVENTS_MS, undefined, { ref: false })]);
    this.#assertSpokenTo();
  }

  get #nowMs(): number {
    return performance.now() - this.#beganMs;
  }

  #tell(): void {
    const { callSid = '', to, from, orderedMs: _, ...rest } = this.#call;
    this.#timeline.onServer({ type: 'outbound', callSid, atMs: 0, ...rest, pii: { to, from } }, this.#nowMs);
  }

  /**
   * Tells what the server tells of the conversations, as far as it lets us in. After one another may come: the agent
   * leaves its message on a machine, or has the call back from somebody who did not take it.
   */
  async #converse(callSid: string): Promise<void> {
    let lastBeganMs = 0;
    let originMs = Infinity;
    let isTold = false;
    const onEvent = (event: CallEvent): void => {
      if (event.type === 'started') {
        isTold = event.beganWallMs <= lastBeganMs;
        lastBeganMs = Math.max(lastBeganMs, event.beganWallMs);
        if (!isTold) originMs = Infinity;
      }
      if (isTold) return;
      originMs = Math.min(originMs, this.#nowMs - event.atMs);
      this.#timeline.onServer(event, originMs + event.atMs);
      if (event.type !== 'ended') return;
      isTold = true;
      if (event.error) this.#failure = event.error.detail;
    };
    const goesOnAfter = async (ms: number): Promise<boolean> => {
      await setTimeout(ms);
      return !isFinal(this.#call.status);
    };
    do await this.#api.follow(callSid, onEvent, () => goesOnAfter(ASK_EVERY_MS));
    while (await goesOnAfter(ASK_FOR_ANOTHER_EVERY_MS));
  }

  #assertSpokenTo(): void {
    const { status, answeredBy = 'unknown', messageLeft, error } = this.#call;
    if (error) throw new CallError('CALL_REFUSED', error.detail);
    if (status !== 'completed') throw new CallError('CALL_REFUSED', `nobody was reached: ${status}`);
    if (this.#failure !== undefined) throw new CallError('CALL_REFUSED', `the agent failed: ${this.#failure}`);
    if (/^(?:machine|fax)/.test(answeredBy) && messageLeft !== true) {
      throw new CallError('CALL_REFUSED', 'a machine answered, and no message was left');
    }
  }
}

/**
 * Starts a server for one call, on the port that PUBLIC_URL leads to.
 * @throws ConfigError, LivelineError for what the environment or the agents file has wrong, or a port that is taken
 */
async function startDialServer(terminal: Terminal): Promise<LivelineServer> {
  const environment = readEnvironment(terminal.env);
  try {
    return await startQuietServer(environment, terminal);
  } catch (thrown) {
    const { cause } = LivelineError.from(thrown);
    if ((cause as NodeJS.ErrnoException | undefined)?.code !== 'EADDRINUSE') throw thrown;
    const url = `http://localhost:${environment.port}`;
    throw new LivelineError(
      'ENVIRONMENT_INVALID',
      `port ${environment.port} is taken: if that is a server of yours, add --url ${url}`,
    );
  }
}
