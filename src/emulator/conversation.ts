import type { Clock } from '../clock.js';
import { LivelineError } from '../errors.js';
import type { LiveActivity } from './activity.js';
import { CallerTranscript } from './caller-transcript.js';
import type { ContextWindow } from './context-window.js';
import type { Dialect } from './dialect.js';
import type { Fault, FaultMoment } from './fault-schema.js';
import { flawsOf, type Flaws } from './faults.js';
import { Generation, type ServerContent } from './generation.js';
import { UNSCRIPTED_SPEECH, type Heard, type ScriptPlayer } from './script-player.js';
import type { Line, ScriptVariables, WireSettings } from './script-schema.js';
import { callEcho, codeContents, groundingContent } from './service-work.js';
import type { SessionSettings } from './session-settings.js';
import type { SpeechSource } from './speech/speech-source.js';
import {
  followUp,
  isAnswered,
  meanwhile,
  ToolExchanges,
  type Exchange,
  type FunctionResponse,
} from './tool-exchange.js';

/** Turns that wait for the running one. */
const MAX_WAITING = 16;

export interface ConversationOptions {
  clock: Clock;
  speech: SpeechSource;
  dialect: Dialect;
  wire: WireSettings;
  settings: SessionSettings;
  player: ScriptPlayer;
  context: ContextWindow;
  send: (message: Record<string, unknown>) => void;
  /** @returns the faults that strike */
  onMoment: (moment: Exclude<FaultMoment, 'audio'>) => readonly Fault[];
  onAudioSent: (fromMs: number, toMs: number) => readonly Fault[];
  report: (activity: LiveActivity) => void;
  /** A reply begins. */
  onBusy: () => void;
  /** A turn ended, by itself or by an interruption. */
  onTurnEnded: () => void;
  /** Nothing is being said, nothing waits and no call is open. */
  onRest: () => void;
  /** A line could not be spoken or a function not called. */
  onFailed: () => void;
}

/** A line that is being spoken. */
interface Speaking {
  line: Line;
  variables: ScriptVariables;
  /** What is left to say of it; each text is a turn of its own. */
  texts: readonly string[];
  /** How long the model thinks first. */
  waitMs?: number;
}

