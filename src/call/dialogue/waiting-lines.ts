import type { ModelLeg } from '../ports.js';

/** Lines that wait for a session; more are refused. */
const MAX_WAITING_LINES = 16;

/** Lines for the model, which wait for a session where there is none. */
export class WaitingLines {
  #lines: string[] = [];

  /** @returns false when too many wait already */
  give(text: string, model: ModelLeg | undefined): boolean {
    if (model) model.sendText(text);
    else if (this.#lines.length < MAX_WAITING_LINES) this.#lines.push(text);
    else return false;
    return true;
  }

  /** A session listens. */
  attach(model: ModelLeg): void {
    for (const line of this.#lines.splice(0)) model.sendText(line);
  }
}
