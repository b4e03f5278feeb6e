import { mulawSilence } from '../audio/mulaw.js';
import type { Clock } from '../clock.js';
import type { ToolAnswer } from '../tools/tool.js';
import { AgentSpeech } from './agent-speech.js';
import { Attendant } from './attendant.js';
import { createCallActions } from './call-actions.js';
import { type CallerMessage, CallerMessages } from './caller-messages.js';
import { CallerTimeline } from './caller-timeline.js';
import type { CallerTurns } from './caller-turns.js';
import { Continuity } from './continuity.js';
import { Conversation } from './conversation.js';
import { createCallerTurns } from './create-caller-turns.js';
import type { DialoguePlan } from './dialogue-plan.js';
import type { CallEventBody, PromptCause } from './events.js';
import { GreetingGuard } from './greeting-guard.js';
import { describeCut } from './heard-text.js';
import { Keypad } from './keypad.js';
import { LastWords } from './last-words.js';
import { MicrophoneGate } from './microphone-gate.js';
import { Playout } from './playout.js';
import type {
  CallEndReason,
  CallerLeg,
  CallRecording,
  CallStart,
  ContextUpdate,
  ModelLeg,
  ModelLegHandlers,
  SpokenTurn,
} from './ports.js';
import { SessionContext } from './session-context.js';
import { ToolRunner } from './tool-runner.js';

/** Lines that wait for a session; more are refused. */
const MAX_WAITING_LINES = 16;

export interface DialogueOptions {
  start: CallStart;
  plan: DialoguePlan;
  clock: Clock;
  caller: CallerLeg;
  recording: CallRecording;
  emit: (event: CallEventBody) => void;
  /**
   * Someone in the conversation wants it to end, after what is being said.
   * @param why in the agent's own words
   */
  onEndRequested(reason: CallEndReason, why?: string): void;
}

/**
 * The conversation between a caller and whatever session listens at the moment: audio both ways, whose turn it is,
 * barge-in, the greeting, tools. It outlives a session; how sessions are had and lost is the call's affair.
 */
export class Dialogue implements Omit<
  ModelLegHandlers,
  'onReady' | 'onUsage' | 'onReport' | 'onGoingAway' | 'onClosed' | 'onIrregular'
