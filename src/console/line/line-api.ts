import type { CallEvent } from '../../call/events.js';
import type { LineInfo } from '../phone-state.js';
import { readEvents } from './read-events.js';

/** What a stream is opened with, and what its `start` says. */
export interface PhoneTicket {
  ticket: string;
  callSid: string;
  accountSid: string;
  streamSid: string;
}

/** The server's answer, or why there is none. */
export type Answer<T> = { kind: 'given'; value: T } | { kind: 'refused'; status: number } | { kind: 'unreachable' };

const TOKEN_KEY = 'liveline-api-token';
const ANSWER_MS = 5_000;
/** A call is known to the API a moment after its stream has started. */
const UNKNOWN_CALL_TRIES = 20;
const LOST_FEED_TRIES = 5;
const RETRY_MS = 250;

/** The token lives as long as the tab. */
export function rememberToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
}

export function askLine(): Promise<Answer<LineInfo>> {
  return ask('api/line');
}

export function askTicket(agent: string): Promise<Answer<PhoneTicket>> {
  return ask('api/phone', { agent });
}

/** A line for the agent, as if the caller had said it. */
export function sayTyped(callSid: string, text: string): Promise<Answer<unknown>> {
  return ask(`api/calls/${callSid}/say`, { text });
}

/**
 * Follows a call from its beginning until its end, or until `signal` says so. Where the connection is lost it begins
 * again: `onRestart` precedes the repeated events.
 */
export async function followCall(
  callSid: string,
  signal: AbortSignal,
  handlers: { onRestart(): void; onEvent(event: CallEvent): void },
): Promise<void> {
  let unknown = 0;
  let lost = 0;
  while (unknown < UNKNOWN_CALL_TRIES && lost < LOST_FEED_TRIES && !signal.aborted) {
    try {
      const response = await fetch(`api/calls/${callSid}/events`, { headers: authorization(), signal });
      if (response.ok && response.body) {
        handlers.onRestart();
        if (await readEvents(response.body, (event) => handlers.onEvent(event))) return;
        lost += 1;
      } else {
        unknown += 1;
      }
    } catch {
      lost += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function ask<T>(path: string, body?: object): Promise<Answer<T>> {
  try {
    const response = await fetch(path, {
      method: body ? 'POST' : 'GET',
      headers: { ...authorization(), ...(body && { 'content-type': 'application/json' }) },
      body: body ? JSON.stringify(body) : null,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!response.ok) return { kind: 'refused', status: response.status };
    return { kind: 'given', value: (await response.json()) as T };
  } catch {
    // No answer, a late one, or one that is not the server's own.
    return { kind: 'unreachable' };
  }
}

function authorization(): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN_KEY);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
