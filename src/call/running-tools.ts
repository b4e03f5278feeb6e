import type { Clock, Timer } from '../clock.js';
import type { CallEventBody } from './events.js';
import type { SilenceFiller, Filling } from './silence-filler.js';

/** What happens while a tool runs. */
export interface WhileRunning {
  /** The model waits for the answer; a line of text would call the tool off. */
  blocks: boolean;
  /** What the caller hears. */
  fill?: Filling;
  /** What the model is told, once, when the tool has run for so long. Not where the model waits. */
  say?: { afterMs: number; text: string };
}

export interface RunningToolsOptions {
  clock: Clock;
  filler: Pick<SilenceFiller, 'start' | 'stop'>;
  of: (tool: string) => WhileRunning;
  say: (text: string) => void;
}

/** Which tools run, as a call's events tell it; keeps the caller company meanwhile. */
export class RunningTools {
  readonly #options: RunningToolsOptions;
  readonly #running = new Map<string, { blocks: boolean; timer: Timer | undefined }>();

  constructor(options: RunningToolsOptions) {
    this.#options = options;
  }

  get any(): boolean {
    return this.#running.size > 0;
  }

  /** The model waits for one. */
  get blocking(): boolean {
    return [...this.#running.values()].some(({ blocks }) => blocks);
  }

  /** Takes note of what happens on the call. */
  observe(event: CallEventBody): void {
    if (event.type !== 'tool') return;
    if (event.phase === 'called') {
      if (event.repeats !== undefined) this.#ended(event.repeats);
      this.#started(event.id, event.name);
    } else if (event.phase === 'answered' || event.phase === 'cancelled') this.#ended(event.id);
  }

  dispose(): void {
    for (const id of this.#running.keys()) this.#ended(id);
  }

  #started(id: string, name: string): void {
    const { clock, filler, of, say } = this.#options;
    const { blocks, fill, say: line } = of(name);
    const timer = line && clock.after(line.afterMs, () => say(line.text));
    this.#running.set(id, { blocks, timer });
    if (fill) filler.start(reasonOf(id), fill);
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
