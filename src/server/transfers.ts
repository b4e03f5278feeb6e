import { randomBytes } from 'node:crypto';
import type { AgentConfig } from '../agents/schema/schema.js';
import type { ToolConfig } from '../agents/schema/tool-schema.js';
import type { Call } from '../call/call.js';
import type { CallStart, TelephoneSeat } from '../call/ports.js';
import { sleep, type Clock } from '../clock.js';
import { LivelineError, ToolError } from '../errors.js';
import type { Decision, TransferDesk } from '../http/transfer-routes.js';
import { parseTemplate } from '../template.js';
import type { TransferOutcome } from '../tools/tool.js';
import { fittedOrder, type TransferOrder, type TransferSeal, transferUrls } from '../twilio/transfer-order.js';
import { briefingTwiml, dialTwiml, roomTwiml, TAKE_KEY } from '../twilio/transfer-twiml.js';
import type { TwilioRest } from '../twilio/rest.js';
import { hangupTwiml, type SpokenLine } from '../twilio/voice-twiml.js';
import { callVariables, ownNumber } from './call-variables.js';
import { carrierFailure } from './carrier-failure.js';
import { Decisions } from './decisions.js';
import { type Meeting, MOVE_MS, watchMeeting } from './meeting.js';

type TransferConfig = Extract<ToolConfig, { built_in: 'transfer' }>;

/** How often it is asked how it stands with somebody who is called: any instance may have been told. */
const ASK_EVERY_MS = 1_000;
/** What whoever answers has to hear the briefing and decide. */
const DECIDE_MS = 75_000;
/**
 * How often, and how far apart, a call whose stream is over is looked at: one that was hung up is up for a moment only.
 * All looks together have to fit into the three seconds that a call waits for what they find.
 */
const LOOKS = 3;
const LOOK_EVERY_MS = 700;
const LOOKING_MS = 3_000;
/** A caller who comes back needs an agent that has at least so much time left: to say why they are back, and goodbye. */
const LEAST_TIME_MS = 20_000;
const MS_PER_MINUTE = 60_000;
/** A call that a human took ends when either hangs up; Twilio's own default, in seconds. */
export const HUMAN_TIME_LIMIT_S = 4 * 3600;

export interface TransfersOptions {
  rest: TwilioRest;
  seal: TransferSeal;
  clock: Clock;
  calls: { find(callSid: string): Pick<Call, 'expectMove' | 'isTalking'> | undefined };
  findAgent: (name: string) => AgentConfig | undefined;
}

/** One caller who is to be put through. */
interface Transfer {
  order: TransferOrder;
  config: TransferConfig;
  address: string;
  start: CallStart & { serverUrl: string };
  seat: TelephoneSeat;
  signal: AbortSignal;
}

