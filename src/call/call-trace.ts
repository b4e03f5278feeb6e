import type { CallEventBody } from './events.js';
import type { CallPast, CallStart, SpokenTurn, TelephoneSeat } from './ports.js';

/** One conversation of a call among those that it may have: what it has from the ones before, and leaves for the next. */
export class CallTrace {
  /** The call as it begins here, with all that is known of it. */
  readonly start: CallStart;
  /** What was said before; it is not told again. */
  readonly history: readonly SpokenTurn[];
  /** @see ToolContext.memory */
  readonly toolMemory: object;
  readonly #beganWallMs: number;

  /**
   * @param start as it came with the stream
   * @param past what this instance knows of the call, which is more than a stream can bring
   */
  constructor(start: CallStart, past: CallPast | undefined, beganWallMs: number) {
    this.start = start.returned && past ? recalled(start, start.returned, past) : start;
    this.history = past?.history ?? [];
    this.toolMemory = past?.toolMemory ?? {};
    this.#beganWallMs = beganWallMs;
  }

  /** How long agents had the call before this conversation, in milliseconds. */
  get spentBeforeMs(): number {
    return this.start.returned?.spentMs ?? 0;
  }

  /** The address of whom the agent talks to, and our own. */
  get addresses(): { other: string; own: string } {
    const { direction, from, to } = this.start;
    return direction === 'outbound' ? { other: to, own: from } : { other: from, own: to };
  }

  /** What observers are told of how the call began. */
  get told(): Omit<Extract<CallEventBody, { type: 'started' }>, 'type' | 'agent'> {
    const { direction, from, to, outbound, returned } = this.start;
    return {
      direction,
      beganWallMs: this.#beganWallMs,
      ...(outbound && { outbound }),
      ...(returned && { returned: { from: returned.from, why: returned.why, beganWallMs: returned.beganWallMs } }),
      pii: { from, to },
    };
  }

  /**
   * What any instance has to know to go on.
   * @param ageMs how long this conversation has lasted
   */
  brief(ageMs: number, handle: string | undefined): ReturnType<TelephoneSeat['conversation']> {
    const spentMs = this.spentBeforeMs + Math.round(ageMs);
    return { spentMs, beganWallMs: this.#beganWallMs, ...(handle !== undefined && { handle }) };
  }

  /** What this instance can keep for the next conversation. */
  keep(ageMs: number, handle: string | undefined, history: readonly SpokenTurn[]): CallPast {
    const { parameters, sipHeaders } = this.start;
    const { beganWallMs: _, ...brief } = this.brief(ageMs, handle);
    return { ...brief, history, parameters, sipHeaders, toolMemory: this.toolMemory };
  }
}

function recalled(start: CallStart, returned: NonNullable<CallStart['returned']>, past: CallPast): CallStart {
  const { handle = returned.handle, spentMs, parameters, sipHeaders } = past;
  return {
    ...start,
    parameters,
    sipHeaders,
    returned: { ...returned, spentMs, ...(handle !== undefined && { handle }) },
  };
}
