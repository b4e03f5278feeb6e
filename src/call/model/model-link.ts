import type { Clock } from '../../clock.js';
import { ModelError } from '../../errors.js';
import { CallerEar } from './caller-ear.js';
import type { Dialogue } from '../dialogue/dialogue.js';
import type { CallEventBody } from '../events.js';
import { HandoffPlanner } from './handoff.js';
import type { HealthSettings } from '../health.js';
import { STEADY_SESSION_MS } from '../machine.js';
import type { ModelLeg, ModelLegHandlers, OpenModelLeg, TurnUsage } from '../ports.js';
import { ReplyTally } from './reply-tally.js';
import { shield } from '../shield.js';
import type { UsageMeter } from '../usage-meter.js';
import { type Treatment, Watchdog } from './watchdog.js';
import { watchedLeg } from './watched-leg.js';

export interface ModelLinkOptions {
  clock: Clock;
  open: OpenModelLeg;
  dialogue: Dialogue;
  usage: UsageMeter;
  /** Of a session that the first connection takes up. */
  handle?: string | undefined;
  /** Something was said before the first connection, which a fresh session is told. */
  hasPast?: boolean;
  /** How patient the call is with its model; absent: endlessly. */
  health?: HealthSettings | undefined;
  emit: (event: CallEventBody) => void;
  onReady: () => void;
  onLost: (loss: ModelLoss) => void;
  /** This is the moment to change the connection: see `replace`. */
  onHandoffDue: () => void;
  /** The model does not do what it should: the connection is to be replaced, or the model given up. */
  onUnwell: (remedy: 'resume' | 'renew' | 'give-up', error: ModelError) => void;
  /** The connection that was to be replaced is gone: the next is to be opened. */
  onReplaced: () => void;
  onIrregular: (kind: string) => void;
  /** A connection is gone, whoever closed it; called after `onLost`. */
  onGone: () => void;
  /** A fault of ours. */
  onFault: (thrown: unknown) => void;
}

/** A connection that was lost, or did not come about. */
export interface ModelLoss {
  error: ModelError;
  /** How long it had stood; 0 when it never did. */
  livedMs: number;
  /** Whether another attempt may fare better. */
  retryable: boolean;
  /** The session's handle is of no use any more: another attempt opens a fresh one. */
  handleGivenUp: boolean;
}

/** A handle that could not be taken up this often is given up for a fresh session. */
const MAX_HANDLE_FAILURES = 2;
/** How long one attempt to replace a connection may take: half of what all have, so that there is time for another. */
const ATTEMPT_MS = 4_000;
/** RFC 6455 §7.4.1: what the service closes a session with whose content it refuses. */
const INVALID_PAYLOAD = 1007;

/**
 * The call's connection to the model: one at a time, each taking the session up where the last one left it, as far as
 * the service allows, or else telling a fresh one what was said.
 */
export class ModelLink {
  readonly #options: ModelLinkOptions;
  readonly #planner: HandoffPlanner;
  readonly #usage: UsageMeter;
  readonly #ear = new CallerEar(() => this.#watchdog?.callerWaits());
  readonly #reply = new ReplyTally();
  readonly #watchdog: Watchdog | undefined;
  #leg: ModelLeg | undefined;
  #readyMs: number | undefined;
  /** An earlier connection of the call had stood. */
  #resumed = false;
  /** The end is decided: silence is what was asked for. */
  #expectsNothing = false;
  /** The newest handle of the session; it knows what was said before it was issued. */
  #handle: string | undefined;
  /** The one that the present connection was opened with. */
  #openedWith: string | undefined;
  #rejected = false;
  #handleFailures = 0;
  /** The connection was closed to be replaced. */
  #replacing = false;

