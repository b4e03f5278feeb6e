import type { Clock, Timer } from '../../clock.js';
import type { ToolAnswer } from '../../tools/tool.js';
import type { CallerEar } from './caller-ear.js';
import type { CallEventBody } from '../events.js';
import { type HealthSettings, NUDGES, type Remedy, type Symptom } from '../health.js';
import type { ModelLegHandlers, ModelReport } from '../ports.js';
import type { ReplyTally } from './reply-tally.js';

/** How often silence is looked at, while there is something to wait for. */
const CHECK_EVERY_MS = 250;
/** In this order; what cannot be done is left out. */
const STEPS = ['nudge', 'resume', 'renew', 'give-up'] as const satisfies readonly Remedy[];
/** A sentence that is cut off again and again is not continued for ever. */
const MAX_CONTINUED = 2;
/** `turnCompleteReason`: the answer that the model made is held back. */
const REJECTED = 'RESPONSE_REJECTED';
/** `turnCompleteReason`: the model has understood that the caller is not done. */
const WANTS_MORE = 'NEED_MORE_INPUT';

/** What is cured by an answer of any kind. */
const MISSING: ReadonlySet<Symptom> = new Set<Symptom>(['no-answer', 'tool-deadlock', 'stalled']);

/** What is to be done about the model. */
export type Treatment =
  | { remedy: 'nudge'; text: string }
  | { remedy: 'resume' | 'renew' | 'give-up'; symptom: Symptom }
  | { remedy: 'end-turn' };

export interface WatchdogOptions {
  clock: Clock;
  settings: HealthSettings;
  ear: CallerEar;
  /** The present reply; kept by whoever calls the watchdog, which is told of everything after it. */
  reply: ReplyTally;
  /** The caller hears the agent. */
  isAudible: () => boolean;
  /** There is a handle to take the session up with. */
  canResume: () => boolean;
  emit: (event: CallEventBody) => void;
  treat: (treatment: Treatment) => void;
}

type Watched =
  | 'onAudio'
  | 'onTranscript'
  | 'onReport'
  | 'onToolCalls'
  | 'onToolCallsCancelled'
  | 'onGenerationComplete'
  | 'onUtteranceComplete'
  | 'onTurnComplete'
  | 'onWaiting'
  | 'onResumable';

/**
 * Watches whether the model does what it should, by what it says on the wire: any answer counts as one, a bare end of
 * a turn and a deliberate silence too. What is wrong is told as an event and treated in steps, from a line of text to
 * the end of the call; a reply that can be heard to its end makes the next trouble the first again.
 */
