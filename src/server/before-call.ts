import type { AgentConfig } from '../agents/schema/schema.js';
import type { LookupResult } from '../call/plan.js';
import { LivelineError, ToolError } from '../errors.js';
import { given } from '../live/given.js';
import { fittedResult } from '../tools/fitted-result.js';
import { createHttpAsker, type HttpParts } from '../tools/http-asker.js';
import { requestOf } from './agent-tools.js';

/** Asks what an agent wants to know before it speaks; never rejects. The answer becomes `variables.lookup`. */
export type Lookup = (
  callSid: string,
  variables: Record<string, unknown>,
  signal: AbortSignal,
) => Promise<LookupResult>;

/**
 * Parses the templates of an agent's `before_call` once; undefined when it has none.
 * @throws ConfigError CONFIG_INVALID
 */
export function createLookup(agent: AgentConfig, parts: HttpParts): Lookup | undefined {
  const { before_call: http } = agent;
  if (!http) return undefined;
  const { result, timeout_ms: timeoutMs, allow_private_hosts: allowPrivateHosts } = http;
  const ask = createHttpAsker(given({ request: requestOf(http), result, allowPrivateHosts }), parts);
  return async (callSid, variables, signal) => {
    const patience = new AbortController();
    const timer = parts.clock.after(timeoutMs, () => patience.abort(), signal);
    try {
      const context = {
        callSid,
        toolCallId: 'before-call',
        variables,
        signal: AbortSignal.any([signal, patience.signal]),
      };
      variables['lookup'] = fittedResult(await ask({}, context));
      return { ok: true };
    } catch (thrown) {
      if (!patience.signal.aborted) return { ok: false, error: LivelineError.from(thrown) };
      return { ok: false, error: new ToolError('TOOL_TIMEOUT', 'there was no answer in time') };
    } finally {
      timer.cancel();
    }
  };
}
