import type { Clock } from '../../clock.js';
import type { CallActions, Toolbox, ToolAnswer, ToolCall } from '../../tools/tool.js';
import { CalledOffWorks } from './called-off-work.js';
import type { CallEventBody } from '../events.js';
import { LostAnswers } from './lost-answers.js';
import { AnsweredWorks, beginWork, callKey, type ToolWork } from './tool-work.js';

/** More calls at once than this is a model gone astray; the rest is answered with an error. */
const MAX_RUNNING = 32;

export interface ToolRunnerOptions {
  callSid: string;
  clock: Clock;
  tools: Toolbox;
  variables: Record<string, unknown>;
  actions: CallActions;
  /** @see ToolContext.memory */
  memory: object;
  /** The model repeats calls that were called off. */
  expectsRepeats: boolean;
  /** Whether the model suffers from hearing the caller while it waits for this function. */
  holdsMicrophoneFor: (name: string) => boolean;
  /** Whether the model is speaking, and does not wait for this function. */
  isSpeakingBeside: (name: string) => boolean;
  /** `holdsMicrophone` may have changed, by anything but `attach`. */
  onHoldChanged: () => void;
  emit: (event: CallEventBody) => void;
  answer: (answers: readonly ToolAnswer[]) => void;
  /** @returns false where the model takes no pieces of an answer */
  update: (piece: ToolAnswer) => boolean;
  /** Tells the session of an answer to a call that it does not know of. */
  tell: (text: string) => void;
}

/**
 * Runs the model's function calls, together, and answers each as it is done: once, however often it is made, and not at
 * all when it was called off.
 */
export class ToolRunner {
  readonly #options: ToolRunnerOptions;
  readonly #running = new Map<string, ToolWork>();
  readonly #answered = new AnsweredWorks();
  readonly #calledOff: CalledOffWorks;
  readonly #lostAnswers: LostAnswers;
  #connected = true;
  /** Counts the connections of the call. */
  #connection = 0;
  #over = false;
  /** Done while nobody was there to be told. */
  #waiting: { answer: ToolAnswer; work: ToolWork | undefined }[] = [];
  /** Calls that the session's newest handle knows of. */
  #known = new Set<string>();
  /** Calls that the present session did not make: an answer with their id would be refused. */
  #foreign = new Set<string>();

