import type { Clock } from '../clock.js';
import { CallError, LivelineError } from '../errors.js';
import type { CallerMessage } from './dialogue/caller-messages.js';
import { CallLimit, wrapUpLine } from './call-limit.js';
import { CallTrace } from './call-trace.js';
import { Departure } from './departure.js';
import { Dialogue } from './dialogue/dialogue.js';
import { EndRequests } from './end-requests.js';
import type { CallEventBody, CallObserver } from './events.js';
import { HandOvers, type Successor } from './model/hand-over.js';
import { Irregularities } from './irregularities.js';
import { type CallEffect, type CallInput, type CallState, STATE_DEADLINES_MS, step } from './machine.js';
import { ModelLink, type ModelLoss } from './model/model-link.js';
import { takeOverLine } from './dialogue/take-over.js';
import type { CallPlan } from './plan.js';
import type {
  AcceptCallerLeg,
  CallEndReason,
  CallerLeg,
  CallerLegHandlers,
  CallOutcome,
  CallPast,
  CallRecording,
  CallStart,
  Telephone,
} from './ports.js';
import { shield, shieldedClock } from './shield.js';
import { UsageMeter } from './usage-meter.js';

export interface CallOptions {
  clock: Clock;
  acceptCaller: AcceptCallerLeg;
  /** @throws LivelineError when the agent is not to be had any more */
  planCall(start: CallStart): CallPlan;
  observe: CallObserver;
  /** What the carrier does for a call beside its stream, where there is one. */
  telephoneOf?: (start: CallStart) => Telephone | undefined;
  /** What is known of a call that comes back. Asked once. */
  pastOf?: (callSid: string) => CallPast | undefined;
  /** What records a call, if anything does. */
  recordingOf?: (start: CallStart) => CallRecording | undefined;
  /** Called once, before the caller's connection is closed. */
  onEnded(callSid: string, outcome: CallOutcome): void;
}

const NO_RECORDING: CallRecording = { pause: () => Promise.resolve(), resume: () => undefined };

/**
 * One telephone call, from the caller's connection to the last of its sockets.
 * Drives the state machine: one dispatch, and each state owns its timers until it is left.
 */
export class Call {
  /** Resolves when the call has ended and both sides' connections are gone. Never rejects. */
  readonly finished: Promise<CallOutcome>;

  readonly #options: CallOptions;
  readonly #clock: Clock;
  readonly #beganMs: number;
  readonly #caller: CallerLeg;
  readonly #irregularities = new Irregularities((event) => this.#emit(event));
  #state: CallState = { name: 'awaiting-start' };
  #stateScope = new AbortController();
  #trace: CallTrace | undefined;
  #plan: CallPlan | undefined;
  #dialogue: Dialogue | undefined;
  /** What is to be known should the call come back, once the caller is here no more. */
  #past: CallPast | undefined;
  /** When that was. */
  #partedMs: number | undefined;
  #limit: CallLimit | undefined;
  readonly #departure = new Departure();
  readonly #endRequests = new EndRequests(this.#shield((input: CallInput) => this.#dispatch(input)));
  #link: ModelLink | undefined;
  readonly #usage = new UsageMeter();
  readonly #handOvers: HandOvers;
  #openLegs = 1;
  #resolveFinished: (outcome: CallOutcome) => void = () => undefined;

  constructor(options: CallOptions) {
    this.#options = options;
    // Timers of the call and of its parts stand under the same shield as its handlers.
    this.#clock = shieldedClock(options.clock, (thrown) => this.#endByFault(thrown));
    this.#beganMs = options.clock.nowMs();
    this.#handOvers = this.#createHandOvers();
    this.finished = new Promise((resolve) => {
      this.#resolveFinished = resolve;
    });
    this.#armDeadline();
    this.#caller = options.acceptCaller(this.#callerHandlers());
  }

  /** Empty until the call has started. */
  get callSid(): string {
    return this.#trace?.start.callSid ?? '';
  }

  get agent(): string {
    return this.#plan?.agent ?? '';
  }

  get state(): CallState['name'] {
    return this.#state.name;
  }

