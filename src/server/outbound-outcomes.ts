import type { CallEvent } from '../call/events.js';
import type { EndedConversation } from '../http/outbound-api.js';

/** As many as the calls that can be asked for; the oldest go first. */
const MAX_CALLS = 1_000;
/** A call that is put through comes back a few times at most. */
const MAX_CONVERSATIONS = 16;

/** What the conversations of calls that we make came to, as far as this instance had them. */
export class OutboundOutcomes {
  /** By the carrier's name of the call. */
  readonly #calls = new Map<string, { id: string; conversations: EndedConversation[] }>();

  observe(event: CallEvent): void {
    if (event.type === 'started' && event.outbound && !this.#calls.has(event.callSid)) {
      this.#calls.set(event.callSid, { id: event.outbound.id, conversations: [] });
      const [oldest] = this.#calls.keys();
      if (this.#calls.size > MAX_CALLS && oldest !== undefined) this.#calls.delete(oldest);
    }
    if (event.type !== 'ended') return;
    const call = this.#calls.get(event.callSid);
    if (call) call.conversations = [...call.conversations, outcomeOf(event)].slice(-MAX_CONVERSATIONS);
  }

  /** @param id ours */
  of(id: string): readonly EndedConversation[] {
    return [...this.#calls.values()].find((call) => call.id === id)?.conversations ?? [];
  }
}

function outcomeOf({ reason, durationMs, usage, error, pii }: CallEvent & { type: 'ended' }): EndedConversation {
  return { reason, ...(pii && { why: pii.why }), durationMs, ...(error && { error }), ...(usage && { usage }) };
}
