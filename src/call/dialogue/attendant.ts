import { awaySound } from '../../audio/soft-notes.js';
import { SpeechDetector } from '../../audio/speech-detector.js';
import type { Clock } from '../../clock.js';
import { Asides, type Readiness } from './asides.js';
import type { CallEventBody, PromptCause } from '../events.js';
import { NoInput, type NoInputLimits } from './no-input.js';
import type { Playout } from '../agent/playout.js';
import { RunningTools, type WhileRunning } from '../tools/running-tools.js';
import { SilenceFiller } from '../agent/silence-filler.js';

/** What a caller hears who would hear nothing while the connection to the agent is renewed; less is not worth a word. */
const AWAY = { afterMs: 2_000, sound: awaySound() };

/**
 * While the caller speaks, that is told every 100 ms: those who count silence need no finer steps. µ-law at 8 kHz:
 * eight bytes a millisecond.
 */
const SPEECH_TOLD_BYTES = 100 * 8;

const ARE_YOU_THERE =
  '(Nobody has said anything for a while. Ask the caller in a few words whether they are still there.)';
const NOBODY_THERE = '(The caller does not answer. Say goodbye in one short sentence; the call ends after it.)';

/** What an agent's configuration says of silence. */
export interface AttendantPlan {
  /** What the caller hears while the agent is away, µ-law at 8 kHz, played over and over; absent: two soft notes. */
  awaySound?: Uint8Array;
  /** Absent: silence ends nothing. */
  noInput?: NoInputLimits;
  /** What happens while a tool of this name runs. */
  whileRunning: (tool: string) => WhileRunning;
}

export interface AttendantOptions {
  clock: Clock;
  plan: AttendantPlan;
  playout: Playout;
  emit: (event: CallEventBody) => void;
  /** Whether a session listens, and whether it is at rest. */
  model: () => Readiness;
  /** A line for the model, which owes an answer then. */
  tell: (text: string) => void;
  /** The caller speaks, or presses a key. */
  onCallerActive: () => void;
  /** The caller does something else than talk. */
  isCallerBusy: () => boolean;
  /** Nobody was there: the call is to end after a goodbye. */
  onNoInput: () => void;
}

/** Looks after a call in which nobody speaks: fills silence, gives the model the bridge's own lines, and gives up. */
export class Attendant {
  readonly #options: AttendantOptions;
  readonly #filler: SilenceFiller;
  readonly #asides: Asides;
  readonly #tools: RunningTools;
  /** What the caller says, by its energy. */
  readonly callerSpeech = new SpeechDetector({ sampleRateHz: 8_000 });
  #plan: AttendantPlan;
  #noInput: NoInput | undefined;
  #ending = false;
  /** What the caller has said since that was told last. Full while they are silent: the beginning is told at once. */
  #untoldBytes = SPEECH_TOLD_BYTES;

  constructor(options: AttendantOptions) {
    const { clock, plan, playout, model } = options;
    this.#options = options;
    this.#plan = plan;
    this.#filler = new SilenceFiller(clock, playout);
    this.#tools = new RunningTools({
      clock,
      filler: this.#filler,
      of: (tool) => this.#plan.whileRunning(tool),
      say: (text) => this.prompt('slow-tool', text),
    });
    this.#asides = new Asides(clock, () => {
      const { listens, rests } = model();
      return { listens: listens && !this.#tools.blocking, rests: rests && !this.callerSpeech.speaking };
    });
  }

  /** Another agent has the call: what its configuration says holds from here on. */
  use(plan: AttendantPlan): void {
    this.#plan = plan;
    this.#noInput?.dispose();
    this.#noInput = undefined;
  }

  /** A session listens. */
  attach(): void {
    this.#filler.stop('away');
    const { noInput } = this.#plan;
    if (!noInput || this.#ending) return;
    this.#noInput ??= new NoInput(this.#options.clock, noInput, {
      isBusy: () => this.#isBusy(),
      onPrompt: () => this.prompt('no-input', ARE_YOU_THERE),
      onGiveUp: () => {
        this.#give('giving-up', NOBODY_THERE);
        this.#options.onNoInput();
      },
    });
  }

  /** The session is gone. */
  detach(): void {
    const { awaySound: sound = AWAY.sound } = this.#plan;
    if (!this.#ending) this.#filler.start('away', { ...AWAY, sound });
  }

  /** A line of the bridge's own for the model, when it does no harm. */
  prompt(cause: PromptCause, text: string): void {
    this.#asides.add(() => this.#give(cause, text));
  }

  /** A line for the model from a tool, when it does no harm. */
  say(text: string): void {
    this.#asides.add(() => {
      this.#options.emit({ type: 'said', pii: { text } });
      this.#options.tell(text);
    });
  }

  /** Runs `give`, which gives the model a line, when that does no harm; at most once. */
  whenHarmless(give: () => void): void {
    this.#asides.add(give);
  }

  /** Takes note of what happens on the call. */
  observe(event: CallEventBody): void {
    if (!this.#ending) this.#tools.observe(event);
  }

  callerAudio(mulaw: Uint8Array): void {
    this.callerSpeech.pushMulaw(mulaw);
    if (!this.callerSpeech.speaking) {
      this.#untoldBytes = SPEECH_TOLD_BYTES;
      return;
    }
    this.#untoldBytes += mulaw.length;
    if (this.#untoldBytes < SPEECH_TOLD_BYTES) return;
    this.#untoldBytes = 0;
    this.callerActive();
  }

  /** The caller speaks, or presses a key. */
  callerActive(): void {
    this.#options.onCallerActive();
    this.#noInput?.callerActive();
    this.#filler.somebodyHeard();
  }

  /** The agent begins to speak, or writes. */
  agentBegan(): void {
    this.#tools.agentBegan();
  }

  /** The model's turn is over. */
  turnCompleted(): void {
    this.#tools.turnCompleted();
  }

  /** The agent speaks, or was heard to the end. */
  agentHeard(): void {
    this.#filler.somebodyHeard();
  }

  /** The end of the call is decided: only the last words are heard. */
  ending(): void {
    this.#ending = true;
    this.#noInput?.dispose();
    this.#asides.dispose();
    this.#tools.dispose();
    this.#filler.dispose();
  }

  /** The end was called off, and a session listens. */
  goOn(): void {
    this.#ending = false;
    this.#noInput = undefined;
    this.attach();
  }

  #isBusy(): boolean {
    const { listens, rests } = this.#options.model();
    return !listens || !rests || this.#tools.any || this.#options.isCallerBusy();
  }

  #give(cause: PromptCause, text: string): void {
    this.#options.emit({ type: 'prompted', cause });
    this.#options.tell(text);
  }
}
