import type { CallRecording } from '../ports.js';

/** A recording that several need paused, some at once: it goes on when the last of them is done. */
export class SharedPause implements CallRecording {
  readonly #recording: CallRecording;
  #holders = 0;
  #paused: Promise<void> = Promise.resolve();

  constructor(recording: CallRecording) {
    this.#recording = recording;
  }

  /** To be followed by `resume` where it resolves, and not where it rejects. */
  async pause(): Promise<void> {
    this.#holders += 1;
    if (this.#holders === 1) this.#paused = this.#recording.pause();
    try {
      await this.#paused;
    } catch (error) {
      this.#holders -= 1;
      throw error;
    }
  }

  resume(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#recording.resume();
  }
}
