import { DIALLED, dtmfTones } from '../../audio/dtmf.js';
import { encodeMulaw } from '../../audio/mulaw.js';
import type { Clock } from '../../clock.js';
import { ToolError } from '../../errors.js';
import type { CallActions, CollectDigitsOptions, CollectedDigits } from '../../tools/tool.js';
import { DigitCollector } from './digit-collector.js';
import { DigitEntry } from './digit-entry.js';
import type { CallEventBody } from '../events.js';
import type { LastWords } from '../agent/last-words.js';
import type { Playout } from '../agent/playout.js';
import type { CallRecording } from '../ports.js';
import { SharedPause } from './shared-pause.js';

/** More than any menu asks for at once. */
const MAX_DIALLED = 32;
/** Pauses are part of it. */
const MAX_DIALLED_MS = 30_000;
/** Further ones are a model gone astray. */
const MAX_WAITING = 4;

/** µ-law at 8 kHz. */
const SAMPLES_PER_MS = 8;

export interface KeypadOptions {
  clock: Clock;
  playout: Pick<Playout, 'playUncut'>;
  words: Pick<LastWords, 'heard'>;
  emit: (event: CallEventBody) => void;
  /** What the caller pressed while nobody collected it: one entry, its `#` included. */
  onEntry: (digits: string) => void;
  recording: CallRecording;
}

/** The keys of a call's telephones: what the caller presses, and what the agent does. */
export class Keypad {
  /** What was collected under a name, for the templates of the call's tools. */
  readonly collected: Record<string, string> = {};
  /** Numbers that were entered in private. */
  readonly secrets = new Set<string>();
  readonly #options: KeypadOptions;
  readonly #collector: DigitCollector;
  readonly #recording: CallRecording;
  readonly #disposed = new AbortController();
  /** Those that are not over yet. The last one has the keys; one before it may still be private. */
  #entries: readonly DigitEntry[] = [];
  #sending: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(options: KeypadOptions) {
    this.#options = options;
    this.#collector = new DigitCollector(options.clock, options.onEntry);
    this.#recording = new SharedPause(options.recording);
  }

  /** The caller must not be heard by the model: keys make sounds. */
  get isPrivate(): boolean {
    return this.#entries.some(({ isPrivate }) => isPrivate);
  }

  /** A tool waits for the caller's keys. */
  get collecting(): boolean {
    return this.#entries.some(({ open }) => open);
  }

  press(digit: string): void {
    const isTaken = this.#entries.toReversed().some((entry) => entry.press(digit));
    if (!isTaken) this.#collector.press(digit);
  }

  /** @see CallActions.collectDigits */
  collect(options: CollectDigitsOptions): Promise<CollectedDigits> {
    if (this.#disposed.signal.aborted) return Promise.resolve({ ok: false, why: 'cancelled', count: 0 });
    if (this.collecting) return Promise.resolve({ ok: false, why: 'busy', count: 0 });
    return new Promise((resolve) => {
      const entry = new DigitEntry(options, {
        ...this.#options,
        recording: this.#recording,
        onDone: (result) => {
          if (result.ok && options.sensitive === true) this.secrets.add(result.digits);
          if (result.ok && options.as !== undefined) this.collected[options.as] = result.digits;
          resolve(result);
        },
        // They go the way of keys that nobody asked for.
        onAbandoned: (digits) => this.#typed(digits),
      });
      this.#entries = [...this.#entries.filter(({ over }) => !over), entry];
      // Who knows the question types ahead of its end.
      this.#typed(this.#collector.take());
    });
  }

  /** @see CallActions.sendDigits */
  async send(...[digits, { signal } = {}]: Parameters<CallActions['sendDigits']>): Promise<void> {
    const tones = tonesOf(digits);
    if (this.#waiting >= MAX_WAITING) throw new ToolError('TOOL_FAILED', 'other keys are still being pressed');
    this.#waiting += 1;
    const sent = this.#sending.then(() => this.#play(digits, tones, signal));
    this.#sending = sent.catch(() => undefined).then(() => void (this.#waiting -= 1));
    await sent;
  }

  dispose(): void {
    this.#disposed.abort();
    this.#collector.dispose();
    for (const entry of this.#entries) entry.dispose();
  }

  #typed(digits: string): void {
    for (const digit of digits) this.press(digit);
  }

  async #play(digits: string, tones: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const { words, playout, emit } = this.#options;
    await words.heard();
    if (signal?.aborted === true) throw new ToolError('TOOL_FAILED', 'it was called off', { untouched: true });
    if (!this.#disposed.signal.aborted) {
      emit({ type: 'digits-sent', count: digits.replace(/[w,]/g, '').length, pii: { digits } });
      await playout.playUncut(tones);
    }
    if (this.#disposed.signal.aborted) throw new ToolError('TOOL_FAILED', 'the call ended');
  }
}

function tonesOf(digits: string): Uint8Array {
  const isDialled = digits.length <= MAX_DIALLED && DIALLED.test(digits);
  const tones = isDialled ? encodeMulaw(dtmfTones(digits)) : new Uint8Array();
  if (isDialled && tones.length <= MAX_DIALLED_MS * SAMPLES_PER_MS) return tones;
  const most = `at most ${MAX_DIALLED} keys and ${MAX_DIALLED_MS / 1_000} s`;
  throw new ToolError('TOOL_ARGUMENTS', `keys are 0-9 * # A-D, pauses w (0.5 s) and , (2 s); ${most}`);
}
