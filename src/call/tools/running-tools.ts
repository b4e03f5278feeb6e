import type { Clock, Timer } from '../../clock.js';
import type { CallEventBody } from '../events.js';
import type { SilenceFiller, Filling } from '../agent/silence-filler.js';

/** What the silence before a tool was called may add to that before its sound: the model takes its time, too. */
const BEFORE_MS = 1_000;
/** Longer than the watchdog takes to have a silent model speak, or to give it up. */
const MAX_UNSPOKEN_MS = 30_000;
/** A model whose turn is over, and that has spoken neither by then nor when it was told to, has nothing to say of the answer. */
const AFTER_TURN_MS = 10_000;
/** More answers than this before the agent speaks again are a model gone astray. */
const MAX_UNSPOKEN = 32;

/** What happens while a tool runs. */
export interface WhileRunning {
  /** The model waits for the answer; a line of text would call the tool off. */
  blocks: boolean;
  /** What the caller hears. */
  fill?: Pick<Filling, 'afterMs' | 'sound'>;
  /** The agent says nothing of the answer: nobody waits for it. */
  isSilent?: boolean;
  /** What the model is told, once, when the tool has run for so long. Not where the model waits. */
  say?: { afterMs: number; text: string };
}

export interface RunningToolsOptions {
  clock: Clock;
  filler: Pick<SilenceFiller, 'start' | 'stop'>;
  of: (tool: string) => WhileRunning;
  say: (text: string) => void;
}

/** Which tools run, as a call's events tell it; keeps the caller company until the agent speaks of their answers. */
export class RunningTools {
  readonly #options: RunningToolsOptions;
  readonly #running = new Map<string, { manner: WhileRunning; timer: Timer | undefined }>();
  /** Answered, and the agent has not spoken since. */
  readonly #unspoken = new Set<string>();
  #patience: Timer | undefined;

  constructor(options: RunningToolsOptions) {
    this.#options = options;
  }

  get any(): boolean {
    return this.#running.size > 0;
  }

  /** The model waits for one. */
  get blocking(): boolean {
    return [...this.#running.values()].some(({ manner }) => manner.blocks);
  }

  /** Takes note of what happens on the call. */
  observe(event: CallEventBody): void {
    if (event.type !== 'tool') return;
    if (event.phase === 'called') {
      if (event.repeats !== undefined) this.#ended(event.repeats);
      this.#started(event.id, event.name);
    } else if (event.phase === 'answered') this.#answered(event.id);
    else if (event.phase === 'cancelled') this.#ended(event.id);
  }

  /** The agent speaks: nobody waits for that any more. */
  agentBegan(): void {
    // The usual case, on every piece of the agent's audio.
    if (!this.#patience) return;
    this.#patience.cancel();
    this.#patience = undefined;
    for (const id of this.#unspoken) this.#options.filler.stop(reasonOf(id));
    this.#unspoken.clear();
  }

  /** The model's turn is over: it may have nothing to say. */
  turnCompleted(): void {
    if (this.#unspoken.size > 0) this.#waitForAgent(AFTER_TURN_MS);
  }

  dispose(): void {
    for (const id of this.#running.keys()) this.#ended(id);
    this.agentBegan();
  }

  #started(id: string, name: string): void {
    const { clock, filler, of, say } = this.#options;
    const manner = of(name);
    const { fill, say: line } = manner;
    const timer = line && clock.after(line.afterMs, () => say(line.text));
    this.#unspoken.delete(id);
    this.#running.set(id, { manner, timer });
    if (fill) filler.start(reasonOf(id), { ...fill, mostMs: fill.afterMs + BEFORE_MS });
  }

  /** The caller's silence is not over with the answer, but when they hear of it. */
  #answered(id: string): void {
    const { manner, timer } = this.#running.get(id) ?? {};
    if (!manner?.fill || manner.isSilent || this.#unspoken.size >= MAX_UNSPOKEN) {
      this.#ended(id);
      return;
    }
    timer?.cancel();
    this.#running.delete(id);
    this.#unspoken.add(id);
    this.#waitForAgent(MAX_UNSPOKEN_MS);
  }

  #waitForAgent(ms: number): void {
    this.#patience?.cancel();
    this.#patience = this.#options.clock.after(ms, () => this.agentBegan());
  }

  #ended(id: string): void {
    this.#running.get(id)?.timer?.cancel();
    this.#running.delete(id);
    this.#options.filler.stop(reasonOf(id));
  }
}

function reasonOf(id: string): string {
  return `tool ${id}`;
}
