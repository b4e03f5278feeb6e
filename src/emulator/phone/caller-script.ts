import type { PhoneCall } from './phone-call.js';

/** How a caller waits for the agent to be done, in milliseconds. */
export interface CallerPatience {
  /** The agent has finished when it was heard, and then not for so long. */
  quietMs: number;
  /** When nothing at all was heard for so long, the caller goes on. */
  silenceMs: number;
}

/** One thing a caller does once the agent has finished; settled when it is done. */
export type CallerStep = (phone: PhoneCall) => Promise<void>;

/**
 * Does one step after the other, each when the agent has answered the one before and fallen silent.
 * Ends early, without an error, when the call does.
 * @returns the number of events that had happened when the last step began: what is heard after them answers it
 */
export async function followScript(
  phone: PhoneCall,
  steps: readonly CallerStep[],
  patience: CallerPatience,
): Promise<number> {
  let since = 0;
  for (const step of steps) {
    await listenToAgent(phone, patience, since);
    if (phone.over) break;
    since = phone.events.length;
    await step(phone);
  }
  return since;
}

/** Listens until the agent has finished, judged by what is heard after the first `since` events, or the call ends. */
export async function listenToAgent(phone: PhoneCall, patience: CallerPatience, since: number): Promise<void> {
  await phone.waitFor('start').catch(() => undefined);
  const listeningMs = phone.nowMs;
  while (!phone.over) {
    const last = phone.events.slice(since).findLast((event) => event.type === 'agent-audio');
    const idleMs = phone.nowMs - Math.max(last?.atMs ?? 0, listeningMs);
    const leftMs = (last ? patience.quietMs : patience.silenceMs) - idleMs;
    const speaking = last?.phase === 'started';
    if (!speaking && leftMs <= 0) return;
    const next = phone.waitFor('agent-audio', undefined, phone.events.length).catch(() => undefined);
    const settled = new AbortController();
    await Promise.race(speaking ? [next] : [next, phone.sleep(leftMs, settled.signal)]);
    settled.abort();
  }
}
