import type { CallEvent } from '../../call/events.js';
import type { Callee } from '../../emulator/carrier/callee.js';
import { listenToAgent } from '../../emulator/phone/caller-script.js';
import type { PhoneCall } from '../../emulator/phone/phone-call.js';
import type { SpeechSource } from '../../emulator/speech/speech-source.js';
import { LivelineError } from '../../errors.js';
import type { CallApi } from '../call/call-api.js';
import { toTelephone } from '../call/call-lines.js';
import type { AgentTest, TestStep } from './test-file-schema.js';
import type { TestLine } from './test-line.js';

/** A caller speaks when the agent has been heard and then been quiet for so long, or has said nothing at all. */
const PATIENCE = { quietMs: 700, silenceMs: 8_000 };
/** What a call still tells once it is over. */
const LAST_EVENTS_MS = 1_000;
/** How soon it is asked again what became of a call. */
const ASK_AGAIN_MS = 100;
/** So much of what a tool answers is told. */
const SHOWN_CHARS = 200;
const MS_PER_SECOND = 1_000;

/** What went otherwise than expected, for people. */
export interface TestFailure {
  /** Counts from 1. */
  step: number;
  expected: string;
  /** What happened instead, a line each. */
  instead: string[];
}

export interface ConversationParts {
  line: TestLine;
  speech: SpeechSource;
  /** The telephones of the file, by number. */
  callees: ReadonlyMap<string, Callee>;
  api: CallApi;
  /** Of a call that the agent makes. */
  orderId?: string;
}

type ToolEvent = Extract<CallEvent, { type: 'tool' }>;
type AgentTurn = Extract<CallEvent, { type: 'turn' }>;

/** One test's call: does what the caller does, and checks what follows until the caller's next action, in any order. */
export class TestConversation {
  readonly #test: AgentTest;
  readonly #parts: ConversationParts;
  readonly #phone: PhoneCall;
  /** Where the caller's latest action stands among the events of the call, and of the phone. */
  #since = 0;
  #phoneSince = 0;
  /** When it was over, by the phone. */
  #actedMs = 0;

  constructor(test: AgentTest, parts: ConversationParts, phone: PhoneCall) {
    this.#test = test;
    this.#parts = parts;
    this.#phone = phone;
  }

  /** @returns what failed first; undefined when everything went as expected. Hangs up in any case. */
  async play(): Promise<TestFailure | undefined> {
    try {
      for (const [index, step] of this.#test.steps.entries()) {
        const instead = await this.#take(step);
        if (instead) return { step: index + 1, expected: describeStep(step), instead };
      }
      return undefined;
    } finally {
      this.#phone.hangUp();
      await this.#phone.ended;
      await this.#parts.line.watch.until(() => undefined, LAST_EVENTS_MS);
    }
  }

