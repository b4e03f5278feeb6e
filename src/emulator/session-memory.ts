import { randomUUID } from 'node:crypto';
import type { ScriptPlayer } from './script-player.js';

/** Handles are for a few sessions of a test or a demonstration. */
const MAX_HANDLES = 1_000;

/** Where resumable sessions stand in the script, by handle. */
export class SessionMemory {
  readonly #players = new Map<string, ScriptPlayer>();

  /** @returns a new handle, under which the session can be taken up again */
  remember(player: ScriptPlayer): string {
    const handle = randomUUID();
    this.#players.set(handle, player);
    const [oldest] = this.#players.keys();
    if (this.#players.size > MAX_HANDLES && oldest !== undefined) this.#players.delete(oldest);
    return handle;
  }

  recall(handle: string): ScriptPlayer | undefined {
    return this.#players.get(handle);
  }
}