export class Watchdog implements Pick<ModelLegHandlers, Watched> {
  readonly #options: WatchdogOptions;
  /** The next of `STEPS`. */
  #step = 0;
  /** What was treated last, and has not been cured yet. */
  #treated: Exclude<Symptom, 'turn-open'> | undefined;
  /** Something of the model is waited for. */
  #awaited: { symptom: Exclude<Symptom, 'turn-open'>; sinceMs: number; spoken: boolean } | undefined;
  #lastOutputMs = 0;
  /** Since when the caller has heard nothing of the agent. */
  #quietSinceMs: number | undefined;
  #openTools = new Set<string>();
  /** Calls that were answered, and may be said again. */
  #answeredTools = new Set<string>();
  #streaks = { empty: 0, rejected: 0, silent: 0, continued: 0 };
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** The connection was replaced, and has been told what it had to be told. */
  attached(): void {
    if (this.#treated && !this.#awaited) this.#nudge(this.#treated);
  }

  /** The connection is gone, and what was waited for with it. */
  detached(): void {
    this.#awaited = undefined;
    this.#options.reply.over();
    this.#openTools.clear();
    this.#answeredTools.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Nothing is expected of the model any more. */
  stop(): void {
    this.#stopped = true;
    this.detached();
  }

  /** After `stop`: the model is to answer again. */
  goOn(): void {
    this.#stopped = false;
    this.#arm();
  }

  // What the model is given.

  /** The caller has said something, as far as the bridge can hear. */
  callerWaits(): void {
    if (!this.#options.reply.open && !this.#awaited) this.#expect('no-answer', true);
  }

  /** The model was given a line of text. */
  told(): void {
    this.#expect('no-answer');
  }

  toolsAnswered(answers: readonly ToolAnswer[]): void {
    for (const { id } of answers) {
      this.#openTools.delete(id);
      this.#answeredTools.add(id);
    }
    const isSpokenOf = answers.some(({ whenDone }) => whenDone !== 'silent');
    if (this.#openTools.size === 0 && isSpokenOf) this.#expect('tool-deadlock');
  }

  // What the model says.

  onAudio(): void {
    this.#progress();
  }

  onTranscript(speaker: 'caller' | 'agent'): void {
    if (speaker === 'agent') this.#progress();
    else if (!this.#options.reply.open) this.#expect('no-answer', true);
  }

  /** A search or a program takes its time, and shows by itself that the model is at work. */
  onReport({ type }: ModelReport): void {
    if (type !== 'activity-reported') this.#progress();
  }

  onToolCalls(calls: Parameters<ModelLegHandlers['onToolCalls']>[0]): void {
    for (const { id } of calls) if (!this.#answeredTools.has(id)) this.#openTools.add(id);
    this.#progress();
  }

  onToolCallsCancelled(ids: readonly string[]): void {
    for (const id of ids) this.#openTools.delete(id);
  }

  onGenerationComplete(): void {
    this.#progress();
    this.#judgeSound();
  }

  onUtteranceComplete(): void {
    this.#progress();
    this.#judgeSound();
  }

  onTurnComplete(reason: string | undefined): void {
    const { reply } = this.#options;
    if (reply.isLeftover) return;
    const callerWaited = this.#awaited !== undefined;
    this.#progress();
    if (this.#judgeSound() === 'silent') return;
    if (reason === REJECTED && !reply.open) this.#count('rejected', 'rejected-turns');
    else if (reply.isEmpty && callerWaited && reason !== WANTS_MORE) this.#countEmpty();
    else if (reply.isCutShort) this.#continue();
    else if (reply.open) this.#streaks.continued = 0;
  }

  onWaiting(): void {
    this.#awaited = undefined;
    this.#options.ear.answered();
    this.#answered();
  }

  onResumable(handle: string | undefined): void {
    // A session at rest has taken in what was spoken; a model that may be silent has chosen to be.
    const isAtRest = handle !== undefined && !this.#options.reply.open && this.#awaited?.spoken === true;
    if (this.#options.settings.proactive && isAtRest) this.onWaiting();
  }

  /** Something came: whatever was waited for has begun. */
  #progress(): void {
    this.#awaited = undefined;
    this.#quietSinceMs = undefined;
    this.#lastOutputMs = this.#options.clock.nowMs();
    this.#options.ear.answered();
    this.#arm();
  }

  /** @param spoken it is for an answer to the caller's voice, rather than to a line or to a tool */
  #expect(symptom: Exclude<Symptom, 'turn-open'>, spoken = false): void {
    this.#awaited = { symptom, sinceMs: this.#options.clock.nowMs(), spoken };
    this.#arm();
  }

  #arm(): void {
    if (!this.#stopped) this.#timer ??= this.#options.clock.after(CHECK_EVERY_MS, () => this.#check());
  }

  #check(): void {
    this.#timer = undefined;
    const { reply, isAudible, clock, ear } = this.#options;
    if (isAudible()) this.#quietSinceMs = undefined;
    else {
      this.#quietSinceMs ??= clock.nowMs();
      // While a tool runs the model waits for us; and nobody is answered who has not finished.
      if (this.#openTools.size === 0 && ear.isQuiet) this.#judgeSilence(this.#quietSinceMs);
    }
    if (this.#awaited || reply.open) this.#arm();
  }

  #judgeSilence(quietSinceMs: number): void {
    const { reply, settings, clock } = this.#options;
    const silenceSince = (sinceMs: number): number => clock.nowMs() - Math.max(sinceMs, quietSinceMs);
    if (this.#awaited) {
      const silentMs = silenceSince(this.#awaited.sinceMs);
      if (silentMs >= settings.noAnswerMs / (this.#step === 0 ? 1 : 2)) this.#treat(this.#awaited.symptom, silentMs);
    } else if (reply.open) {
      const silentMs = silenceSince(this.#lastOutputMs);
      if (!reply.generated && silentMs >= settings.stallMs) this.#treat('stalled', silentMs);
      else if (reply.generated && silentMs >= settings.turnEndMs) this.#endTurn(silentMs);
    }
  }

  #judgeSound(): 'audible' | 'silent' | undefined {
    const sound = this.#options.reply.generationCompleted();
    if (sound === 'silent') this.#count('silent', 'silent-audio');
    if (sound === 'audible') this.#cured();
    return sound;
  }

  /** An answer, if only a silent one: not for ever. */
  #countEmpty(): void {
    this.#answered();
    this.#count('empty', 'empty-turns');
  }

  #count(streak: 'empty' | 'rejected' | 'silent', symptom: Exclude<Symptom, 'turn-open'>): void {
    const { emptyTurns: empty, rejectedTurns: rejected, silentReplies: silent } = this.#options.settings;
    this.#streaks[streak] += 1;
    if (this.#streaks[streak] >= { empty, rejected, silent }[streak]) this.#treat(symptom, 0);
  }

  /** What was missing has come: an answer, be it a silence. */
  #answered(): void {
    if (this.#treated === undefined || !MISSING.has(this.#treated)) return;
    this.#step = 0;
    this.#treated = undefined;
  }

  #cured(): void {
    this.#step = 0;
    this.#treated = undefined;
    this.#streaks = { ...this.#streaks, empty: 0, rejected: 0, silent: 0 };
  }

  #continue(): void {
    const { settings, emit } = this.#options;
    if (!settings.continuesCutSentences || !settings.takesText || this.#streaks.continued >= MAX_CONTINUED) return;
    this.#streaks.continued += 1;
    emit({ type: 'model-unwell', symptom: 'cut-sentence', remedy: 'nudge', silentMs: 0 });
    this.#nudge('cut-sentence');
  }

  #endTurn(silentMs: number): void {
    const { emit, reply, treat } = this.#options;
    emit({ type: 'model-unwell', symptom: 'turn-open', remedy: 'end-turn', silentMs: Math.round(silentMs) });
    reply.interrupted();
    treat({ remedy: 'end-turn' });
  }

  #treat(symptom: Exclude<Symptom, 'turn-open'>, silentMs: number): void {
    const { emit, reply, treat } = this.#options;
    const remedy = this.#nextRemedy();
    this.#treated = symptom;
    this.#awaited = undefined;
    // What still comes of the reply is not what is waited for.
    if (reply.open) reply.interrupted();
    emit({ type: 'model-unwell', symptom, remedy, silentMs: Math.round(silentMs) });
    if (remedy === 'nudge') this.#nudge(symptom);
    else treat({ remedy, symptom });
  }

  #nextRemedy(): (typeof STEPS)[number] {
    const { settings, canResume } = this.#options;
    for (const remedy of STEPS.slice(this.#step)) {
      this.#step = STEPS.indexOf(remedy) + 1;
      const possible = { nudge: settings.takesText, resume: canResume(), renew: true, 'give-up': true };
      if (possible[remedy]) return remedy;
    }
    return 'give-up';
  }

  #nudge(symptom: Exclude<Symptom, 'turn-open'>): void {
    this.#options.treat({ remedy: 'nudge', text: NUDGES[symptom] });
    this.#expect(symptom);
  }
}