  constructor(options: ModelLinkOptions) {
    const { clock, dialogue, onHandoffDue } = options;
    this.#options = options;
    this.#usage = options.usage;
    this.#handle = options.handle;
    this.#planner = new HandoffPlanner({
      clock,
      isAudible: () => dialogue.audible,
      isCallerSpeaking: () => this.#ear.speaking,
      onDue: onHandoffDue,
    });
    this.#watchdog = options.health && this.#createWatchdog(options.health);
  }

  /** The newest handle, where it knows of all that was said. */
  get currentHandle(): string | undefined {
    return this.#planner.handleIsCurrent ? this.#handle : undefined;
  }

  /** The newest handle: what was said since it was issued is not known to who takes the session up. */
  get newestHandle(): string | undefined {
    return this.#handle;
  }

  /** @param attempt counts from 1; `resumed` when an earlier connection had stood */
  open(attempt: number, resumed: boolean): void {
    const { clock, dialogue, emit, onReady } = this.#options;
    const handle = this.#handle;
    this.#openedWith = handle;
    this.#resumed = resumed;
    emit({ type: 'model-opening', attempt, resumed, fresh: handle === undefined });
    this.#readyMs = undefined;
    const openedMs = clock.nowMs();
    const history = (resumed || this.#options.hasPast === true) && handle === undefined ? dialogue.history() : [];
    this.#leg = this.#options.open(
      {
        history,
        rejected: this.#rejected,
        ...(handle !== undefined && { handle }),
        ...(dialogue.context && { context: dialogue.context }),
        ...(resumed && { patienceMs: ATTEMPT_MS }),
      },
      this.#handlers(() => {
        this.#readyMs = clock.nowMs();
        this.#planner.connected();
        emit({ type: 'model-ready', setupMs: Math.round(this.#readyMs - openedMs), resumed });
        onReady();
      }),
    );
  }

  /** Lets the dialogue use the connection. */
  attach(): void {
    if (!this.#leg) return;
    const leg = watchedLeg(this.#leg, {
      onCallerAudio: (pcm16k) => this.#ear.hear(pcm16k),
      onActivity: (begun) => this.#ear.turn(begun),
      onText: () => this.#watchdog?.told(),
      onToolAnswers: (answers) => this.#watchdog?.toolsAnswered(answers),
    });
    this.#options.dialogue.attach(leg, { sameSession: this.#openedWith !== undefined });
    if (leg.resent.length > 0) this.#watchdog?.told();
    this.#watchdog?.attached();
  }

  /**
   * Closes the connection and opens another once it is gone: a session is not taken up while it is connected.
   * @param fresh the next session is another one, and is told what was said
   */
  replace(fresh: boolean): void {
    this.#replacing = true;
    this.#planner.disconnected();
    if (fresh) this.#handle = undefined;
    this.#watchdog?.detached();
    this.#options.dialogue.detach();
    this.#leg?.close();
  }

  /** Nothing more is expected of the model: the call is coming to its end. */
  expectNothing(): void {
    this.#expectsNothing = true;
    this.#watchdog?.stop();
  }

  /** The end was called off: the model is to answer again. */
  goOn(): void {
    this.#expectsNothing = false;
    this.#watchdog?.goOn();
  }

  close(): void {
    this.#replacing = false;
    this.#watchdog?.stop();
    this.#planner.disconnected();
    this.#leg?.close();
    this.#leg = undefined;
  }

  #createWatchdog(settings: HealthSettings): Watchdog {
    const { clock, dialogue, emit } = this.#options;
    return new Watchdog({
      clock,
      settings,
      emit,
      ear: this.#ear,
      reply: this.#reply,
      isAudible: () => dialogue.audible,
      canResume: () => this.#handle !== undefined,
      treat: (treatment) => this.#treat(treatment),
    });
  }

  #treat(treatment: Treatment): void {
    const { dialogue, onUnwell } = this.#options;
    if (treatment.remedy === 'nudge') this.#leg?.sendText(treatment.text);
    else if (treatment.remedy === 'end-turn') {
      dialogue.onTurnComplete(undefined);
      this.#planner.generationCompleted();
    } else onUnwell(treatment.remedy, unwell(treatment.symptom));
  }

  #handlers(onReady: () => void): ModelLegHandlers {
    const { dialogue, onIrregular } = this.#options;
    return {
      onReady: this.#shield(onReady),
      onAudio: (pcm24k) => {
        // As `#shield` does, without its closures: it runs for every frame.
        try {
          this.#planner.generating();
          this.#usage.made();
          this.#reply.audio(pcm24k);
          dialogue.onAudio(pcm24k);
          this.#watchdog?.onAudio();
        } catch (thrown) {
          this.#options.onFault(thrown);
        }
      },
      onInterrupted: this.#shield(() => {
        this.#reply.interrupted();
        dialogue.onInterrupted();
      }),
      onTranscript: this.#shield((...piece) => this.#onTranscript(...piece)),
      onReport: this.#shield((report) => {
        this.#options.emit(report);
        this.#watchdog?.onReport(report);
      }),
      onToolCalls: this.#shield((calls) => {
        this.#planner.generating();
        this.#usage.calledTools();
        this.#reply.calledTools();
        this.#watchdog?.onToolCalls(calls);
        dialogue.onToolCalls(calls);
      }),
      onToolCallsCancelled: this.#shield((ids) => {
        dialogue.onToolCallsCancelled(ids);
        this.#watchdog?.onToolCallsCancelled(ids);
      }),
      onGenerationComplete: this.#shield(() => {
        dialogue.onGenerationComplete();
        this.#watchdog?.onGenerationComplete();
        this.#planner.generationCompleted();
      }),
      onUtteranceComplete: this.#shield((reason) => this.#onUtteranceComplete(reason)),
      onWaiting: this.#shield(() => {
        this.#reply.waited();
        dialogue.onWaiting();
        this.#watchdog?.onWaiting();
      }),
      onTurnComplete: this.#shield((reason) => this.#onTurnComplete(reason)),
      onUsage: this.#shield((usage) => this.#onUsage(usage)),
      onResumable: this.#shield((handle) => this.#onResumable(handle)),
      onGoingAway: this.#shield((timeLeftMs) => {
        this.#options.emit({ type: 'model-going-away', timeLeftMs });
        this.#planner.goingAway(timeLeftMs);
      }),
      onIrregular,
      onClosed: this.#shield((error) => this.#onClosed(error)),
    };
  }

  #shield<Args extends unknown[]>(handler: (...args: Args) => void): (...args: Args) => void {
    return shield(handler, this.#options.onFault);
  }

  #onTranscript(...[speaker, text, details]: Parameters<ModelLegHandlers['onTranscript']>): void {
    if (speaker === 'agent') {
      this.#usage.made();
      this.#reply.words(text);
    }
    this.#options.dialogue.onTranscript(speaker, text, details);
    this.#watchdog?.onTranscript(speaker);
  }

  #onUtteranceComplete(reason: string | undefined): void {
    this.#usage.turnCompleted();
    this.#options.dialogue.onUtteranceComplete();
    if (this.#options.dialogue.isCutOff) this.#reply.interrupted();
    this.#tellEmpty(reason);
    this.#watchdog?.onUtteranceComplete();
    this.#reply.utteranceOver();
    this.#planner.generationCompleted();
  }

  #onTurnComplete(reason: string | undefined): void {
    this.#usage.turnCompleted();
    this.#options.dialogue.onTurnComplete(reason);
    if (this.#options.dialogue.isCutOff) this.#reply.interrupted();
    this.#tellEmpty(reason);
    this.#watchdog?.onTurnComplete(reason);
    this.#reply.over();
    this.#planner.generationCompleted();
  }

  /** What comes of a turn without a word is told nowhere else. */
  #tellEmpty(reason: string | undefined): void {
    if (this.#expectsNothing || !this.#reply.isEmpty || this.#reply.isLeftover) return;
    this.#options.emit({ type: 'turn-empty', ...(reason !== undefined && { reason }) });
  }

  #onUsage(reported: TurnUsage): void {
    const known = this.#usage.report(reported);
    if (known) this.#options.emit({ type: 'usage', ...known, total: this.#usage.total });
  }

  #onResumable(handle: string | undefined): void {
    this.#options.dialogue.onResumable(handle);
    if (handle === undefined) return;
    this.#handle = handle;
    this.#handleFailures = 0;
    this.#watchdog?.onResumable(handle);
    this.#planner.handleIssued();
  }

  #onClosed(error: ModelError | undefined): void {
    const replaced = this.#replacing;
    this.#usage.disconnected();
    this.#replacing = false;
    if (error && !replaced) this.#onLost(error);
    if (replaced) this.#options.onReplaced();
    this.#options.onGone();
  }

  #onLost(error: ModelError): void {
    const { clock, dialogue, onLost } = this.#options;
    const livedMs = this.#readyMs === undefined ? 0 : clock.nowMs() - this.#readyMs;
    this.#leg = undefined;
    this.#planner.disconnected();
    this.#watchdog?.detached();
    dialogue.detach();
    this.#rejected =
      this.#readyMs !== undefined && error.code === 'MODEL_REJECTED' && error.closeCode === INVALID_PAYLOAD;
    // A handle that was refused is not tried again: a fresh session may do where the handle did not.
    const hadHandle = this.#handle !== undefined;
    const refused = this.#readyMs === undefined && !error.retryable;
    if (this.#rejected || refused || this.#isHandleSpent(error, livedMs)) this.#handle = undefined;
    const handleGivenUp = hadHandle && this.#handle === undefined;
    // What was asked was taken before: a refusal that does not say for sure that it will not be again may pass.
    const mayPass = refused && (hadHandle || (this.#resumed && error.code === 'MODEL_REJECTED'));
    onLost({ error, livedMs, retryable: error.retryable || mayPass, handleGivenUp });
  }

  /**
   * Whether the session is given up: it was taken up and refused soon after, or its handle brought no connection in
   * time, or twice none that lasted until there was another handle.
   */
  #isHandleSpent(error: ModelError, livedMs: number): boolean {
    if (this.#handle === undefined || this.#openedWith === undefined) return false;
    if (this.#readyMs !== undefined && error.code === 'MODEL_REJECTED' && livedMs < STEADY_SESSION_MS) return true;
    if (this.#handle !== this.#openedWith) return false;
    this.#handleFailures += 1;
    const tooLate = this.#readyMs === undefined && error.code === 'MODEL_TIMEOUT';
    return tooLate || this.#handleFailures >= MAX_HANDLE_FAILURES;
  }
}

function unwell(symptom: string): ModelError {
  return new ModelError('MODEL_TIMEOUT', `the model no longer does what it should: ${symptom}`, {
    phase: 'conversation',
    retryable: true,
  });
}
