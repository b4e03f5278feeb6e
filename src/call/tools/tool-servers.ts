import type { CallEventBody } from '../events.js';

/** What became of a server that tools come from; `lost` is one that was never there, too. */
export type ToolServerChange = Omit<Extract<CallEventBody, { type: 'tool-server' }>, 'type'>;

/** The servers that an agent's tools come from, as they are when the agent has the call. */
export interface ToolServers {
  /**
   * Keeps them until the returned function is called, once. Tells before it returns of each that is not there, and then
   * of every change.
   */
  use(onChange: (change: ToolServerChange) => void): () => void;
}

/** A call's use of the servers of the agent that has it, and of no other. */
export class ToolServersInUse {
  readonly #emit: (event: CallEventBody) => void;
  #release: (() => void) | undefined;

  constructor(emit: (event: CallEventBody) => void) {
    this.#emit = emit;
  }

  /** Another agent has the call, or the first one. */
  use(servers: ToolServers | undefined): void {
    const release = this.#release;
    this.#release = servers?.use((change) => this.#emit({ type: 'tool-server', ...change }));
    // After that: what both agents use is not let go in between.
    release?.();
  }

  /** The call is over. */
  dispose(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
