import { CallError } from '../../errors.js';
import type { PhoneLeg } from '../phone/phone-leg.js';
import type { DialTarget, TwimlDial } from '../phone/twiml.js';
import { newSid } from './carrier-call.js';

/** Why nobody answered. */
export type NotAnswered = 'busy' | 'no-answer' | 'failed' | 'canceled';

/** Rings a telephone for somebody. */
export type RingForDial = (order: {
  to: string;
  from: string;
  parentCallSid: string;
  timeoutMs: number;
  /** Whoever waits for the answer does so no longer. */
  signal: AbortSignal;
}) => Promise<{ leg: PhoneLeg; notAnswered?: NotAnswered }>;

type Members = Map<PhoneLeg, { startOnEnter: boolean; leave: AbortController }>;
interface Room {
  sid: string;
  members: Members;
}

/** Joins telephones: by `<Dial>` of one to another, and in rooms. */
export class PhoneExchange {
  readonly #ring: RingForDial;
  readonly #rooms = new Map<string, Room>();

  constructor(ring: RingForDial) {
    this.#ring = ring;
  }

  /** Rooms that somebody is in; with two in it one is in progress. */
  get rooms(): readonly { name: string; sid: string; status: 'init' | 'in-progress' }[] {
    return [...this.#rooms].map(([name, { sid, members }]) => {
      return { name, sid, status: members.size === 2 && hasStarted(members) ? 'in-progress' : 'init' };
    });
  }

  /** @see Exchange.dial */
  async dial(caller: PhoneLeg, dial: TwimlDial, baseUrl: string, signal: AbortSignal): Promise<Record<string, string>> {
    const { target } = dial;
    const beganMs = caller.nowMs;
    const told =
      target.kind === 'conference'
        ? await this.#meet(caller, target, signal)
        : await this.#putThrough(caller, dial, target, baseUrl, signal);
    return { ...told, DialCallDuration: String(Math.round((caller.nowMs - beganMs) / 1000)) };
  }

  async #putThrough(
    caller: PhoneLeg,
    dial: TwimlDial,
    target: Exclude<DialTarget, { kind: 'conference' }>,
    baseUrl: string,
    signal: AbortSignal,
  ): Promise<Record<string, string>> {
    const { leg, notAnswered } = await this.#ring({
      to: target.address,
      from: dial.callerId ?? caller.options.from,
      parentCallSid: caller.callSid,
      timeoutMs: dial.timeoutS * 1000,
      signal,
    });
    const told = { DialCallSid: leg.callSid };
    if (notAnswered) return { ...told, DialCallStatus: notAnswered, DialBridged: 'false' };
    const stop = (): void => leg.hangUp('other-hung-up');
    signal.addEventListener('abort', stop, { once: true, signal: leg.overSignal });
    if (signal.aborted) stop();
    const willing = await hearsWhisper(leg, target, baseUrl);
    if (willing && !signal.aborted) await bridge(caller, leg, AbortSignal.any([signal, leg.overSignal]));
    await leg.finish({ reason: willing ? 'other-hung-up' : 'agent-hung-up' });
    return { ...told, DialCallStatus: 'completed', DialBridged: String(willing) };
  }

  /** Over when the leg leaves, or when one leaves with whom the room ends. */
  async #meet(
    leg: PhoneLeg,
    target: Extract<DialTarget, { kind: 'conference' }>,
    signal: AbortSignal,
  ): Promise<Record<string, string>> {
    const room = this.#rooms.get(target.name) ?? { sid: newSid('CF'), members: new Map() as Members };
    this.#rooms.set(target.name, room);
    const { members } = room;
    // Two need no mixing; whoever needs three has to teach this exchange to mix.
    if (members.size === 2) throw new CallError('CALL_REFUSED', 'a room of this exchange holds two telephones');
    const leave = new AbortController();
    const scope = AbortSignal.any([signal, leave.signal]);
    members.set(leg, { startOnEnter: target.startOnEnter, leave });
    const [other] = [...members.keys()].filter((member) => member !== leg);
    const talk = other && hasStarted(members) ? other : undefined;
    // The first one waits; the second one's joining bridges both.
    if (talk) void bridge(leg, talk, AbortSignal.any([scope, ...[...members.values()].map((one) => one.leave.signal)]));
    await aborted(scope);
    leave.abort();
    members.delete(leg);
    if (target.endOnExit) for (const member of members.values()) member.leave.abort();
    if (members.size === 0) this.#rooms.delete(target.name);
    return { DialCallStatus: 'answered' };
  }
}

function hasStarted(members: Members): boolean {
  return [...members.values()].some(({ startOnEnter }) => startOnEnter);
}

/** Plays the document that only the called party hears. @returns whether it is still there and is to be put through */
async function hearsWhisper(leg: PhoneLeg, target: { url?: string; method: 'GET' | 'POST' }, baseUrl: string) {
  if (target.url === undefined) return true;
  const url = baseUrl === '' ? target.url : new URL(target.url, baseUrl).href;
  try {
    return (await leg.follow({ url, method: target.method })) === 'ran-out' && !leg.over;
  } catch {
    return false;
  }
}

/** Both hear each other until `signal` is aborted. */
async function bridge(one: PhoneLeg, other: PhoneLeg, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  one.handset.open({ onFrame: (mulaw) => other.handset.earpiece.hear(mulaw) }, signal);
  other.handset.open({ onFrame: (mulaw) => one.handset.earpiece.hear(mulaw) }, signal);
  one.bridged(other.callSid);
  other.bridged(one.callSid);
  await aborted(signal);
  for (const leg of [one, other]) {
    leg.handset.earpiece.disconnect();
    leg.unbridged();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
