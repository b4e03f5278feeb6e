import type { Clock } from '../clock.js';
import { LivelineError } from '../errors.js';
import type { Dialect } from './dialect.js';
import { Generation, type ServerContent } from './generation.js';
import type { LiveActivity } from './activity.js';
import type { FaultMoment, Line, ScriptVariables, WireSettings } from './script-schema.js';
import { UNSCRIPTED_SPEECH, type Heard, type ScriptPlayer } from './script-player.js';
import type { SessionSettings } from './session-settings.js';
import type { SpeechSource } from './speech/speech-source.js';
import {
  followUp,
  isAnswered,
  ToolExchanges,
  type Exchange,
  type FunctionResponse,
  type Scheduling,
} from './tool-exchange.js';
import type { TokenMeter } from './usage.js';

/** Turns that wait for the running one. */
const MAX_WAITING = 16;

export interface ConversationOptions {
  clock: Clock;
  speech: SpeechSource;
  dialect: Dialect;
  wire: WireSettings;
  settings: SessionSettings;
  player: ScriptPlayer;
  meter: TokenMeter;
  send: (message: Record<string, unknown>) => void;
  onMoment: (moment: Exclude<FaultMoment, 'audio'>) => void;
  onAudioSent: (fromMs: number, toMs: number) => void;
  report: (activity: LiveActivity) => void;
  /** A turn ended, by itself or by an interruption. */
  onTurnEnded: () => void;
  /** A line could not be spoken or a function not called. */
  onFailed: () => void;
}

