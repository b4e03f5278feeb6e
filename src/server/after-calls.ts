import { join } from 'node:path';
import type { AgentConfig } from '../agents/schema/schema.js';
import type { CallObserver } from '../call/events.js';
import type { Clock } from '../clock.js';
import { CallError } from '../errors.js';
import type { Log } from '../observability/log.js';
import { createCallReporter, type CallReport } from '../records/call-report.js';
import { Outbox, type OutboxMessage } from '../records/outbox.js';
import { signedWebhookHeaders } from '../records/signed-webhook.js';
import type { GuardedDispatchers } from '../tools/guarded-dispatcher.js';
import type { AgentRuntimes } from './agent-runtimes.js';

export interface AfterCallsOptions {
  clock: Clock;
  dataDir: string;
  dispatchers: GuardedDispatchers;
  runtimes: AgentRuntimes;
  log: Log;
}

/**
 * Starts telling; takes up what an earlier run did not deliver, where one of these agents is to tell of its calls.
 * @throws ConfigError DATA_UNWRITABLE
 */
export async function startAfterCalls(
  options: AfterCallsOptions,
  agents: ReadonlyMap<string, AgentConfig>,
): Promise<AfterCalls> {
  const afterCalls = new AfterCalls(options);
  if ([...agents.values()].some((agent) => agent.after_call)) await afterCalls.open();
  return afterCalls;
}

/** Tells each agent's own service of its calls, once they are over. Where no agent wants that, no file is touched. */
class AfterCalls implements AsyncDisposable {
  readonly observe: CallObserver;
  readonly #options: AfterCallsOptions;
  #outbox: Promise<Outbox> | undefined;

  constructor(options: AfterCallsOptions) {
    this.#options = options;
    this.observe = createCallReporter({
      wants: (agent) => options.runtimes.config({ name: agent })?.after_call !== undefined,
      onReport: (report) => void this.#keep(report),
    });
  }

  async open(): Promise<void> {
    await this.#open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#outbox?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }

  #open(): Promise<Outbox> {
    const { clock, dataDir, log } = this.#options;
    this.#outbox ??= Outbox.open({
      folder: join(dataDir, 'outbox'),
      clock,
      deliver: (message, signal) => this.#deliver(message, signal),
      onLost: (id, why) => log.error(`the report ${id} of a call is lost: ${why}`),
    });
    return this.#outbox;
  }

  async #keep(report: CallReport): Promise<void> {
    const { log } = this.#options;
    try {
      const outbox = await this.#open();
      outbox.put({ id: report.id, recipient: report.agent, body: JSON.stringify(report) });
    } catch (err) {
      this.#outbox = undefined;
      log.error({ err, callSid: report.callSid }, 'the report of a call is lost');
    }
  }

  async #deliver({ id, recipient, body }: OutboxMessage, signal: AbortSignal): Promise<void> {
    const { clock, dispatchers, runtimes } = this.#options;
    const after = runtimes.config({ name: recipient })?.after_call;
    // It may be back with the next change of the file.
    if (!after) throw new CallError('CALL_REFUSED', 'its agent has no `after_call` now');
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'liveline',
      ...signedWebhookHeaders(after.secret, { id, body, atMs: clock.wallMs() }),
    };
    const { exchangeHttp } = await import('../tools/http-exchange.js');
    const dispatcher = await dispatchers.allowing(after.allow_private_hosts)();
    await exchangeHttp({ method: 'POST', url: new URL(after.url), headers, body }, dispatcher, signal);
  }
}
