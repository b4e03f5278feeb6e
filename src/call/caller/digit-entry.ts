import type { Clock, Timer } from '../../clock.js';
import type { CollectDigitsOptions, CollectedDigits } from '../../tools/tool.js';
import type { CallEventBody } from '../events.js';
import type { LastWords } from '../agent/last-words.js';
import type { CallRecording } from '../ports.js';

/** The most there can be. */
const MAX_DIGITS = 32;
const FIRST_DIGIT_MS = 10_000;
const NEXT_DIGIT_MS = 4_000;
/** A recording that is not paused by then is one that goes on. */
const PAUSE_RECORDING_MS = 3_000;
/** How long after the last digit of an entry its terminator still belongs to it, and its tone may still be heard. */
const AFTER_MS = 1_000;
/** What is still typed into an entry that is over is kept private no longer than this. */
const MAX_AFTER_MS = 30_000;

export interface DigitEntryParts {
  clock: Clock;
  words: Pick<LastWords, 'heard'>;
  emit: (event: CallEventBody) => void;
  recording: CallRecording;
  onDone: (collected: CollectedDigits) => void;
  /** What was pressed of an entry that nobody waits for any more; never of a sensitive one. */
  onAbandoned: (digits: string) => void;
}

type Why = Exclude<Extract<CollectedDigits, { ok: false }>['why'], 'busy'>;

/**
 * One number that the caller is asked to enter. A sensitive one is private from its beginning until the caller has
 * ceased to press keys, also when nobody waits for it any more.
 */
export class DigitEntry {
  readonly #options: CollectDigitsOptions;
  readonly #parts: DigitEntryParts;
  readonly #max: number;
  readonly #terminator: string | null;
  readonly #nextDigitMs: number;
  readonly #cancel = () => this.#abandon();
  #digits = '';
  #state: 'open' | 'after' | 'over' = 'open';
  #timer: Timer | undefined;
  #afterUntilMs = 0;
  #recordingPaused: Promise<boolean> = Promise.resolve(false);
  #recordingTimer: Timer | undefined;

  /** Listens from now on. `onDone` is called once. */
  constructor(options: CollectDigitsOptions, parts: DigitEntryParts) {
    this.#options = options;
    this.#parts = parts;
    this.#max = Math.min(options.max ?? MAX_DIGITS, MAX_DIGITS);
    this.#terminator = options.terminator === undefined ? '#' : options.terminator;
    this.#nextDigitMs = options.nextDigitMs ?? NEXT_DIGIT_MS;
    parts.emit({ type: 'digits-collecting', sensitive: this.#sensitive });
    if (this.#sensitive) this.#pauseRecording();
    options.signal?.addEventListener('abort', this.#cancel, { once: true });
    if (options.signal?.aborted === true) this.#cancel();
    else void parts.words.heard().then(() => this.#awaitFirstDigit());
  }

  /** Somebody waits for it. */
  get open(): boolean {
    return this.#state === 'open';
  }

  /** Nothing that happens concerns it any more. */
  get over(): boolean {
    return this.#state === 'over';
  }

  /** Nobody but this may hear what is pressed. */
  get isPrivate(): boolean {
    return this.#sensitive && this.#state !== 'over';
  }

  /** @returns false for a key that does not belong here */
  press(digit: string): boolean {
    if (this.#state === 'after') return this.#pressAfter(digit);
    if (this.#state === 'over') return false;
    if (digit === this.#terminator) {
      this.#complete();
      return true;
    }
    this.#digits += digit;
    if (this.#digits.length >= this.#max) this.#complete();
    else this.#wait(this.#nextDigitMs, () => this.#complete());
    return true;
  }

  /** The call is over. */
  dispose(): void {
    this.#end({ why: 'cancelled' });
    this.#over();
  }

  get #sensitive(): boolean {
    return this.#options.sensitive ?? false;
  }

  #awaitFirstDigit(): void {
    if (this.#state !== 'open' || this.#digits !== '') return;
    this.#wait(this.#options.firstDigitMs ?? FIRST_DIGIT_MS, () => this.#end({ why: 'timeout' }));
  }

  #complete(): void {
    const { min = 1, pattern } = this.#options;
    if (this.#digits.length < min) this.#end({ why: 'too_short' });
    else if (pattern && !matchesWhole(pattern, this.#digits)) this.#end({ why: 'no_match' });
    else this.#end({ digits: this.#digits });
  }

  #abandon(): void {
    const digits = this.#digits;
    this.#end({ why: 'cancelled' });
    if (this.#sensitive || digits === '') return;
    this.#over();
    this.#parts.onAbandoned(digits);
  }

  #end(result: { digits: string } | { why: Why }): void {
    if (this.#state !== 'open') return;
    this.#state = 'after';
    const { clock, emit, onDone } = this.#parts;
    this.#options.signal?.removeEventListener('abort', this.#cancel);
    const { length: count } = this.#digits;
    const outcome = 'why' in result ? result.why : 'ok';
    const pii = this.#sensitive ? {} : { digits: this.#digits };
    this.#digits = '';
    this.#afterUntilMs = clock.nowMs() + MAX_AFTER_MS;
    // Who was not done, or not understood, may go on typing.
    this.#waitForTheRest(outcome === 'ok' ? AFTER_MS : this.#nextDigitMs);
    emit({ type: 'digits-collected', outcome, count, sensitive: this.#sensitive, pii });
    onDone('why' in result ? { ok: false, why: result.why, count } : { ok: true, digits: result.digits });
  }

  #pressAfter(digit: string): boolean {
    if (!this.#sensitive) return digit === this.#terminator;
    this.#waitForTheRest(this.#nextDigitMs);
    return true;
  }

  #waitForTheRest(ms: number): void {
    this.#wait(Math.min(ms, this.#afterUntilMs - this.#parts.clock.nowMs()), () => this.#over());
  }

  #over(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#timer?.cancel();
    this.#recordingTimer?.cancel();
    void this.#recordingPaused.then((paused) => {
      if (paused) this.#parts.recording.resume();
    });
  }

  /** What a recording would hear of a number must not be entered. */
  #pauseRecording(): void {
    const { clock, recording } = this.#parts;
    const recorded = () => this.#end({ why: 'recorded' });
    this.#recordingTimer = clock.after(PAUSE_RECORDING_MS, recorded);
    this.#recordingPaused = recording.pause().then(
      () => true,
      () => false,
    );
    void this.#recordingPaused.then((paused) => {
      this.#recordingTimer?.cancel();
      if (!paused) recorded();
    });
  }

  #wait(ms: number, onTime: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(Math.max(0, ms), onTime);
  }
}

function matchesWhole({ source, flags }: RegExp, digits: string): boolean {
  return new RegExp(`^(?:${source})$`, flags.replace(/[gy]/g, '')).test(digits);
}
