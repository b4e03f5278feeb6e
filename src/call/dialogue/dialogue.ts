import type { CallActions, ToolAnswer } from '../../tools/tool.js';
import { AgentSpeech } from './agent-speech.js';
import { AgentsTools } from '../tools/agents-tools.js';
import { Attendant } from './attendant.js';
import { createCallActions } from './call-actions.js';
import { type CallerMessage, CallerMessages } from './caller-messages.js';
import { CallerPath } from '../caller/caller-path.js';
import type { CallerTurns } from '../caller/caller-turns.js';
import { Continuity } from './continuity.js';
import { Conversation } from './conversation.js';
import { createCallerTurns } from '../caller/create-caller-turns.js';
import type { DialogueOptions } from './dialogue-options.js';
import type { DialoguePlan } from './dialogue-plan.js';
import type { PromptCause } from '../events.js';
import { discreetTools } from '../tools/discreet-tools.js';
import { Greeting } from './greeting.js';
import { describeCut } from '../agent/heard-text.js';
import { Keypad } from '../caller/keypad.js';
import { LastWords } from '../agent/last-words.js';
import { Opening } from './opening.js';
import type { TakeOver } from './take-over.js';
import { Playout } from '../agent/playout.js';
import type { ContextUpdate, ModelLeg, ModelLegHandlers, SpokenTurn } from '../ports.js';
import { SessionContext } from './session-context.js';
import { ToolRunner } from '../tools/tool-runner.js';
import { WaitingLines } from './waiting-lines.js';

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
  readonly #caller: CallerPath;
  readonly #agent: AgentSpeech;
  readonly #conversation: Conversation;
  readonly #continuity: Continuity;
  readonly #keypad: Keypad;
  readonly #attendant: Attendant;
  readonly #lastWords: LastWords;
  readonly #greeting: Greeting;
  readonly #opening: Opening;
  readonly #messages: CallerMessages;
  /** The same for the whole call: by them tools know what they did in it. */
  readonly #actions: CallActions;
  readonly #tools: AgentsTools;
  readonly #lines = new WaitingLines();
  #plan: DialoguePlan;
  #turns: CallerTurns;
  #context: SessionContext;
  #model: ModelLeg | undefined;

  constructor(options: DialogueOptions) {
    const { plan, clock, caller, emit } = options;
    this.#options = options;
    this.#plan = plan;
    this.#playout = new Playout(caller, clock, {
      onAllHeard: () => this.#onAllHeard(),
      onOverflow: (heldMs) => emit({ type: 'playout-overflowed', heldMs }),
    });
    this.#caller = new CallerPath({
      clock,
      emit,
      isPrivate: () => this.#keypad.isPrivate,
      onHeard: (mulaw) => this.#attendant.callerAudio(mulaw),
      guard: () => this.#model && this.#greeting.guard,
      turns: () => this.#turns,
    });
    this.#lastWords = new LastWords(clock, () => ({
      audible: this.#playout.audible,
      turn: this.#model && this.#agent,
    }));
    this.#conversation = new Conversation(clock, plan.keepTranscript, emit, options.past);
    this.#opening = new Opening(this.#conversation);
    this.#continuity = new Continuity({
      conversation: this.#conversation,
      playout: this.#playout,
      bargeIn: () => this.#plan.bargeIn ?? true,
    });
    this.#agent = new AgentSpeech({
      clock,
      playout: this.#playout,
      conversation: this.#conversation,
      words: this.#lastWords,
      emit,
      inText: () => this.#plan.answersInText === true,
      onHeard: () => this.#attendant.agentHeard(),
      onCut: (text) => (this.#plan.tellCutOff ? this.#model?.sendContext(describeCut(text)) : undefined),
    });
    this.#greeting = new Greeting({
      clock,
      emit,
      isHeard: () => this.#agent.generated && !this.#playout.audible,
      onReleased: (kept) => this.#turns.release(kept),
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
    this.#turns = this.#createTurns();
    this.#context = new SessionContext(plan.tools.declarations);
    this.#actions = this.#createActions();
    this.#tools = new AgentsTools(this.#createTools(), plan.toolServers, emit);
  }

  /** What was said so far, for a session that takes over. */
  history(): readonly SpokenTurn[] {
    return this.#conversation.history();
  }

  /** What its sessions were told anew, for one that takes over. */
  get context(): ContextUpdate | undefined {
    return this.#context.told;
  }

  /** The reply was cut off here, and the model has not said so yet: what it ends is no turn of its own. */
  get isCutOff(): boolean {
    return this.#agent.isCutOff;
  }

  /** The model is making speech. */
  get generating(): boolean {
    return !this.#agent.generated;
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
    this.#beginSession(model, sameSession);
    this.#tools.attach(sameSession);
    this.#turns.attach(model, this.#greeting.guard);
    this.#caller.hold(this.#tools.holdsMicrophone);
    this.#lines.attach(model);
    this.#messages.attach(model);
  }

  /** Another agent has the call: the next session is its. What runs of the tools of the one before goes on. */
  handOver(plan: DialoguePlan, takeOver: TakeOver): void {
    this.#plan = plan;
    this.#opening.handOver(takeOver);
    this.#conversation.keep(plan.keepTranscript);
    this.#attendant.use(plan);
    this.#context = new SessionContext(plan.tools.declarations);
    this.#tools.use(this.#createTools(), plan.toolServers);
    const heard = this.#turns.giveUp();
    this.#turns = this.#createTurns();
    for (const mulaw of heard) this.#turns.hear(mulaw);
  }

  /** The session is gone; the caller still hears what it said, and is listened to. */
  detach(): void {
    if (!this.#model) return;
    this.#model = undefined;
    this.#continuity.detached(this.#agent.generated);
    this.#turns.detach();
    this.#greeting.release('empty');
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
    return this.#lines.give(text, this.#model);
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

  /** The end was called off, and a session listens. */
  goOn(): void {
    this.#lastWords.goOn();
    this.#attendant.goOn();
  }

  /** Ends everything that runs; the last turns are told. */
  dispose(): void {
    this.#model = undefined;
    this.#turns.dispose();
    this.#lastWords.dispose();
    this.#greeting.dispose();
    this.#attendant.ending();
    this.#caller.dispose();
    this.#keypad.dispose();
    this.#tools.dispose();
    this.#agent.end();
    this.#playout.dispose();
  }

  // The caller's side.

  callerAudio(mulaw: Uint8Array, offsetMs: number): void {
    if (this.#plan.isDeaf !== true) this.#caller.push(mulaw, offsetMs);
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
    this.#tools.turnEnded();
    this.#greeting.release('speech');
  }

  onTranscript(...[speaker, text, details]: Parameters<ModelLegHandlers['onTranscript']>): void {
    this.#turns.modelReacted();
    if (speaker === 'agent') {
      this.#agent.transcript(text);
      if (this.#plan.answersInText === true) this.#agentBegan();
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
    this.#greeting.progressed();
  }

  onUtteranceComplete(): void {
    this.#agent.utteranceCompleted();
    this.#greeting.progressed();
  }

  onTurnComplete(reason: string | undefined): void {
    this.#lastWords.turnCompleted();
    this.#turns.modelReacted();
    this.#agent.turnCompleted(reason);
    this.#greeting.turnCompleted();
    this.#attendant.turnCompleted();
    this.#tools.turnEnded();
  }

  onWaiting(): void {
    this.#turns.modelReacted();
    this.#options.emit({ type: 'model-waiting' });
  }

  onResumable(handle: string | undefined): void {
    if (handle === undefined) return;
    this.#continuity.handleIssued(this.#agent.generated);
    this.#tools.handleIssued();
  }

  #createTurns(): CallerTurns {
    const { clock, emit } = this.#options;
    return createCallerTurns(this.#plan.turns, {
      clock,
      uplinkMs: this.#plan.uplinkMs,
      emit,
      callerSpeech: this.#attendant.callerSpeech,
      isAudible: () => this.#playout.audible,
      isModelBusy: () => this.#playout.audible || this.#agent.open || this.#tools.busy,
      onBargeIn: () => this.#agent.cutOff(),
    });
  }

  #createAttendant(): Attendant {
    return new Attendant({
      ...this.#options,
      playout: this.#playout,
      model: () => ({ listens: this.#model !== undefined, rests: this.#lastWords.over }),
      tell: (text) => this.#tell(text),
      onCallerActive: () => this.#lastWords.callerActive(),
      isCallerBusy: () => this.#keypad.collecting,
      onNoInput: () => this.#options.onEndRequested('no-input'),
    });
  }

  #createActions(): CallActions {
    return createCallActions({
      ...this.#options,
      words: this.#lastWords,
      keypad: this.#keypad,
      attendant: this.#attendant,
      turns: () => this.#conversation.turns,
      updateContext: (update) => this.#context.updateByName(update, this.#model),
    });
  }

  #createTools(): ToolRunner {
    const { clock, emit, start, toolMemory } = this.#options;
    const plan = this.#plan;
    return new ToolRunner({
      callSid: start.callSid,
      memory: toolMemory,
      clock,
      emit: (event) => {
        this.#attendant.observe(event);
        emit(event);
      },
      tools: discreetTools(plan.tools, this.#keypad.secrets),
      variables: Object.assign(plan.variables, { collected: this.#keypad.collected }),
      expectsRepeats: plan.repeatsCancelledCalls === true,
      holdsMicrophoneFor: plan.holdsMicrophoneFor ?? (() => false),
      isSpeakingBeside: (name) => this.#agent.open && !plan.whileRunning(name).blocks,
      onHoldChanged: () => this.#caller.hold(this.#tools.holdsMicrophone),
      actions: this.#actions,
      answer: (answers) => this.#answerTools(answers),
      update: (piece) => this.#model?.sendToolUpdate(piece) === true,
      tell: (text) => this.#model?.sendText(text),
    });
  }

  /** What a session is told to make it speak first, or go on. */
  #beginSession(model: ModelLeg, sameSession: boolean): void {
    const opening = this.#opening.begin(model, this.#plan);
    if (opening) this.#lastWords.turnOwed();
    if (opening?.greets === true && this.#plan.protectGreeting) this.#greeting.protect();
    this.#continuity.attached(model, { begins: opening !== undefined, sameSession });
  }

  /** A line that is nobody's: it is no part of what was said. */
  #tell(text: string): void {
    this.#lastWords.turnOwed();
    this.#model?.sendText(text);
  }

  #answerTools(answers: readonly ToolAnswer[]): void {
    this.#lastWords.turnOwed();
    this.#model?.sendToolAnswers(answers);
  }

  #agentBegan(): void {
    this.#turns.modelReacted();
    this.#attendant.agentBegan();
    this.#tools.agentBegan();
    this.#continuity.agentBegan();
    this.#opening.agentBegan();
    this.#greeting.agentBegan();
    this.#lastWords.activity();
  }

  #onAllHeard(): void {
    const { generation, heardMs } = this.#playout;
    this.#lastWords.activity();
    this.#attendant.agentHeard();
    this.#options.emit({ type: 'reply-heard', generation, heardMs });
    this.#greeting.progressed();
  }

  #onDigits(digits: string): void {
    this.#options.emit({ type: 'digits', count: digits.length, pii: { digits } });
    if (this.#plan.digits === 'to_model') this.say(`The caller pressed ${digits} on the telephone keypad.`);
  }
}