/** Who speaks when: answers turns by the script, is interrupted, calls functions and goes on with their answers. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #exchanges = new ToolExchanges();
  readonly #callerTranscript: CallerTranscript;
  /** The reply that runs, until its `turnComplete`. */
  #generation: Generation | undefined;
  #callerSpeaks = false;
  /** The caller has finished, and the model has not noticed. */
  #unnoticed = false;
  /** A turn of noise has put it out of step: what is said is not answered any more. */
  #deaf = false;
  /** What is said once nobody speaks. */
  #waiting: (() => void)[] = [];
  #callCount = 0;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#callerTranscript = new CallerTranscript(options.wire, options.settings, (inputTranscription) =>
      options.send({ serverContent: { inputTranscription } }),
    );
  }

  /** The model waits for the answer to a call. */
  get isBlocked(): boolean {
    return this.#exchanges.blocks;
  }

  /** The caller begins to speak; it interrupts unless the setup said otherwise. */
  speechStarted(): void {
    this.#callerSpeaks = true;
    this.#unnoticed = false;
    this.#options.onMoment('speech');
    if (this.#options.settings.interrupts) this.interrupt();
  }

  /** @param turn.isNoise the client says that somebody spoke, and nobody did */
  speechEnded({ isNoise }: { isNoise: boolean }): void {
    const { settings, wire, onMoment } = this.#options;
    this.#callerSpeaks = false;
    const isDeaf = this.#deaf;
    this.#deaf ||= isNoise && wire.noise_turns === 'stall';
    if (isDeaf) return;
    const { reply } = flawsOf(onMoment('speech_end'));
    this.#unnoticed = reply === 'unnoticed' && settings.automaticActivity;
    if (!this.#unnoticed) this.hear({ kind: 'speech' });
  }

  /** Nobody speaks, beyond doubt: a turn that was not noticed is now. */
  silent(): void {
    if (!this.#unnoticed) return;
    this.#unnoticed = false;
    this.hear({ kind: 'speech' });
  }

  /** A turn of the caller is complete and gets its answer, now or when the running reply is over. */
  hear(heard: Heard): void {
    if (this.#generation && !this.#options.settings.interrupts) {
      this.#whenIdle(() => this.#answer(heard));
      return;
    }
    this.interrupt();
    this.#answer(heard);
  }

  /** Ends the running reply as if the caller had cut in, and calls off the functions it waits for. */
  interrupt(): void {
    const { wire, send, onMoment, report } = this.#options;
    const generation = this.#generation;
    this.#generation = undefined;
    generation?.stop();
    const cancelledIds = this.#exchanges.cancel('blocking');
    const turnCompleteFirst = wire.interrupted === 'after_turn_complete';
    if (generation && turnCompleteFirst) this.#endTurn(generation);
    if (generation) send({ serverContent: { interrupted: true } });
    this.#tellCancelled(cancelledIds);
    if (generation) {
      report({ type: 'interrupted', spokenMs: generation.spoken.audioMs });
      onMoment('interrupted');
      if (wire.late_audio) generation.sendLateAudio();
      if (!turnCompleteFirst) this.#endTurn(generation);
    } else if (cancelledIds.length > 0) this.settle();
  }

  /**
   * @param waitMs how long the model thinks about it
   * @returns false when it answers a call that was never made
   */
  answerTool(answer: FunctionResponse, waitMs = 0): boolean {
    const exchange = this.#exchanges.answer(answer);
    if (exchange === 'unknown') return false;
    const { name = '', response = {}, willContinue = false } = answer;
    const dropped = exchange === 'cancelled';
    this.#options.report({
      type: 'tool-answered',
      name,
      response,
      dropped,
      ...(willContinue ? { willContinue } : {}),
    });
    if (dropped) return true;
    if (willContinue) {
      if (!exchange.blocking) this.#speakOf(meanwhile(exchange, response), answer.scheduling);
    } else if (isAnswered(exchange)) this.#resume(exchange, answer, waitMs);
    return true;
  }

  /**
   * Calls off every open function call, whoever waits for it; a reply that waits ends here.
   * @param repeats whether they are made again, under other ids
   */
  cancelCalls(repeats: boolean): void {
    const isWaited = this.#exchanges.blocks && !this.#options.dialect.callEndsTurn;
    const open = this.#exchanges.open;
    const ids = this.#exchanges.cancel('all');
    this.#tellCancelled(ids);
    if (repeats) for (const { line, variables } of open) this.#call(line, variables);
    else if (isWaited) this.#generation?.complete();
    else if (ids.length > 0) this.settle();
  }

  /** Says that nothing is going on, if so. */
  settle(): void {
    if (!this.#generation && this.#waiting.length === 0 && !this.#exchanges.anyOpen) this.#options.onRest();
  }

  /** Stops everything; nothing is sent any more. */
  stop(): void {
    this.#generation?.stop();
    this.#generation = undefined;
    this.#waiting = [];
  }

  #answer(heard: Heard): void {
    const { player, settings, context, report } = this.#options;
    const answer = player.answer(heard, new Set(settings.tools.functions.keys()));
    if (heard.kind === 'speech') {
      const transcript = answer?.heard ?? UNSCRIPTED_SPEECH;
      if (settings.transcribeCaller) this.#callerTranscript.write(transcript);
      context.addTranscript('user', transcript);
      report({ type: 'speech-heard', transcript });
    } else report({ type: 'text-heard', text: heard.text });
    const { say, call } = answer?.line ?? {};
    if (answer && (say ?? call)) this.#begin(answer.line, { ...answer.variables, history: context.history });
    else this.#stayQuiet();
  }

  #stayQuiet(): void {
    this.#callerTranscript.flush();
    this.#runWaiting();
    this.settle();
  }

  #begin(line: Line, variables: ScriptVariables, waitMs = 0): void {
    try {
      const text = line.say?.render(variables) ?? '';
      const texts = this.#options.dialect.turnPerLine ? text.split('\n') : [text];
      this.#speak({ line, variables, texts: texts.filter((part) => part.trim() !== ''), waitMs });
    } catch (error) {
      this.#fail(error);
    }
  }

  #speak(speaking: Speaking): void {
    const { onMoment, onBusy } = this.#options;
    const flaws = flawsOf(onMoment('turn'));
    if (flaws.reply === 'ignored') {
      // Not even a handle: who hangs does not say that it is at rest.
      this.#callerTranscript.flush();
      this.#runWaiting();
      return;
    }
    onBusy();
    const rest = speaking.texts.slice(1);
    const generation = this.#generate(flaws, () => {
      this.#generation = undefined;
      if (rest.length > 0 && flaws.reply !== 'empty')
        this.#waiting.unshift(() => this.#speak({ ...speaking, texts: rest, waitMs: 0 }));
      this.#endTurn(generation, flaws.reason);
      this.#runWaiting();
    });
    this.#generation = generation;
    if (flaws.reply === 'empty') generation.end();
    else void this.#perform(generation, { ...speaking, waitMs: (speaking.waitMs ?? 0) + flaws.waitMs });
  }

  #generate(flaws: Flaws, onPlayed: () => void): Generation {
    const { settings, send, onAudioSent } = this.#options;
    let audioMs = 0;
    return new Generation({
      ...this.#options,
      modality: settings.modality,
      transcribe: settings.transcribeModel,
      flaws,
      send: (content: ServerContent) => send({ serverContent: content }),
      onAudioSent: (sentMs) => {
        this.#callerTranscript.flush();
        const struck = onAudioSent(audioMs, sentMs);
        audioMs = sentMs;
        return flawsOf(struck);
      },
      onPlayed,
    });
  }

  async #perform(generation: Generation, { texts, line, variables, waitMs = 0 }: Speaking): Promise<void> {
    try {
      if (waitMs > 0) await generation.pause(waitMs);
      const { settings, send } = this.#options;
      const [text] = texts;
      if (generation.isStopped()) return;
      for (const serverContent of codeContents(line, settings)) send({ serverContent });
      if (text !== undefined) await generation.say(text);
      if (generation.isStopped()) return;
      const isLast = texts.length <= 1 && !generation.isOver();
      const serverContent = isLast ? groundingContent(line, settings) : undefined;
      if (serverContent) send({ serverContent });
      const waits = isLast && line.call !== undefined && this.#call(line, variables);
      if (!generation.isStopped() && !waits) generation.complete();
    } catch (error) {
      if (!generation.isStopped()) this.#fail(error);
    }
  }

  /** @returns whether the turn stays open until the answer */
  #call(line: Line, variables: ScriptVariables): boolean {
    const { dialect, wire, settings, send, onMoment, report } = this.#options;
    const calls = (line.call ?? []).map(({ name, args }) => {
      this.#callCount += 1;
      const id = wire.call_ids ? dialect.newCallId() : String(this.#callCount);
      return { id, name, args: args(variables) };
    });
    const blocking = calls.some(({ name }) => settings.tools.functions.get(name) === 'BLOCKING');
    this.#exchanges.add({ line, variables, blocking, calls: calls.map(({ id, name }) => ({ id, name })) });
    for (const { id, name } of calls) report({ type: 'tool-called', name, id });
    if (dialect.echoesCalls) send({ serverContent: callEcho(calls) });
    const functionCalls = calls.map(({ id, name, args }) => ({ name, args, ...(wire.call_ids ? { id } : {}) }));
    send({ toolCall: { functionCalls } });
    onMoment('tool_call');
    return blocking && !dialect.callEndsTurn;
  }

  #resume(exchange: Exchange, { scheduling }: FunctionResponse, waitMs: number): void {
    const next = { ...followUp(exchange), waitMs };
    if (!exchange.blocking) this.#speakOf(next, scheduling);
    else if (this.#options.dialect.callEndsTurn) this.#speakOf(next);
    else if (this.#generation) this.#goOn(this.#generation, next);
  }

  /** The turn that has waited for an answer. */
  #goOn(generation: Generation, next: Omit<Speaking, 'texts'>): void {
    try {
      const text = next.line.say?.render(next.variables);
      void this.#perform(generation, { ...next, texts: text === undefined ? [] : [text] });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Speaks of what a function answered, when it is time to. */
  #speakOf(
    { line, variables, waitMs }: Omit<Speaking, 'texts'>,
    scheduling: FunctionResponse['scheduling'] = 'WHEN_IDLE',
  ): void {
    const speak = (): void => this.#begin(line, variables, waitMs);
    const isSilent = scheduling === 'SILENT' || (!line.say && !line.call);
    const breaksIn = scheduling === 'INTERRUPT' && (!this.#callerSpeaks || this.#options.dialect.talksOverCaller);
    if (isSilent) this.settle();
    else if (breaksIn) {
      this.#waiting.unshift(speak);
      this.interrupt();
      this.#waiting.shift()?.();
    } else this.#whenIdle(speak);
  }

  #whenIdle(speak: () => void): void {
    if (!this.#generation && !this.#callerSpeaks) speak();
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(speak);
  }

  #runWaiting(): void {
    if (this.#generation || this.#callerSpeaks) return;
    this.#waiting.shift()?.();
  }

  #tellCancelled(ids: string[]): void {
    if (ids.length === 0) return;
    if (this.#options.wire.call_ids) this.#options.send({ toolCallCancellation: { ids } });
    this.#options.report({ type: 'tools-cancelled', ids });
  }

  #endTurn(generation: Generation, reason?: string): void {
    const { dialect, wire, context, send, report, onMoment, onTurnEnded } = this.#options;
    const { spoken } = generation;
    this.#callerTranscript.flush();
    const isBusy = this.#exchanges.anyOpen || this.#waiting.length > 0;
    const serverContent = {
      turnComplete: true,
      ...(reason === undefined ? {} : { turnCompleteReason: reason }),
      ...(dialect.interactionStatus ? { interactionStatus: isBusy ? 'IN_PROGRESS' : 'IDLE' } : {}),
    };
    const usageMetadata = context.completeTurn(dialect, spoken);
    if (wire.usage === 'alone') {
      send({ serverContent });
      send({ usageMetadata });
    } else send({ serverContent, usageMetadata });
    report({ type: 'turn-completed', spokenMs: spoken.audioMs, text: spoken.text });
    onMoment('turn_complete');
    onTurnEnded();
    this.settle();
  }

  #fail(error: unknown): void {
    this.#options.report({ type: 'failed', error: LivelineError.from(error) });
    this.#options.onFailed();
  }
}