  /** @returns what happened instead, when it was not what the step expects */
  async #take(step: TestStep): Promise<string[] | undefined> {
    if ('say' in step) return await this.#act(() => this.#say(step.say), step.interrupting);
    if ('type' in step) return await this.#act(() => this.#parts.api.say(this.#phone.callSid, step.type));
    if ('press' in step) return await this.#act(() => this.#phone.press(step.press));
    if ('hang_up' in step) return await this.#act(() => this.#hangUp());
    if ('silence_s' in step) return await this.#expectSilence(step.silence_s * MS_PER_SECOND);
    if ('outcome' in step) return await this.#expectOutcome(step.outcome, step.within_s * MS_PER_SECOND);
    if ('hears' in step) return await this.#expectWords(step);
    return await this.#expect(() => this.#meets(step), step.within_s);
  }

  async #act(action: () => Promise<void>, interrupting = false): Promise<string[] | undefined> {
    const { watch } = this.#parts.line;
    if (interrupting) await this.#phone.waitFor('agent-audio', ({ phase }) => phase === 'started', this.#phoneSince);
    else await listenToAgent(this.#phone, PATIENCE, this.#phoneSince);
    if (this.#phone.over) return ['the call was over', ...this.#told()];
    this.#since = watch.events.length;
    this.#phoneSince = this.#phone.events.length;
    try {
      await action();
    } catch (thrown) {
      return [LivelineError.from(thrown).detail];
    }
    this.#actedMs = this.#phone.nowMs;
    return undefined;
  }

  async #hangUp(): Promise<void> {
    this.#phone.hangUp();
    await this.#phone.ended;
  }

  async #say(text: string): Promise<void> {
    await this.#phone.speak(toTelephone(await this.#parts.speech.speak(text)));
  }

  async #expect(find: () => true | undefined, withinS: number): Promise<string[] | undefined> {
    return (await this.#parts.line.watch.until(find, withinS * MS_PER_SECOND)) ? undefined : this.#told();
  }

  async #expectWords(step: Extract<TestStep, { hears: string }>): Promise<string[] | undefined> {
    const pattern = new RegExp(step.hears, 'iu');
    const missed = await this.#expect(() => (pattern.test(this.#heard()) ? true : undefined), step.within_s);
    if (missed || step.answers_within_ms === undefined) return missed;
    const answer = this.#phone.events.slice(this.#phoneSince).find((event) => {
      return event.type === 'agent-audio' && event.phase === 'started' && event.atMs >= this.#actedMs;
    });
    const tookMs = Math.round((answer?.atMs ?? this.#actedMs) - this.#actedMs);
    return tookMs <= step.answers_within_ms ? undefined : [`the first sound came after ${tookMs} ms`];
  }

  async #expectSilence(ms: number): Promise<string[] | undefined> {
    await listenToAgent(this.#phone, { quietMs: 200, silenceMs: 200 }, this.#phoneSince);
    const from = this.#phone.events.length;
    await this.#phone.sleep(ms);
    const spoke = this.#phone.events.slice(from).some((event) => event.type === 'agent-audio');
    return spoke ? this.#told() : undefined;
  }

  /** What became of the call is asked of the server: it may be known only after the call. */
  async #expectOutcome(outcome: Record<string, unknown>, ms: number): Promise<string[] | undefined> {
    const { api, orderId, line } = this.#parts;
    if (orderId === undefined) return ['the agent made no call'];
    const deadlineMs = line.clock.nowMs() + ms;
    for (;;) {
      const order = await api.outbound(orderId);
      if (includes(order, outcome)) return undefined;
      if (line.clock.nowMs() >= deadlineMs) return [JSON.stringify(order), ...this.#told()];
      await new Promise<void>((resolve) => void line.clock.after(ASK_AGAIN_MS, resolve));
    }
  }

  /** Whether the step's expectation is met by what has happened since the caller's last action. */
  #meets(
    step: Exclude<TestStep, { hears: string } | { silence_s: number } | { outcome: object } | CallerAction>,
  ): true | undefined {
    const events = this.#recent();
    let met: boolean;
    if ('tool' in step) {
      met = events.some((event) => event.type === 'tool' && event.name === step.tool && this.#fitsTool(event, step));
    } else if ('event' in step) {
      met = events.some((event) => event.type === step.event && includes(event, step.where ?? {}));
    } else if ('sms' in step) {
      const pattern = new RegExp(step.sms, 'iu');
      const messages = this.#parts.line.carrier.messages;
      met = messages.some(({ body, to }) => pattern.test(body) && (step.to === undefined || to === step.to));
    } else if ('rings' in step) {
      met = (this.#parts.callees.get(step.rings)?.calls.length ?? 0) > 0;
    } else {
      met = events.some((event) => event.type === 'ended' && event.reason === step.ends);
    }
    return met ? true : undefined;
  }

  #fitsTool(event: ToolEvent, { args, ok }: Extract<TestStep, { tool: string }>): boolean {
    if (ok !== undefined && !(event.phase === 'answered' && event.ok === ok)) return false;
    // A tool that waits for the caller is called before what they do, and answered after it.
    const events = ok === undefined ? this.#recent() : this.#parts.line.watch.events;
    const called = events.find((other) => {
      return other.type === 'tool' && other.phase === 'called' && other.id === event.id;
    });
    return called?.type === 'tool' && called.phase === 'called' && includes(called.pii.args, args ?? {});
  }

  #recent(): CallEvent[] {
    return this.#parts.line.watch.events.slice(this.#since);
  }

  /** What the agent has said since the caller's last action, as far as it was heard. */
  #heard(): string {
    const isAgents = (event: CallEvent): event is AgentTurn => event.type === 'turn' && event.speaker === 'agent';
    return this.#recent()
      .filter(isAgents)
      .map(({ pii }) => pii.heard ?? pii.text)
      .join(' ');
  }

  #told(): string[] {
    const lines = this.#recent().flatMap((event): string[] => {
      switch (event.type) {
        case 'turn':
          return [
            `${event.speaker}: “${event.pii.heard ?? event.pii.text}”${event.cutOff === true ? ' (cut off)' : ''}`,
          ];
        case 'tool':
          return describeTool(event);
        case 'model-lost':
          return [`model lost: ${event.detail}`];
        case 'ended':
          return [`ended: ${event.reason}${event.error ? `: ${event.error.detail}` : ''}`];
        default:
          return [];
      }
    });
    return lines.length > 0 ? lines : ['nothing happened'];
  }
}

function describeTool(event: ToolEvent): string[] {
  if (event.phase === 'called') return [`tool: ${event.name}(${JSON.stringify(event.pii.args)})`];
  if (event.phase !== 'answered' || event.ok) return [];
  return [`tool ${event.name} failed: ${JSON.stringify(event.pii.response).slice(0, SHOWN_CHARS)}`];
}

type CallerAction = Extract<TestStep, { say: string } | { type: string } | { press: string } | { hang_up: true }>;

/** Whether `value` has everything that `part` has. */
function includes(value: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return Object.is(value, part);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(part).every(([key, item]) => includes((value as Record<string, unknown>)[key], item));
}

function describeStep(step: TestStep): string {
  return Object.entries(step)
    .filter(([key]) => key !== 'within_s' && key !== 'interrupting')
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join(', ');
}
