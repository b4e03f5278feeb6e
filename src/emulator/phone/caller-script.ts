import type { PhoneCall } from './phone.js';

/** How long a caller waits for the agent to be done, in milliseconds. */
export interface CallerPatience {
  /** The agent has finished when nothing was heard of it for so long. */
  quietMs: number;
  /** If the agent says nothing at all for so long, the caller goes on. */
  silenceMs: number;
}

/** One thing a caller does once the agent has finished; settled when it is done. */
export type CallerStep = (phone: PhoneCall) => Promise<void>;

/**
 * Does one step after the other, each when the agent has answered the one before and fallen silent.
 * Ends early, without an error, when the call does.
 */
export async function followScript(
  phone: PhoneCall,
  steps: readonly CallerStep[],
  patience: CallerPatience,
): Promise<void> {
  let since = 0;
  for (const step of steps) {
    await listenToAgent(phone, patience, since);
    if (phone.over) return;
    since = phone.events.length;
    await step(phone);
  }
}

/**
 * Settles when the agent was heard after event `since` and has been quiet for `quietMs`, or has said nothing for
 * `silenceMs`, or the call ended.
 * @returns whether the agent was heard
 */
export async function listenToAgent(phone: PhoneCall, patience: CallerPatience, since: number): Promise<boolean> {
  await phone.waitFor('start').catch(() => undefined);
  const startedMs = phone.nowMs;
  while (!phone.over) {
    const last = phone.events.slice(since).findLast((event) => event.type === 'agent-audio');
    const idleMs = phone.nowMs - (last?.atMs ?? startedMs);
    const enoughMs = last ? patience.quietMs : patience.silenceMs;
    const speaking = last?.phase === 'started';
    if (!speaking && idleMs >= enoughMs) return last !== undefined;
    await nextAgentAudio(phone, speaking ? undefined : enoughMs - idleMs);
  }
  return phone.events.slice(since).some((event) => event.type === 'agent-audio');
}

/** Settles when the agent starts or stops being heard, or after `withinMs`, or at the end of the call. */
async function nextAgentAudio(phone: PhoneCall, withinMs: number | undefined): Promise<void> {
  const heard = phone.waitFor('agent-audio', undefined, phone.events.length).catch(() => undefined);
  await Promise.race(withinMs === undefined ? [heard] : [heard, phone.sleep(withinMs)]);
}