/** Puts callers through to people whom the agents file names: cold by `<Dial>`, warm by a room where both meet. */
export class Transfers implements TransferDesk {
  readonly #options: TransfersOptions;
  /** Orders that somebody is taking, as far as this instance was told. */
  readonly #taken = new Set<string>();
  readonly #decisions: Decisions;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: TransfersOptions) {
    this.#options = options;
    this.#decisions = new Decisions(options.clock);
  }

  /** @see CallActions.transfer */
  async transfer(
    start: CallStart & { serverUrl: string },
    to: string,
    { summary = '', signal }: { summary?: string; signal?: AbortSignal },
    seat: TelephoneSeat,
  ): Promise<TransferOutcome> {
    const config = this.#configOf(start.agent);
    const address = config && Object.hasOwn(config.to, to) ? config.to[to] : undefined;
    if (!config || address === undefined) throw unknownDestination(config);
    const { callSid, agent, parameters, sipHeaders } = start;
    const id = randomBytes(9).toString('base64url');
    await seat.heard();
    const order = { id, agent, to, callSid, parameters, sipHeaders, ...seat.conversation() };
    const scope = AbortSignal.any([seat.ended, ...(signal ? [signal] : [])]);
    if (scope.aborted)
      throw new ToolError('TOOL_FAILED', 'the transfer was called off before it began', { untouched: true });
    const transfer = { order, config, address, start, seat, signal: scope };
    const running = config.mode === 'cold' ? this.#goCold(transfer) : this.#askFirst(transfer, summary);
    return this.#run(running);
  }

  /** For the end of the server, after its calls: resolves when nobody is waited for any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#running);
  }

  /** Counts as waiting for somebody until it is over. */
  async #run<T>(running: Promise<T>): Promise<T> {
    this.#running.add(running);
    return running.finally(() => this.#running.delete(running));
  }

  openOrder(sealed: string): TransferOrder | undefined {
    return this.#options.seal.open(sealed);
  }

  unansweredLine({ agent: name, spentMs }: TransferOrder): SpokenLine | undefined {
    const next = this.#configOf(name)?.on_no_answer;
    if (next !== undefined && next !== 'agent') return next;
    const agent = this.#options.findAgent(name);
    const leftMs = (agent?.limits.max_call_minutes ?? 0) * MS_PER_MINUTE - spentMs;
    return leftMs < LEAST_TIME_MS ? agent?.fallback : undefined;
  }

  brief({ briefing, decision, ...order }: TransferOrder, answeringSid: string, serverUrl: string): string {
    // One that can't be decided is read out, and nothing comes of it.
    const asked = { ...order, ...(decision && { decision: { ...decision, answeringSid } }) };
    const { decide } = transferUrls(serverUrl, this.#options.seal.seal(asked));
    return briefingTwiml(briefing ?? {}, decide);
  }

  async decide(order: TransferOrder, { key, answeringSid }: Decision, serverUrl: string): Promise<string> {
    const { rest, seal, calls } = this.#options;
    const room = `liveline-${order.id}`;
    const isDecided = this.#decisions.make(order, answeringSid);
    if (!isDecided || key !== TAKE_KEY || !(await this.#canMeet(room, answeringSid))) return hangupTwiml();
    const { decision: _, ...moved } = order;
    const { after } = transferUrls(serverUrl, seal.seal(fittedOrder(moved)));
    const call = calls.find(order.callSid);
    call?.expectMove('transferred');
    if (call) this.#taken.add(order.id);
    const stays = (): void => {
      this.#taken.delete(order.id);
      call?.expectMove(undefined);
    };
    // Where it is not known what Twilio made of it, the caller may be in the room, and must not be alone there.
    const mayCome = await rest
      .redirectCall(order.callSid, { twiml: roomTwiml(room, after) })
      .catch((thrown: unknown) => LivelineError.from(thrown).code === 'CARRIER_UNREACHABLE');
    if (!mayCome) {
      stays();
      return hangupTwiml();
    }
    const isCallerHere = (): boolean => call?.isTalking === true;
    const meeting = { callerSid: order.callSid, answeringSid, room, afterUrl: after, isCallerHere };
    void this.#run(this.#lookAfter(meeting, stays));
    return roomTwiml(room);
  }

  /** Whether whoever took the call is still there, and no instance has been told so before. */
  async #canMeet(room: string, answeringSid: string): Promise<boolean> {
    const isRunning = this.#options.rest.isRoomRunning(room).catch(() => false);
    return (await this.#statusOf(answeringSid)) === 'in-progress' && !(await isRunning);
  }

  async #lookAfter(meeting: Meeting, stays: () => void): Promise<void> {
    const { rest, clock } = this.#options;
    await watchMeeting({ rest, clock, signal: this.#stopping.signal }, meeting);
    if (meeting.isCallerHere()) stays();
  }

  /** The caller's own leg dials: it rings, and the agent is gone. */
  async #goCold({ order, config, address, start, seat, signal }: Transfer): Promise<TransferOutcome> {
    const { rest, seal, clock } = this.#options;
    const { after } = transferUrls(start.serverUrl, seal.seal(fittedOrder(order)));
    const { caller_id: callerId, ring_timeout_s: ringTimeoutS } = config;
    const twiml = dialTwiml({ to: address, callerId, ringTimeoutS, actionUrl: after });
    seat.expectMove('transferred');
    const moved = await rest.redirectCall(start.callSid, { twiml }).catch((thrown: unknown) => {
      seat.expectMove(undefined);
      throw carrierFailure(thrown);
    });
    if (!moved) throw new ToolError('TOOL_FAILED', 'the caller has hung up', { untouched: true });
    // The stream's end is the answer; a model that is told something now would speak into nothing.
    await sleep(clock, MOVE_MS, signal);
    return 'moved';
  }

  /** Somebody is called and asked while the caller stays with the agent. */
  async #askFirst(transfer: Transfer, summary: string): Promise<TransferOutcome> {
    const { rest, seal, clock } = this.#options;
    const { order, config, address, start, signal } = transfer;
    const say = parseTemplate(config.briefing.say).render({ ...callVariables(start, clock), summary });
    const decideMs = config.ring_timeout_s * 1000 + DECIDE_MS;
    const decision = { untilWallMs: clock.wallMs() + decideMs };
    const briefed = { ...order, decision, briefing: { say, language: config.briefing.language } };
    const { brief } = transferUrls(start.serverUrl, seal.seal(fittedOrder(briefed)));
    const answering = await rest
      .createCall({
        to: address,
        from: config.caller_id ?? ownNumber(start),
        url: brief,
        ringTimeoutS: config.ring_timeout_s,
        timeLimitS: HUMAN_TIME_LIMIT_S,
      })
      .catch((thrown: unknown) => {
        throw carrierFailure(thrown);
      });
    const deadlineMs = clock.nowMs() + decideMs;
    for (;;) {
      await sleep(clock, ASK_EVERY_MS, signal);
      if (signal.aborted || clock.nowMs() > deadlineMs) return this.#withdraw(transfer, answering);
      const outcome = OUTCOMES[(await this.#statusOf(answering)) ?? ''];
      if (outcome) return outcome;
    }
  }

  /**
   * The caller is here no more, or the model has called the transfer off, or nobody decides. In the first case they may
   * have been put through, by whichever instance was told so.
   */
  async #withdraw(transfer: Transfer, answering: string): Promise<TransferOutcome> {
    const { order, seat } = transfer;
    if (this.#taken.delete(order.id)) return 'moved';
    if (seat.isUnsure() && (await this.#goesOn(order.callSid))) return 'moved';
    await this.#options.rest.completeCall(answering).catch(() => undefined);
    return 'no-answer';
  }

  /** Whether the call is up although its stream is not. Where the last look fails it counts as hung up. */
  async #goesOn(callSid: string): Promise<boolean> {
    const { clock } = this.#options;
    const untilMs = clock.nowMs() + LOOKING_MS;
    for (let look = 1; ; look += 1) {
      const status = await this.#statusOf(callSid);
      if (status !== undefined && status !== 'in-progress') return false;
      if (look === LOOKS || clock.nowMs() >= untilMs) return status !== undefined;
      await sleep(clock, LOOK_EVERY_MS, this.#stopping.signal);
    }
  }

  #statusOf(callSid: string): Promise<string | undefined> {
    return this.#options.rest.callStatus(callSid).catch(() => undefined);
  }

  #configOf(agent: string): TransferConfig | undefined {
    const tools = this.#options.findAgent(agent)?.tools ?? [];
    return tools.find((tool): tool is TransferConfig => 'built_in' in tool && tool.built_in === 'transfer');
  }
}

/** What the end of a call to whoever should have taken it means. Source: Twilio, Call resource, `status`. */
const OUTCOMES: Readonly<Record<string, TransferOutcome>> = {
  completed: 'declined',
  busy: 'busy',
  'no-answer': 'no-answer',
  canceled: 'no-answer',
  failed: 'failed',
};

function unknownDestination(config: TransferConfig | undefined): ToolError {
  const names = Object.keys(config?.to ?? {}).join(', ');
  const there = names === '' ? 'the agent has no tool `transfer`' : `there are: ${names}`;
  return new ToolError('TOOL_ARGUMENTS', `nobody has this name; ${there}`);
}
