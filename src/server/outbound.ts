import type { AgentConfig } from '../agents/schema/schema.js';
import type { CallEvent, CallObserver } from '../call/events.js';
import type { CallRegistry } from '../call/registry.js';
import type { Clock } from '../clock.js';
import { LivelineError, WebhookError } from '../errors.js';
import type { DialRequest, OutboundDesk, OutboundReport } from '../http/outbound-api.js';
import type { OutboundHooks } from '../http/outbound-routes.js';
import type { Log } from '../observability/log.js';
import { Dialer, type OutboundNews } from '../twilio/dialer.js';
import type { OutboundCall } from '../twilio/outbound-call.js';
import { type OrderSeal, type OutboundOrder, outboundUrls } from '../twilio/outbound-order.js';
import type { TwilioRest } from '../twilio/rest.js';
import type { AgentRuntimes } from './agent-runtimes.js';
import { HUMAN_TIME_LIMIT_S } from './transfers.js';
import { OutboundOutcomes } from './outbound-outcomes.js';

const S_PER_MINUTE = 60;
/** Calls whose machine is remembered: more than there are at once. The oldest go first. */
const MAX_MACHINES = 1_000;
/** Twilio ends a call only when its agent should have done so long ago. */
const TIME_LIMIT_GRACE_S = 60;
/** What may put somebody else in the agent’s place, whose time is another. */
const GIVES_AWAY: ReadonlySet<string> = new Set(['transfer', 'hand_over']);

export interface OutboundOptions {
  /** Absent: there are no credentials, and nobody is called. */
  rest: TwilioRest | undefined;
  clock: Clock;
  runtimes: AgentRuntimes;
  calls: CallRegistry;
  seal: OrderSeal;
  /** Requests go to something on this machine instead of Twilio: it may find us on this machine. */
  isLocalCarrier: boolean;
  observe: CallObserver;
  log: Log;
}

/** Calls that agents make: who may be called, what is asked of Twilio, and what an answering machine leads to. */
export class Outbound implements OutboundDesk, OutboundHooks {
  readonly #options: OutboundOptions;
  readonly #dialer: Dialer | undefined;
  /** Messages that are being left: our names of the calls by those of the carrier. */
  readonly #messages = new Map<string, string>();
  /** Calls that were taken from the agent that talked to a machine, by our names: Twilio may tell of a machine again. */
  readonly #machines = new Set<string>();
  readonly #outcomes = new OutboundOutcomes();

  constructor(options: OutboundOptions) {
    this.#options = options;
    const { rest, clock, seal, calls, runtimes, observe } = options;
    this.#dialer =
      rest &&
      new Dialer({
        rest,
        clock,
        seal,
        onChanged: (call) => observe(outboundEvent(call, clock)),
        hasRoom: () => calls.hasRoom,
        bounds: () => {
          const { calls_per_second: callsPerSecond, max_calls: maxCalls, max_queued: maxQueued } = runtimes.outbound;
          return { callsPerSecond, maxCalls, maxQueued };
        },
      });
  }

  get calls(): readonly OutboundCall[] {
    return this.#dialer?.calls ?? [];
  }

  find(id: string): OutboundReport | undefined {
    const call = this.#dialer?.find(id);
    if (!call) return undefined;
    const conversations = this.#outcomes.of(call.id);
    return { ...call, ...(conversations.length > 0 && { conversations }) };
  }

  /** @throws WebhookError, CallError: see `OutboundDesk` */
  dial(request: DialRequest, baseUrl: string): OutboundCall {
    const dialer = this.#dialer;
    if (!dialer) throw refused('dialling needs TWILIO_ACCOUNT_SID, and an API key or TWILIO_AUTH_TOKEN');
    const agent = this.#options.runtimes.config({ name: request.agent });
    if (!agent) throw new WebhookError('FIELDS_MISSING', 'there is no agent of this name', 400);
    this.#assertAllowed(agent, request.to);
    if (!this.#options.isLocalCarrier && !baseUrl.startsWith('https://')) {
      throw refused('Twilio cannot reach this server: set PUBLIC_URL to its https:// address');
    }
    const { machine, ring_timeout_s: ringTimeoutS } = agent.outbound;
    return dialer.dial({
      agent: agent.name,
      to: request.to,
      from: this.#callerId(agent, request.from),
      variables: request.variables,
      ringTimeoutS,
      timeLimitS: timeLimitS(agent),
      ...(machine !== 'ignore' && { detection: machine === 'message' ? 'end' : 'start' }),
      baseUrl,
    });
  }

  async cancel(id: string): Promise<void> {
    await this.#dialer?.cancel(id);
  }

  /** Follows what becomes of calls that we make; of a message only what was heard was left. */
  readonly observe: CallObserver = (event) => {
    this.#outcomes.observe(event);
    if (event.type === 'started' && event.outbound?.leavesMessage === true) {
      this.#messages.set(event.callSid, event.outbound.id);
    }
    const id = this.#messages.get(event.callSid);
    if (id === undefined) return;
    if (event.type === 'reply-heard') this.#dialer?.take(id, { messageLeft: true });
    if (event.type === 'ended') this.#messages.delete(event.callSid);
  };

