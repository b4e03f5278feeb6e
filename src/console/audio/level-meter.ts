/** What a meter shows: speech lies between these. */
const FLOOR_DB = -50;
const FULL_DB = -4;

/** How loud one side is, as a meter shows it. */
export class LevelMeter {
  #sumOfSquares = 0;
  #samples = 0;

  /** @param sample full scale ±1 */
  push(sample: number): void {
    this.#sumOfSquares += sample * sample;
    this.#samples += 1;
  }

  /** The level since the last reading, from 0 (silence) to 1 (loud speech). */
  take(): number {
    const power = this.#samples === 0 ? 0 : this.#sumOfSquares / this.#samples;
    this.#sumOfSquares = 0;
    this.#samples = 0;
    const levelDb = 10 * Math.log10(Math.max(power, 1e-9));
    return Math.min(1, Math.max(0, (levelDb - FLOOR_DB) / (FULL_DB - FLOOR_DB)));
  }
}