> {
  readonly #options: DialogueOptions;
  readonly #playout: Playout;
  readonly #turns: CallerTurns;
  readonly #gate: MicrophoneGate;
  readonly #timeline: CallerTimeline;
  readonly #agent: AgentSpeech;
  readonly #conversation: Conversation;
  readonly #continuity: Continuity;
  readonly #tools: ToolRunner;
  readonly #keypad: Keypad;
  readonly #attendant: Attendant;
  readonly #lastWords: LastWords;
  readonly #context: SessionContext;
  readonly #messages: CallerMessages;
  #model: ModelLeg | undefined;
  #guard: GreetingGuard | undefined;
  #waitingLines: string[] = [];
  /** The agent has been heard to begin: from then on it is never told to greet. */
  #agentSpoke = false;
  /** The model was given something to speak of, and has not completed a turn since. */
  #owesTurn = false;

  constructor(options: DialogueOptions) {
    const { plan, clock, caller, emit } = options;
    this.#options = options;
    this.#playout = new Playout(caller, clock, {
      onAllHeard: () => this.#onAllHeard(),
      onOverflow: (heldMs) => emit({ type: 'playout-overflowed', heldMs }),
    });
    this.#gate = new MicrophoneGate(
      { onAudio: (mulaw) => this.#toModel(mulaw), onPaused: () => this.#turns.pause() },
      (ms) => emit({ type: 'caller-audio-dropped', ms }),
    );
    this.#timeline = new CallerTimeline(clock, {
      onAudio: (mulaw) => this.#callerHeard(mulaw),
      onPaused: () => this.#gate.onPaused(),
    });
    this.#lastWords = new LastWords(clock, () => ({
      audible: this.#playout.audible,
      generating: this.#model !== undefined && !this.#agent.generated,
      maySpeak: this.#model !== undefined && (this.#agent.open || this.#owesTurn),
    }));
    this.#conversation = new Conversation(clock, plan.keepTranscript, emit);
    this.#continuity = new Continuity({
      conversation: this.#conversation,
      playout: this.#playout,
      bargeIn: plan.bargeIn ?? true,
    });
    this.#agent = new AgentSpeech({
      clock,
      playout: this.#playout,
      conversation: this.#conversation,
      emit,
      inText: plan.answersInText === true,
      onHeard: () => this.#attendant.agentHeard(),
      onCut: (text) => (plan.tellCutOff ? this.#model?.sendContext(describeCut(text)) : undefined),
    });
    this.#keypad = new Keypad({
      ...options,
      playout: this.#playout,
      words: this.#lastWords,
      onEntry: (digits) => this.#onDigits(digits),
    });
    this.#attendant = this.#createAttendant();
    this.#messages = new CallerMessages({
      whenHarmless: (give) => this.#attendant.whenHarmless(give),
      say: (text) => this.say(text),
      emit,
    });
    this.#turns = createCallerTurns(plan.turns, {
      clock,
      uplinkMs: plan.uplinkMs,
      emit,
      callerSpeech: this.#attendant.callerSpeech,
      isAudible: () => this.#playout.audible,
      isModelBusy: () => this.#playout.audible || this.#agent.open || this.#tools.busy,
      onBargeIn: () => this.#agent.cutOff(),
    });
    this.#context = new SessionContext(plan.tools.declarations);
    this.#tools = this.#createTools();
  }

  /** What was said so far, for a session that takes over. */
  history(): readonly SpokenTurn[] {
    return this.#conversation.history();
  }

  /** What its sessions were told anew, for one that takes over. */
  get context(): ContextUpdate | undefined {
    return this.#context.told;
  }

  /**
   * Gives the session other instructions or tools; those that take over will have them too.
   * @returns false where the model cannot be told in the middle of a session: then nothing has changed
   */
  updateContext(update: ContextUpdate): boolean {
    return this.#context.update(update, this.#model);
  }

  /** The reply was cut off here, and the model has not said so yet: what it ends is no turn of its own. */
  get isCutOff(): boolean {
    return this.#agent.isCutOff;
  }

  /** Whether the caller hears something now. */
  get audible(): boolean {
    return this.#playout.audible;
  }

  /**
   * A session listens: it hears what the caller said meanwhile, and is told to greet unless the agent spoke before.
   * @param how.sameSession it knows what was said up to its last handle
   */
  attach(model: ModelLeg, { sameSession }: { sameSession: boolean }): void {
    this.#model = model;
    this.#attendant.attach();
    const { greeting, protectGreeting } = this.#options.plan;
    const greets = greeting !== undefined && !this.#agentSpoke;
    if (greets) {
      model.sendText(greeting);
      this.#owesTurn = true;
    }
    if (greets && protectGreeting) this.#protectGreeting();
    this.#continuity.attached(model, { greets, sameSession });
    this.#tools.attach(sameSession);
    this.#turns.attach(model, this.#guard);
    this.#gate.set(this.#tools.holdsMicrophone);
    for (const line of this.#waitingLines.splice(0)) model.sendText(line);
    this.#messages.attach(model);
  }

  /** The session is gone; the caller still hears what it said, and is listened to. */
  detach(): void {
    if (!this.#model) return;
    this.#model = undefined;
    this.#continuity.detached(this.#agent.generated);
    this.#turns.detach();
    this.#guard?.release('empty');
    this.#tools.detach();
    this.#attendant.detach();
    this.#messages.detach();
    this.#agent.lost();
  }

  /**
   * A line for the model as if the caller had typed it; it waits for a session when there is none.
   * @returns false when too many wait already
   */
  say(text: string): boolean {
    this.#agent.callerSpoke();
    this.#conversation.typed(text);
    this.#attendant.callerActive();
    if (this.#model) this.#model.sendText(text);
    else if (this.#waitingLines.length < MAX_WAITING_LINES) this.#waitingLines.push(text);
    else return false;
    return true;
  }

  /** A line of the bridge's own for the model, when it does no harm. */
  prompt(cause: PromptCause, text: string): void {
    this.#attendant.prompt(cause, text);
  }

  /**
   * Shows the model a text message of the caller's; it waits for a session when there is none.
   * @returns false when too many wait already
   */
  receiveMessage(message: CallerMessage): boolean {
    return this.#messages.receive(message);
  }

  /** Calls back once when what is being said has been heard. The caller of this bounds it. */
  drain(onDrained: () => void): void {
    this.#attendant.ending();
    this.#lastWords.drain(onDrained);
  }

  /** Ends everything that runs; the last turns are told. */
  dispose(): void {
    this.#model = undefined;
    this.#turns.dispose();
    this.#lastWords.dispose();
    this.#guard?.dispose();
    this.#attendant.ending();
    this.#timeline.dispose();
    this.#keypad.dispose();
    this.#tools.dispose();
    this.#agent.end();
    this.#playout.dispose();
  }

  // The caller's side.

  callerAudio(mulaw: Uint8Array, offsetMs: number): void {
    if (this.#options.plan.isDeaf !== true) this.#timeline.push(mulaw, offsetMs);
  }

  callerPressed(digit: string): void {
    this.#turns.keyPressed();
    this.#attendant.callerActive();
    this.#keypad.press(digit);
  }

  /** @returns false for a mark that was never sent */
  callerReachedMark(name: string): boolean {
    return this.#playout.markReached(name);
  }

  // The model's side.

  onAudio(pcm24k: Uint8Array): void {
    if (!this.#agent.audio(pcm24k)) return;
    this.#agentBegan();
  }

  onInterrupted(): void {
    this.#turns.modelReacted();
    this.#agent.interrupted();
    this.#guard?.release('speech');
  }

  onTranscript(...[speaker, text, details]: Parameters<ModelLegHandlers['onTranscript']>): void {
    this.#turns.modelReacted();
    if (speaker === 'agent') {
      this.#agent.transcript(text);
      if (this.#options.plan.answersInText === true) this.#agentBegan();
      return;
    }
    if (this.#continuity.isCutByCaller) this.onInterrupted();
    this.#agent.newTurnSeen();
    this.#agent.callerSpoke();
    this.#conversation.heard('caller', text, details);
  }

  onToolCalls(calls: Parameters<ModelLegHandlers['onToolCalls']>[0]): void {
    this.#turns.modelReacted();
    this.#agent.newTurnSeen();
    this.#tools.start(calls);
  }

  onToolCallsCancelled(ids: readonly string[]): void {
    this.#tools.cancel(ids);
  }

  onGenerationComplete(): void {
    this.#agent.generationCompleted();
    this.#releaseGuardIfHeard();
  }

  onUtteranceComplete(): void {
    this.#agent.utteranceCompleted();
    this.#releaseGuardIfHeard();
  }

  onTurnComplete(reason: string | undefined): void {
    this.#owesTurn = false;
    this.#turns.modelReacted();
    this.#agent.turnCompleted(reason);
    if (!this.#agentSpoke) this.#guard?.release('empty');
    this.#releaseGuardIfHeard();
  }

  onWaiting(): void {
    this.#turns.modelReacted();
    this.#options.emit({ type: 'model-waiting' });
  }

  onResumable(handle: string | undefined): void {
    if (handle === undefined) return;
    this.#continuity.handleIssued();
    this.#tools.handleIssued();
  }

  #createAttendant(): Attendant {
    return new Attendant({
      ...this.#options,
      playout: this.#playout,
      model: () => ({ listens: this.#model !== undefined, rests: this.#lastWords.over }),
      tell: (text) => this.#tell(text),
      isCallerBusy: () => this.#keypad.collecting,
      onNoInput: () => this.#options.onEndRequested('no-input'),
    });
  }

  #createTools(): ToolRunner {
    const { plan, clock, emit, start } = this.#options;
    return new ToolRunner({
      callSid: start.callSid,
      clock,
      emit: (event) => {
        this.#attendant.observe(event);
        emit(event);
      },
      tools: plan.tools,
      variables: Object.assign(plan.variables, { collected: this.#keypad.collected }),
      expectsRepeats: plan.repeatsCancelledCalls === true,
      holdsMicrophoneFor: plan.holdsMicrophoneFor ?? (() => false),
      onHoldChanged: () => this.#gate.set(this.#tools.holdsMicrophone),
      actions: createCallActions({
        words: this.#lastWords,
        keypad: this.#keypad,
        attendant: this.#attendant,
        turns: () => this.#conversation.turns,
        hangUp: (why) => this.#options.onEndRequested('agent-hung-up', why),
        updateContext: (update) => this.#context.updateByName(update, this.#model),
      }),
      answer: (answers) => this.#answerTools(answers),
      update: (piece) => this.#model?.sendToolUpdate(piece) === true,
      tell: (text) => this.#model?.sendText(text),
    });
  }

  /** A line that is nobody's: it is no part of what was said. */
  #tell(text: string): void {
    this.#owesTurn = true;
    this.#lastWords.activity();
    this.#model?.sendText(text);
  }

  #answerTools(answers: readonly ToolAnswer[]): void {
    this.#owesTurn = true;
    this.#lastWords.activity();
    this.#model?.sendToolAnswers(answers);
  }

  #agentBegan(): void {
    this.#turns.modelReacted();
    this.#continuity.agentBegan();
    this.#agentSpoke = true;
    this.#lastWords.activity();
  }

  #protectGreeting(): void {
    this.#options.emit({ type: 'greeting-protected' });
    this.#guard = new GreetingGuard(this.#options.clock, (by, kept) => {
      this.#guard = undefined;
      this.#options.emit({ type: 'greeting-released', by });
      this.#turns.release(kept);
    });
  }

  #releaseGuardIfHeard(): void {
    if (this.#agentSpoke && this.#agent.generated && !this.#playout.audible) this.#guard?.release('heard');
  }

  #callerHeard(mulaw: Uint8Array): void {
    const heard = this.#keypad.isPrivate ? mulawSilence(mulaw.length) : mulaw;
    this.#attendant.callerAudio(heard);
    this.#gate.onAudio(heard);
  }

  #toModel(mulaw: Uint8Array): void {
    const guard = this.#model && this.#guard;
    if (guard) this.#turns.hearProtected(mulaw, guard.keep(mulaw));
    else this.#turns.hear(mulaw);
    if (guard?.overruled === true) guard.release('speech');
  }

  #onAllHeard(): void {
    const { generation, heardMs } = this.#playout;
    this.#lastWords.activity();
    this.#attendant.agentHeard();
    this.#options.emit({ type: 'reply-heard', generation, heardMs });
    this.#releaseGuardIfHeard();
  }

  #onDigits(digits: string): void {
    this.#options.emit({ type: 'digits', count: digits.length, pii: { digits } });
    if (this.#options.plan.digits === 'to_model') this.say(`The caller pressed ${digits} on the telephone keypad.`);
  }
}