  openOrder(sealed: string): OutboundOrder | undefined {
    return this.#options.seal.open(sealed);
  }

  isGivenUp({ id }: OutboundOrder): boolean {
    return this.#dialer?.find(id)?.status === 'canceled';
  }

  onNews({ id }: OutboundOrder, news: OutboundNews): void {
    this.#dialer?.take(id, news);
  }

  onAnsweredBy(order: OutboundOrder, found: { callSid: string; answeredBy: string; baseUrl: string }): void {
    const { callSid, answeredBy } = found;
    this.#dialer?.take(order.id, { callSid, answeredBy });
    const isMachine = /^(?:machine|fax)/.test(answeredBy);
    const policy = this.#options.runtimes.config({ name: order.agent })?.outbound.machine;
    if (!isMachine || policy === undefined || policy === 'ignore') return;
    if (this.#machines.has(order.id) || this.#messages.has(callSid)) return;
    this.#rememberMachine(order);
    const listens = answeredBy.startsWith('machine_end');
    void this.#leave(order, found, policy === 'message' && listens).catch((thrown: unknown) => {
      this.#machines.delete(order.id);
      this.#options.log.warn({ callSid }, LivelineError.from(thrown).detail);
    });
  }

  /** No call is made from here on. */
  async stop(): Promise<void> {
    await this.#dialer?.stop();
  }

  /**
   * Takes the call from the agent that talks to the machine: any instance may be told of it, so that this goes by Twilio.
   * A message is left by a conversation of its own, which knows nothing of what was said into the greeting.
   */
  async #leave(
    order: OutboundOrder,
    { callSid, baseUrl }: { callSid: string; baseUrl: string },
    message: boolean,
  ): Promise<void> {
    const { rest, calls, seal } = this.#options;
    const call = calls.find(callSid);
    call?.expectMove('machine-answered');
    try {
      if (!message) await rest?.completeCall(callSid);
      else {
        const sealed = seal.seal({ ...order, leavesMessage: true });
        await rest?.redirectCall(callSid, { url: outboundUrls(baseUrl, sealed).voice });
      }
    } catch (thrown) {
      call?.expectMove(undefined);
      throw thrown;
    }
  }

  #rememberMachine({ id }: OutboundOrder): void {
    this.#machines.add(id);
    const [oldest] = this.#machines;
    if (this.#machines.size > MAX_MACHINES && oldest !== undefined) this.#machines.delete(oldest);
  }

  /** Nobody is called whom no list covers, and no list covers anybody unless somebody wrote it. */
  #assertAllowed(agent: AgentConfig, to: string): void {
    const { allow, deny } = this.#options.runtimes.outbound;
    const covers = (prefixes: readonly string[]) => prefixes.some((prefix) => to.startsWith(prefix));
    const isAllowed = covers(agent.outbound.allow ?? allow);
    if (isAllowed && !covers(deny) && !covers(agent.outbound.deny)) return;
    const why = isAllowed ? 'is on the list `deny`' : 'is not covered by `outbound: { allow }` of the agents file';
    throw new WebhookError('DIAL_NOT_ALLOWED', `the number ${why}`, 403);
  }

  #callerId(agent: AgentConfig, wanted: string | undefined): string {
    const own = [agent.outbound.from, this.#options.runtimes.outbound.from, ...agent.numbers];
    const from = wanted === undefined ? own.find((number) => number !== undefined) : own.find((one) => one === wanted);
    if (from !== undefined) return from;
    const detail =
      wanted === undefined
        ? 'the agent has no number to call from: set `numbers`, or `outbound: { from }`'
        : '`from` is neither a number of the agent nor `outbound: { from }`';
    throw new WebhookError('FIELDS_MISSING', detail, 400);
  }
}

/** What Twilio is to hold a call to: the agent's own time, or what people may have whom it can be given to. */
function timeLimitS({ tools, limits }: AgentConfig): number {
  const givesAway = tools.some((tool) => 'built_in' in tool && GIVES_AWAY.has(tool.built_in));
  return givesAway ? HUMAN_TIME_LIMIT_S : Math.ceil(limits.max_call_minutes * S_PER_MINUTE) + TIME_LIMIT_GRACE_S;
}

/** What observers are told of a call that we make. */
function outboundEvent(call: OutboundCall, clock: Clock): CallEvent {
  const { callSid = '', orderedMs, to, from, ...rest } = call;
  return {
    type: 'outbound',
    callSid,
    atMs: clock.wallMs() - orderedMs,
    ...rest,
    pii: { to, from },
  };
}

function refused(detail: string): WebhookError {
  return new WebhookError('CALL_REFUSED', detail, 409);
}