/** Who speaks when: answers turns by the script, is interrupted, calls functions and goes on with their answers. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #exchanges = new ToolExchanges();
  /** The reply that runs, until its `turnComplete`. */
  #generation: Generation | undefined;
  #callerSpeaks = false;
  /** What is said once nobody speaks. */
  #waiting: (() => void)[] = [];
  #callCount = 0;

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /** The caller begins to speak; it interrupts unless the setup said otherwise. */
  speechStarted(): void {
    this.#callerSpeaks = true;
    if (this.#options.settings.interrupts) this.interrupt();
  }

  speechEnded(): void {
    this.#callerSpeaks = false;
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
    const cancelledIds = this.#exchanges.cancelBlocking();
    const turnCompleteFirst = wire.interrupted === 'after_turn_complete';
    if (generation && turnCompleteFirst) this.#sendTurnComplete(generation);
    if (generation) send({ serverContent: { interrupted: true } });
    if (cancelledIds.length > 0 && wire.call_ids) send({ toolCallCancellation: { ids: cancelledIds } });
    if (!generation) return;
    report({ type: 'interrupted', spokenMs: generation.spoken.audioMs });
    onMoment('interrupted');
    if (wire.late_audio) generation.sendLateAudio();
    if (!turnCompleteFirst) this.#sendTurnComplete(generation);
  }

  /** @returns false when it answers a call that was never made */
  answerTool(answer: FunctionResponse & { scheduling?: Scheduling | undefined }): boolean {
    const exchange = this.#exchanges.answer(answer);
    if (exchange === 'unknown') return false;
    const dropped = exchange === 'cancelled';
    this.#options.report({ type: 'tool-answered', name: answer.name ?? '', response: answer.response ?? {}, dropped });
    if (!dropped && isAnswered(exchange)) this.#resume(exchange, answer.scheduling ?? 'WHEN_IDLE');
    return true;
  }

  /** Stops everything; nothing is sent any more. */
  stop(): void {
    this.#generation?.stop();
    this.#generation = undefined;
    this.#waiting = [];
  }

  #answer(heard: Heard): void {
    const { player, settings, meter, send, report } = this.#options;
    const answer = player.answer(heard, new Set(settings.functions.keys()));
    if (heard.kind === 'speech') {
      const transcript = answer?.heard ?? UNSCRIPTED_SPEECH;
      const deltas = settings.transcribeCaller ? deltasOf(transcript) : [];
      for (const text of deltas) send({ serverContent: { inputTranscription: { text } } });
      report({ type: 'speech-heard', transcript });
    } else {
      meter.addText(heard.text);
      report({ type: 'text-heard', text: heard.text });
    }
    const { say, call } = answer?.line ?? {};
    if (!answer || (!say && !call)) this.#runWaiting();
    else this.#begin(answer.line, answer.variables);
  }

  #begin(line: Line, variables: ScriptVariables): void {
    const { settings, onMoment } = this.#options;
    if (settings.resumable) this.#options.send({ sessionResumptionUpdate: {} });
    let audioMs = 0;
    const generation = new Generation({
      ...this.#options,
      modality: settings.modality,
      transcribe: settings.transcribeModel,
      send: (content: ServerContent) => this.#options.send({ serverContent: content }),
      onAudioSent: (sentMs) => {
        this.#options.onAudioSent(audioMs, sentMs);
        audioMs = sentMs;
      },
      onPlayed: () => {
        this.#generation = undefined;
        this.#sendTurnComplete(generation);
        this.#runWaiting();
      },
    });
    this.#generation = generation;
    onMoment('turn');
    void this.#perform(generation, line, variables);
  }

  async #perform(generation: Generation, line: Line, variables: ScriptVariables): Promise<void> {
    try {
      if (line.say) await generation.say(line.say.render(variables));
      if (generation.isStopped()) return;
      const waits = line.call !== undefined && this.#call(line, variables);
      if (!generation.isStopped() && !waits) generation.complete();
    } catch (error) {
      if (generation.isStopped()) return;
      this.#options.report({ type: 'failed', error: LivelineError.from(error) });
      this.#options.onFailed();
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
    const blocking = calls.some(({ name }) => settings.functions.get(name) === 'BLOCKING');
    this.#exchanges.open({ line, variables, blocking, calls: calls.map(({ id, name }) => ({ id, name })) });
    for (const { id, name } of calls) report({ type: 'tool-called', name, id });
    const functionCalls = calls.map(({ id, name, args }) => ({ name, args, ...(wire.call_ids ? { id } : {}) }));
    send({ toolCall: { functionCalls } });
    onMoment('tool_call');
    return blocking && !dialect.callEndsTurn;
  }

  #resume(exchange: Exchange, scheduling: Scheduling): void {
    const { line, variables } = followUp(exchange);
    const isSilent = !line.say && !line.call;
    if (exchange.blocking && !this.#options.dialect.callEndsTurn) {
      if (this.#generation) void this.#perform(this.#generation, line, variables);
      return;
    }
    if (isSilent || (!exchange.blocking && scheduling === 'SILENT')) return;
    // Of a caller who is speaking, the later models wait for the end.
    if (!exchange.blocking && scheduling === 'INTERRUPT' && !this.#callerSpeaks) this.interrupt();
    this.#whenIdle(() => this.#begin(line, variables));
  }

  #whenIdle(speak: () => void): void {
    if (!this.#generation && !this.#callerSpeaks) speak();
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(speak);
  }

  #runWaiting(): void {
    if (this.#generation || this.#callerSpeaks) return;
    this.#waiting.shift()?.();
  }

  #sendTurnComplete(generation: Generation): void {
    const { dialect, meter, send, report, onTurnEnded } = this.#options;
    const { spoken } = generation;
    send({
      serverContent: { turnComplete: true, ...(dialect.interactionStatus ? { interactionStatus: 'IDLE' } : {}) },
      usageMetadata: meter.completeTurn(dialect, spoken),
    });
    report({ type: 'turn-completed', spokenMs: spoken.audioMs, text: spoken.text });
    onTurnEnded();
  }
}

/** A transcript comes in pieces that are appended verbatim. */
function deltasOf(transcript: string): string[] {
  return transcript.match(/\s*\S+(?:\s+\S+){0,2}/g) ?? [];
}