  /** Something can still be said to the agent. */
  get isTalking(): boolean {
    return ['connecting', 'active', 'resuming'].includes(this.#state.name);
  }

  /** The address of whom the agent talks to, and our own, as the carrier gave them; empty until the call has started. */
  get addresses(): { other: string; own: string } {
    return this.#trace?.addresses ?? { other: '', own: '' };
  }

  get ageMs(): number {
    return this.#clock.nowMs() - this.#beganMs;
  }

  /**
   * Gives the model a line as if the caller had typed it.
   * @throws CallError CALL_REFUSED when the call cannot take it (any more)
   */
  say(text: string): void {
    if (!this.isTalking || this.#dialogue?.say(text) !== true) this.#refuse('text');
    this.#emit({ type: 'said', pii: { text } });
  }

  /**
   * Shows the model a text message that the caller sent.
   * @throws CallError CALL_REFUSED when the call cannot take it (any more)
   */
  receiveMessage(message: CallerMessage): void {
    if (!this.isTalking || this.#dialogue?.receiveMessage(message) !== true) this.#refuse('message');
  }

  /** Ends the call now, whatever it is doing. */
  end(reason: CallEndReason): void {
    this.#dispatch({ type: 'end-ordered', reason });
  }

  /** The carrier is asked to take the call elsewhere: when it does, this is why the call ended. Undefined: it is not. */
  expectMove(reason: CallEndReason | undefined): void {
    this.#departure.expect(reason);
  }

  #refuse(what: string): never {
    throw new CallError('CALL_REFUSED', `a call that is ${this.#state.name} takes no ${what}`, {
      callSid: this.callSid,
    });
  }

  #dispatch(input: CallInput): void {
    const { state, effects, expected } = step(this.#state, input);
    if (!expected) this.#emit({ type: 'unexpected', state: this.#state.name, input: input.type });
    if (state !== this.#state) this.#enter(state);
    for (const effect of effects) this.#apply(effect);
    if (this.#state.name === 'ended') this.#finishIfAlone();
  }

  #enter(state: CallState): void {
    const left = this.#state.name;
    this.#state = state;
    // Opening again is the same wait for the caller: one deadline spans all attempts of a state.
    if (state.name !== left) {
      this.#stateScope.abort();
      this.#stateScope = new AbortController();
      this.#armDeadline();
    }
    if (state.name === 'draining' && left !== 'draining') this.#drain(state.reason);
    if (state.name === 'active' && left === 'draining') this.#goOn();
    if (state.name === 'departing') this.#part({ unsure: true });
    if (state.name === 'ended') this.#ended(state);
  }

  #armDeadline(): void {
    const deadlineMs = STATE_DEADLINES_MS[this.#state.name];
    if (deadlineMs === undefined) return;
    this.#clock.after(deadlineMs, () => this.#dispatch({ type: 'deadline-passed' }), this.#stateScope.signal);
  }

  #apply(effect: CallEffect): void {
    switch (effect.type) {
      case 'open-model':
        this.#openModel();
        return;
      case 'retry-after':
        this.#clock.after(effect.delayMs, () => this.#dispatch({ type: 'retry-due' }), this.#stateScope.signal);
        return;
      case 'attach-model':
        this.#link?.attach();
        if (this.#plan?.endsAfterGreeting === true) this.#endRequests.add('agent-hung-up');
        return;
      case 'replace-model':
        this.#link?.replace(effect.fresh);
        return;
      case 'close-model':
        this.#link?.close();
        return;
      case 'find-caller':
        void this.#departure.find().then(this.#shield((found) => this.#dispatch({ type: 'caller-found', ...found })));
        return;
      case 'close-caller':
        this.#caller.close(effect.code, effect.reason);
        return;
    }
  }

  #drain(reason: CallEndReason): void {
    this.#emit({ type: 'draining', reason });
    this.#link?.expectNothing();
    this.#dialogue?.drain(() => this.#dispatch({ type: 'drained' }));
  }

  #goOn(): void {
    this.#emit({ type: 'end-called-off' });
    this.#link?.goOn();
    this.#dialogue?.goOn();
  }

  /** The caller is here no more: everything of the conversation ends. */
  #part(how: { unsure: boolean }): void {
    this.#partedMs = this.ageMs;
    this.#limit?.cancel();
    this.#handOvers.dispose();
    // The caller's socket may stay a moment longer; what still comes from it belongs to nobody.
    this.#dialogue?.dispose();
    this.#past = this.#trace?.keep(this.ageMs, this.#link?.newestHandle, this.#dialogue?.history() ?? []);
    this.#dialogue = undefined;
    this.#departure.ended(how);
  }

