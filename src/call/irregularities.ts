import type { CallEventBody } from './events.js';

/** Tells what peers sent outside their protocol, once a kind. */
export class Irregularities {
  readonly #emit: (event: CallEventBody) => void;
  readonly #seen = new Set<string>();

  constructor(emit: (event: CallEventBody) => void) {
    this.#emit = emit;
  }

  tell(peer: 'caller' | 'model', kind: string): void {
    const key = `${peer}:${kind}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#emit({ type: 'irregular', peer, kind });
  }
}
