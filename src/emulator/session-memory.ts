import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import { invalidArgument, type Refusal } from './client-frame.js';
import type { ContextWindow } from './context-window.js';
import type { ScriptPlayer } from './script-player.js';
import type { EmulatorScript } from './script-schema.js';

/** Handles are for a few sessions of a test or a demonstration. */
const MAX_HANDLES = 1_000;

/** All that a session knows, apart from what is going on just now. */
export interface SessionState {
  model: string;
  player: ScriptPlayer;
  context: ContextWindow;
  /** What `clientContent` has brought and nothing has answered yet. */
  unansweredText: string;
}

/** One connection of a session. */
interface Connection {
  readonly isOpen: boolean;
}

/** A session over all the connections it has had. */
export class SessionLife {
  readonly #connections = new Set<Connection>();
  #endedAtMs = 0;

  /** @param signal aborted when the connection is gone */
  join(connection: Connection, clock: Clock, signal: AbortSignal): void {
    this.#connections.add(connection);
    signal.addEventListener(
      'abort',
      () => {
        this.#connections.delete(connection);
        this.#endedAtMs = clock.nowMs();
      },
      { once: true },
    );
  }

  get isOpen(): boolean {
    return [...this.#connections].some(({ isOpen }) => isOpen);
  }

  /** For how long nobody has been connected. */
  idleMs(clock: Clock): number {
    return this.#connections.size > 0 ? 0 : clock.nowMs() - this.#endedAtMs;
  }
}

interface Memory {
  state: SessionState;
  life: SessionLife;
}

/** Sessions that can be taken up again: what they knew when each handle was given out. */
export class SessionMemory {
  readonly #memories = new Map<string, Memory>();
  readonly #clock: Clock;
  readonly #rules: EmulatorScript['resumption'];

  constructor(clock: Clock, rules: EmulatorScript['resumption']) {
    this.#clock = clock;
    this.#rules = rules;
  }

  /** @returns a new handle, under which the session can be taken up again as it is now */
  remember(state: SessionState, life: SessionLife): string {
    const handle = randomUUID();
    this.#memories.set(handle, { state: copyOf(state), life });
    const [oldest] = this.#memories.keys();
    if (this.#memories.size > MAX_HANDLES && oldest !== undefined) this.#memories.delete(oldest);
    return handle;
  }

  /** @param ttlMs how long handles are good, unless the script says it */
  recall(handle: string, model: string, ttlMs: number): Memory | Refusal {
    const memory = this.#memories.get(handle);
    if (!memory || memory.life.idleMs(this.#clock) > (this.#rules.ttl_ms ?? ttlMs)) return this.#rules.unknown;
    if (memory.life.isOpen && this.#rules.while_open === 'refused') {
      return { code: 1011, reason: 'Internal error encountered.' };
    }
    if (memory.state.model !== model) return invalidArgument();
    return { state: copyOf(memory.state), life: memory.life };
  }
}

function copyOf(state: SessionState): SessionState {
  return { ...state, player: state.player.copy(), context: state.context.copy() };
}