  #ended(state: CallState & { name: 'ended' }): void {
    if (this.#dialogue) this.#part({ unsure: false });
    const { reason, error } = state;
    const past = reason === 'transferred' ? this.#past : undefined;
    this.#emit({
      type: 'ended',
      reason,
      durationMs: Math.round(this.#partedMs ?? this.ageMs),
      ...(this.#link ? { usage: this.#usage.total } : {}),
      ...(error ? { error: { code: error.code, detail: error.detail } } : {}),
      ...(this.#endRequests.why === undefined ? {} : { pii: { why: this.#endRequests.why } }),
    });
    this.#options.onEnded(this.callSid, { ...this.#outcome(state), ...(past && { past }) });
  }

  #outcome(state: CallState & { name: 'ended' }): CallOutcome {
    const { reason, error } = state;
    const isOwn = this.agent === '' || this.agent === this.#trace?.start.agent;
    return { reason, ...(error && { error }), ...(!isOwn && { agent: this.agent }) };
  }

  #finishIfAlone(): void {
    if (this.#openLegs === 0 && this.#state.name === 'ended') this.#resolveFinished(this.#outcome(this.#state));
  }

  #openModel(): void {
    const { name } = this.#state;
    const successor = this.#handOvers.take();
    if (successor) this.#handOver(successor);
    this.#openLegs += 1;
    this.#link?.open('attempt' in this.#state ? this.#state.attempt : 1, name !== 'connecting');
  }

  #createHandOvers(): HandOvers {
    return new HandOvers({
      clock: this.#clock,
      planAgent: (agent) => {
        if (!this.#trace) throw new CallError('CALL_REFUSED', 'the call has not started');
        return this.#options.planCall({ ...this.#trace.start, agent });
      },
      session: () => ({
        stands: this.#state.name === 'active',
        generating: this.#dialogue?.generating ?? false,
        handle: this.#link?.currentHandle,
      }),
      onDue: () => this.#dispatch({ type: 'handoff-due' }),
    });
  }

  /** The next connection is another agent's. */
  #handOver({ plan, note, greets, handle }: Successor): void {
    const dialogue = this.#dialogue;
    if (!dialogue) return;
    const from = this.agent;
    this.#plan = plan;
    this.#emit({ type: 'handed-over', from, agent: plan.agent, sameSession: handle !== undefined, pii: { note } });
    this.#usage.changePrices(plan.prices);
    dialogue.handOver(plan, { line: takeOverLine(from, note, greets), greets });
    this.#link = this.#createLink(plan, dialogue, handle);
  }

  #createLink(plan: CallPlan, dialogue: Dialogue, handle?: string): ModelLink {
    return new ModelLink({
      handle,
      clock: this.#clock,
      open: plan.openModel,
      dialogue,
      usage: this.#usage,
      hasPast: this.#trace?.start.returned !== undefined,
      health: plan.health,
      emit: (event) => this.#emit(event),
      onReady: () => this.#dispatch({ type: 'model-ready' }),
      onLost: (loss) => this.#onModelLost(loss),
      onHandoffDue: () => this.#dispatch({ type: 'handoff-due' }),
      onUnwell: (remedy, error) => this.#dispatch({ type: 'model-unwell', remedy, error }),
      onReplaced: () => this.#openModel(),
      onIrregular: (kind) => this.#irregularities.tell('model', kind),
      onGone: () => {
        this.#openLegs -= 1;
        this.#finishIfAlone();
      },
      onFault: (thrown) => this.#endByFault(thrown),
    });
  }

  #onModelLost({ handleGivenUp, ...loss }: ModelLoss): void {
    const input: CallInput = { type: 'model-closed', ...loss };
    const { code, detail, closeCode } = loss.error;
    const next = step(this.#state, input).state.name;
    if (this.#state.name !== 'ended') {
      this.#emit({
        type: 'model-lost',
        code,
        detail,
        willRetry: next === 'connecting' || next === 'resuming',
        ...(closeCode === undefined ? {} : { closeCode }),
        ...(handleGivenUp && { handleGivenUp }),
      });
    }
    this.#dispatch(input);
  }

  #callerHandlers(): CallerLegHandlers {
    return {
      onStarted: this.#shield((start) => this.#onStarted(start)),
      onAudio: (mulaw, offsetMs) => {
        try {
          this.#dialogue?.callerAudio(mulaw, offsetMs);
        } catch (thrown) {
          this.#endByFault(thrown);
        }
      },
      onDigit: this.#shield((digit) => this.#dialogue?.callerPressed(digit)),
      onMarkReached: this.#shield((name) => {
        if (this.#dialogue?.callerReachedMark(name) === false) this.#irregularities.tell('caller', 'unknown-mark');
      }),
      onIrregular: (kind) => this.#irregularities.tell('caller', kind),
      onClosed: this.#shield((reason) => {
        this.#openLegs -= 1;
        this.#dispatch({ type: 'caller-closed', reason, ...this.#departure.known });
      }),
    };
  }

  #onStarted(given: CallStart): void {
    const clock = this.#clock;
    const past = given.returned && this.#options.pastOf?.(given.callSid);
    const trace = new CallTrace(given, past, Math.round(clock.wallMs() - this.ageMs));
    const { start } = trace;
    this.#trace = trace;
    const plan = this.#options.planCall(start);
    this.#plan = plan;
    this.#emit({ type: 'started', agent: plan.agent, ...trace.told });
    const dialogue = new Dialogue({
      start,
      plan,
      clock,
      caller: this.#caller,
      recording: this.#options.recordingOf?.(start) ?? NO_RECORDING,
      carrier: this.#departure.carrierPart(
        () => this.#options.telephoneOf?.({ ...start, agent: this.agent }),
        () => trace.brief(this.ageMs, this.#link?.newestHandle),
      ),
      past: trace.history,
      toolMemory: trace.toolMemory,
      emit: (event) => this.#emit(event),
      onEndRequested: (reason, how) => this.#endRequests.add(reason, how),
      onHandOverRequested: (...request) => this.#handOvers.request(this.#plan ?? plan, ...request),
    });
    this.#dialogue = dialogue;
    this.#usage.changePrices(plan.prices);
    this.#link = this.#createLink(plan, dialogue, start.returned?.handle);
    this.#limit = new CallLimit(
      clock,
      { maxCallMs: plan.maxCallMs, spentMs: trace.spentBeforeMs },
      {
        onNear: (leftMs) => dialogue.prompt('time-limit', wrapUpLine(leftMs)),
        onReached: () => this.#endRequests.add('time-limit'),
      },
    );
    if (plan.lookUp) void this.#lookUp(plan.lookUp);
    else this.#dispatch({ type: 'caller-started' });
  }

  async #lookUp(lookUp: NonNullable<CallPlan['lookUp']>): Promise<void> {
    const sinceMs = this.ageMs;
    const { signal } = this.#stateScope;
    const result = await lookUp(signal);
    if (signal.aborted) return;
    const failure = result.ok ? {} : { error: { code: result.error.code, detail: result.error.detail } };
    this.#emit({ type: 'looked-up', ok: result.ok, ms: Math.round(this.ageMs - sinceMs), ...failure });
    this.#shield(() => this.#dispatch({ type: 'caller-started' }))();
  }

  /** A fault of ours ends this call, with its fallback, and no other. */
  #shield<Args extends unknown[]>(handler: (...args: Args) => void): (...args: Args) => void {
    return shield(handler, (thrown) => this.#endByFault(thrown));
  }

  #endByFault(thrown: unknown): void {
    this.#dispatch({ type: 'end-ordered', reason: 'internal-error', error: LivelineError.from(thrown) });
  }

  #emit(body: CallEventBody): void {
    this.#options.observe({ callSid: this.callSid, atMs: Math.round(this.ageMs), ...body });
  }
}
