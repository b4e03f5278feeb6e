/** Twelve seconds in frames of 20 ms. */
const FRAMES = 600;

/** How loud both sides were lately, for drawing. */
export class LevelHistory {
  readonly caller = new Float32Array(FRAMES);
  readonly agent = new Float32Array(FRAMES);
  /** Frames so far; frame n is at index n % length. */
  count = 0;

  push(caller: number, agent: number): void {
    const at = this.count % FRAMES;
    this.caller[at] = caller;
    this.agent[at] = agent;
    this.count += 1;
  }

  clear(): void {
    this.caller.fill(0);
    this.agent.fill(0);
    this.count = 0;
  }
}