  constructor(options: ToolRunnerOptions) {
    this.#options = options;
    const { clock, tools, expectsRepeats } = options;
    this.#lostAnswers = new LostAnswers(clock);
    this.#calledOff = new CalledOffWorks({
      clock,
      expectsRepeats,
      canUndo: (name) => tools.canUndo(name),
      isRevocable: (name) => tools.isRevocable(name),
      undo: (work, answer) => void this.#undo(work, answer),
    });
  }

  /** The model waits for a function, and should not hear the caller until it has the answer. */
  get holdsMicrophone(): boolean {
    for (const { id, call } of this.#running.values()) {
      if (!this.#foreign.has(id) && this.#options.holdsMicrophoneFor(call.name)) return true;
    }
    return false;
  }

  /** A call of the model's is being carried out. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** Starts every call that is not under way or answered. */
  start(calls: readonly ToolCall[]): void {
    for (const call of calls) if (!this.#isRepeated(call)) this.#begin(call);
    this.#options.onHoldChanged();
  }

  /** The model no longer wants these answers: their work stops, or is undone. */
  cancel(ids: readonly string[]): void {
    for (const id of ids) {
      const work = this.#running.get(id);
      const answered = this.#answered.take(id);
      if (work) {
        this.#running.delete(id);
        this.#tellCancelled(work);
        this.#calledOff.add(work);
      } else if (answered) {
        this.#tellCancelled(answered.work);
        this.#lostAnswers.forget(answered.work);
        this.#calledOff.add(answered.work, answered.answer);
      }
    }
    this.#options.onHoldChanged();
  }

  /** The agent speaks. */
  agentBegan(): void {
    this.#lostAnswers.agentBegan();
  }

  /** What the agent was saying is over. */
  turnEnded(): void {
    this.#lostAnswers.turnEnded();
  }

  /** The session was given a handle: whoever takes it up knows the calls that run now. */
  handleIssued(): void {
    this.#known = new Set(this.#running.keys());
  }

  /** The connection is gone; what runs goes on. */
  detach(): void {
    this.#connected = false;
    this.#lostAnswers.detached();
  }

  /** @param sameSession whether the connection took the session up, rather than beginning a fresh one */
  attach(sameSession: boolean): void {
    this.#connected = true;
    this.#connection += 1;
    this.#lostAnswers.attached();
    // Ids are a session's own.
    if (!sameSession) this.#answered.clear();
    for (const id of [...this.#running.keys(), ...this.#waiting.map(({ answer }) => answer.id)]) {
      if (!sameSession || !this.#known.has(id)) this.#foreign.add(id);
    }
    for (const { answer, work } of this.#waiting.splice(0)) this.#deliver(answer, work);
  }

  /** The call is over: everything stops. What the model had called off before is undone all the same. */
  dispose(): void {
    for (const work of this.#running.values()) {
      this.#tellCancelled(work);
      work.abort.abort();
    }
    this.#running.clear();
    this.#over = true;
    this.#calledOff.dispose();
  }

  /** Whether the call was made before, and needs no work of its own. */
  #isRepeated(call: ToolCall): boolean {
    // Said twice.
    if (this.#running.has(call.id)) return true;
    const answered = this.#answered.find(call.id);
    if (answered) {
      // A session that was taken up has lost the answer.
      if (answered.connection !== this.#connection) this.#deliver(answered.answer, answered.work);
      return true;
    }
    const key = callKey(call);
    // Made again, under another id, after the model called it off or the session that made it was lost.
    const lost = [...this.#running.values()].find((work) => work.key === key && this.#foreign.has(work.id));
    const taken = lost ? { work: lost, answer: undefined } : (this.#calledOff.take(key) ?? this.#lostAnswers.take(key));
    if (!taken) return false;
    this.#adopt(taken.work, call);
    if (taken.answer) this.#answer(taken.work, taken.answer);
    return true;
  }

  #adopt(work: ToolWork, { id, name, args }: ToolCall): void {
    this.#running.delete(work.id);
    this.#foreign.delete(work.id);
    this.#options.emit({ type: 'tool', phase: 'called', id, name, repeats: work.id, pii: { args } });
    work.id = id;
    this.#running.set(id, work);
  }

  #begin(call: ToolCall): void {
    if (this.#running.size >= MAX_RUNNING) {
      const response = { error: 'Too many tools are running. Wait for their answers.', retryable: true };
      this.#deliver({ id: call.id, name: call.name, response });
    } else void this.#run(beginWork(call, this.#options.clock.nowMs()));
  }

  async #run(work: ToolWork): Promise<void> {
    const { callSid, variables, actions, memory, emit, tools } = this.#options;
    const { call } = work;
    this.#running.set(call.id, work);
    emit({ type: 'tool', phase: 'called', id: call.id, name: call.name, pii: { args: call.args } });
    const answer = await tools.run(call, {
      callSid,
      variables,
      actions,
      memory,
      signal: work.abort.signal,
      onUpdate: (piece) => this.#update(work, piece),
    });
    if (this.#running.get(work.id) !== work) this.#calledOff.settle(work, answer);
    else if (answer) this.#answer(work, answer);
    else this.#running.delete(work.id);
  }

  #answer(work: ToolWork, answer: ToolAnswer): void {
    const { id } = work;
    const { name, response } = answer;
    this.#running.delete(id);
    const ok = !('error' in response);
    this.#options.emit({
      type: 'tool',
      phase: 'answered',
      id,
      name,
      ms: this.#since(work),
      ok,
      pii: { response },
    });
    this.#deliver({ ...answer, id }, work);
    this.#options.onHoldChanged();
  }

  #update(work: ToolWork, { name, response }: ToolAnswer): void {
    const { id } = work;
    if (this.#running.get(id) !== work) return;
    const reaches = this.#connected && !this.#foreign.has(id);
    const sent = reaches && this.#options.update({ id, name, response });
    this.#options.emit({ type: 'tool', phase: 'updated', id, name, ms: this.#since(work), sent, pii: { response } });
  }

  #deliver(answer: ToolAnswer, work?: ToolWork): void {
    if (!this.#connected) this.#waiting.push({ answer, work });
    else if (this.#foreign.delete(answer.id)) {
      if (work) this.#lostAnswers.told(work, answer);
      this.#options.tell(describeAnswer(answer));
    } else {
      if (work) this.#answered.add({ work, answer, connection: this.#connection });
      if (work) this.#lostAnswers.sent(work, answer, this.#options.isSpeakingBeside(answer.name));
      this.#options.answer([answer]);
    }
  }

  async #undo(work: ToolWork, answer: ToolAnswer | undefined): Promise<void> {
    const { callSid, variables, clock, tools } = this.#options;
    const { call, id } = work;
    if (!tools.canUndo(call.name) || answer?.untouched === true) return;
    const sinceMs = clock.nowMs();
    const undone = await tools.undo(call, { callSid, variables }, answer);
    if (this.#over || !undone) return;
    const { response } = undone;
    const ms = Math.round(clock.nowMs() - sinceMs);
    const ok = !('error' in response);
    this.#options.emit({ type: 'tool', phase: 'undone', id, name: call.name, ms, ok, pii: { response } });
  }

  #tellCancelled(work: ToolWork): void {
    const { id, call } = work;
    this.#options.emit({ type: 'tool', phase: 'cancelled', id, name: call.name, ms: this.#since(work) });
  }

  #since(work: ToolWork): number {
    return Math.round(this.#options.clock.nowMs() - work.sinceMs);
  }
}

function describeAnswer({ name, response }: ToolAnswer): string {
  return `(The tool ${name}, which was called before the line was interrupted, has answered: ${JSON.stringify(response)})`;
}
