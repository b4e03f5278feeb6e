import type { PhoneCall } from './phone-call.js';

/** How a caller waits for the agent to be done, in milliseconds. */
export interface CallerPatience {
  /** The agent has finished when it was heard, and then not for so long. */
  quietMs: number;
  /** When nothing at all was heard for so long, the caller goes on. */
  silenceMs: number;
}

/** One thing a caller does. */
export interface CallerStep {
  /** While the agent is heard, rather than after it. */
  cutsIn: boolean;
  /** Settled when it is done. */
  act: (phone: PhoneCall) => Promise<void>;
}

/** How long the agent is heard before a caller cuts in: they have understood what it is about. */
const CUTS_IN_AFTER_MS = 1_000;

/**
 * Does one step after the other, each when the agent has answered the one before and fallen silent, or, where the step
 * cuts in, has begun to answer it.
 * Ends early, without an error, when the call does.
 * @returns the number of events that had happened when the last step began: what is heard after them answers it
 */
export async function followScript(
  phone: PhoneCall,
  steps: readonly CallerStep[],
  patience: CallerPatience,
): Promise<number> {
  let since = 0;
  for (const { cutsIn, act } of steps) {
    await (cutsIn ? hearAgentBegin : listenToAgent)(phone, patience, since);
    if (phone.over) break;
    since = phone.events.length;
    await act(phone);
    // What was cut off is no answer to what cut it off.
    if (cutsIn) since = phone.events.length;
  }
  return since;
}

async function hearAgentBegin(phone: PhoneCall, { silenceMs }: CallerPatience, since: number): Promise<void> {
  const begun = phone
    .waitFor('agent-audio', ({ phase }) => phase === 'started', since)
    .then(
      () => phone.sleep(CUTS_IN_AFTER_MS),
      () => undefined,
    );
  const settled = new AbortController();
  await Promise.race([begun, phone.sleep(silenceMs, settled.signal)]);
  settled.abort();
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
