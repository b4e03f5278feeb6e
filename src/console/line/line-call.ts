import type { CallEvent } from '../../call/events.js';
import { Handset } from '../audio/handset.js';
import type { LineProblem, MicrophoneProblem } from '../phone-state.js';
import { type Answer, askTicket, followCall, type PhoneTicket, sayTyped } from './line-api.js';
import { TicketStream } from './ticket-stream.js';

/** How long the server may take, after its stream has closed, to tell how the call ended. */
const LAST_WORDS_MS = 2_000;
/** How long the server may take to answer the phone, once the microphone is settled. */
const ANSWERED_MS = 15_000;

const REFUSALS: Readonly<Record<number, LineProblem>> = {
  400: 'no-such-agent',
  401: 'token-needed',
  403: 'not-allowed',
  503: 'line-taken',
};

/** All are required. `onOver` comes exactly once; of the others only events may still follow it. */
export interface LineCallHandlers {
  onMicrophone(problem: MicrophoneProblem | undefined): void;
  onStarted(): void;
  /** The events begin again from the first. */
  onRestart(): void;
  onEvent(event: CallEvent): void;
  onLevels(caller: number, agent: number): void;
  onLatency(ms: number): void;
  onOver(problem: LineProblem | undefined): void;
}

/** One call from this page: its handset, its stream and its feed. */
export class LineCall {
  readonly #handlers: LineCallHandlers;
  readonly #scope = new AbortController();
  #handset: Handset | undefined;
  #stream: TicketStream | undefined;
  #callSid: string | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #serverEnded = false;
  #over = false;

  /** To be called while the user's click is being handled. */
  constructor(agent: string, handlers: LineCallHandlers) {
    this.#handlers = handlers;
    void this.#dial(agent);
  }

  set muted(muted: boolean) {
    if (this.#handset) this.#handset.muted = muted;
  }

  press(digit: string): void {
    this.#handset?.forgetWait();
    this.#stream?.sendDigit(digit);
  }

  say(text: string): Promise<Answer<unknown>> {
    this.#handset?.forgetWait();
    return this.#callSid === undefined ? Promise.resolve({ kind: 'unreachable' }) : sayTyped(this.#callSid, text);
  }

  hangUp(): void {
    this.#end(undefined);
  }

  async #dial(agent: string): Promise<void> {
    const handset = await this.#openHandset();
    if (!handset) {
      this.#end('no-audio');
      return;
    }
    if (this.#over) {
      handset.close();
      return;
    }
    this.#handset = handset;
    this.#handlers.onMicrophone(handset.problem);
    this.#patience = setTimeout(() => this.#end('not-taken'), ANSWERED_MS);
    const ticket = await askTicket(agent);
    if (this.#handset !== handset) return;
    if (ticket.kind === 'given') this.#open(ticket.value, handset);
    else this.#end(problemOf(ticket));
  }

  async #openHandset(): Promise<Handset | undefined> {
    const handlers = this.#handlers;
    try {
      return await Handset.open({
        onFrame: (mulaw, callerLevel, agentLevel) => {
          this.#stream?.sendAudio(mulaw);
          handlers.onLevels(callerLevel, agentLevel);
        },
        onMark: (name) => this.#stream?.sendMark(name),
        onLatency: (ms) => handlers.onLatency(ms),
        onMicrophoneLost: () => handlers.onMicrophone('lost'),
      });
    } catch {
      // A browser without audio worklets, or none that may play.
      return undefined;
    }
  }

  #open(ticket: PhoneTicket, handset: Handset): void {
    let started = false;
    this.#callSid = ticket.callSid;
    this.#stream = new TicketStream(ticket, {
      onStarted: () => {
        started = true;
        clearTimeout(this.#patience);
        this.#handlers.onStarted();
        void this.#follow(ticket.callSid);
      },
      onAudio: (mulaw) => handset.play(mulaw),
      onMark: (name) => handset.mark(name),
      onClear: () => handset.clear(),
      onClosed: () => {
        // The reason comes as an event, perhaps a moment later.
        if (!started) this.#end('not-taken');
        else if (this.#serverEnded) this.#end(undefined);
        else setTimeout(() => this.#end(this.#serverEnded ? undefined : 'connection-lost'), LAST_WORDS_MS);
      },
    });
  }

  #follow(callSid: string): Promise<void> {
    return followCall(callSid, this.#scope.signal, {
      onRestart: () => this.#handlers.onRestart(),
      onEvent: (event) => {
        this.#handlers.onEvent(event);
        if (event.type !== 'ended') return;
        this.#serverEnded = true;
        this.#end(undefined);
      },
    });
  }

  #end(problem: LineProblem | undefined): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#patience);
    this.#stream?.hangUp();
    this.#handset?.close();
    this.#handset = undefined;
    // What the server still has to tell of this call, the last words above all, is listened to for a moment.
    setTimeout(() => this.#scope.abort(), LAST_WORDS_MS);
    this.#handlers.onOver(problem);
  }
}

function problemOf(answer: Exclude<Answer<unknown>, { kind: 'given' }>): LineProblem {
  if (answer.kind === 'unreachable') return 'server-gone';
  return REFUSALS[answer.status] ?? 'server-failed';
}
