import type { CallInput } from './machine.js';
import type { CallEndReason } from './ports.js';

/** Who wants the call to end after what is being said. It goes on only when every one of them has called that off. */
export class EndRequests {
  readonly #dispatch: (input: CallInput) => void;
  #standing = 0;
  #why: string | undefined;

  /** @param dispatch never throws: it is called from a signal's event, too */
  constructor(dispatch: (input: CallInput) => void) {
    this.#dispatch = dispatch;
  }

  /** Why the agent wants the call to end, in its own words; the first ones stand. */
  get why(): string | undefined {
    return this.#why;
  }

  /** @param how.signal calls the request off; absent: it stands */
  add(reason: CallEndReason, { why, signal }: { why?: string; signal?: AbortSignal } = {}): void {
    if (signal?.aborted === true) return;
    this.#standing += 1;
    this.#why ??= why;
    this.#dispatch({ type: 'end-requested', reason });
    signal?.addEventListener('abort', () => this.#callOff(), { once: true });
  }

  #callOff(): void {
    this.#standing -= 1;
    if (this.#standing > 0) return;
    this.#why = undefined;
    this.#dispatch({ type: 'end-called-off' });
  }
}
