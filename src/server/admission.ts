import { isOpen } from '../agents/schema/opening-hours.js';
import type { AgentConfig } from '../agents/schema/schema.js';
import type { Clock } from '../clock.js';
import type { CallerSeat, CallVerdict } from '../http/twilio-routes.js';
import { CallerRate } from './caller-rate.js';
import { isWithheld } from './withheld-number.js';

/** An agent that is closed may name another one, which may be closed too: followed this often. */
const MAX_HOPS = 8;
/**
 * Calls a minute from one number where the agents file does not say. A family makes a few, and a trunk that shows one
 * number for a whole firm some tens; one a second for a minute is a machine.
 */
const DEFAULT_PER_MINUTE = 60;

/** Decides who answers a caller, if anybody: block lists, calls a minute, opening hours. */
export class Admission {
  readonly #clock: Clock;
  readonly #rate: CallerRate;
  readonly #findAgent: (wanted: { name?: string; calledNumber?: string }) => AgentConfig | undefined;

  constructor(clock: Clock, findAgent: (wanted: { name?: string; calledNumber?: string }) => AgentConfig | undefined) {
    this.#clock = clock;
    this.#rate = new CallerRate(clock);
    this.#findAgent = findAgent;
  }

  admit(wanted: { name?: string; calledNumber?: string }, caller: CallerSeat): CallVerdict {
    const agent = this.#findAgent(wanted);
    if (!agent) return { kind: 'unknown' };
    const verdict = this.#openOne(agent, caller.address, MAX_HOPS);
    const isRefused = verdict.kind === 'refused';
    return !isRefused && this.#callsTooOften(agent, caller) ? { kind: 'refused', because: 'too-often' } : verdict;
  }

  /** Each agent on the way has a list of its own, the one that would answer too. */
  #openOne(agent: AgentConfig, caller: string, hopsLeft: number): CallVerdict {
    if (isBlocked(agent, caller)) return { kind: 'refused', because: 'blocked' };
    if (!agent.hours || isOpen(agent.hours, this.#clock.wallMs())) return { kind: 'admitted', agent };
    const { agent: other, ...line } = agent.hours.closed;
    if (other === undefined) return { kind: 'closed', line };
    const next = hopsLeft > 0 ? this.#findAgent({ name: other }) : undefined;
    return next ? this.#openOne(next, caller, hopsLeft - 1) : { kind: 'closed', line: agent.fallback };
  }

  /** Withheld numbers are many callers: they have no bound of their own. */
  #callsTooOften({ limits }: AgentConfig, { address, isLocal }: CallerSeat): boolean {
    const limit = limits.calls_per_caller_per_minute ?? (isLocal ? false : DEFAULT_PER_MINUTE);
    return limit !== false && !isWithheld(address) && this.#rate.count(address, limit) > limit;
  }
}

function isBlocked({ block }: AgentConfig, caller: string): boolean {
  return block.some((entry) => (entry === 'anonymous' ? isWithheld(caller) : caller.startsWith(entry)));
}
