import type { Clock } from '../clock.js';
import type { Conversation } from './conversation.js';
import type { CallEventBody } from './events.js';
import type { Cut } from './heard-text.js';
import { ModelTurn } from './model-turn.js';
import type { Playout } from './playout.js';

export interface AgentSpeechOptions {
  clock: Clock;
  playout: Playout;
  conversation: Conversation;
  emit: (event: CallEventBody) => void;
  /** Somebody is heard just now: speech of the agent goes out next, or the caller cut in. */
  onHeard: () => void;
}

/** How far the agent's turn has come, in its own audio. */
interface Progress {
  sentMs: number;
  heardMs: number;
  madeMs: number;
}

/** What the agent says, from the model's audio to what the caller heard of it: its turns, and what cuts them short. */
export class AgentSpeech {
  readonly #options: AgentSpeechOptions;
  readonly #turn: ModelTurn;
  /** Where the present turn began in the playout's generation. */
  #startMs: number | undefined;
  /** Where the last one did, while the rest of it may still be heard. */
  #endedStartMs: number | undefined;

  constructor(options: AgentSpeechOptions) {
    this.#options = options;
    this.#turn = new ModelTurn(options.clock);
  }

  /** The model is still making audio, or its end was not said yet. */
  get open(): boolean {
    return this.#turn.open;
  }

  /** All audio of the present turn has been made. */
  get generated(): boolean {
    return this.#turn.generated;
  }

  /** Speech of the model, s16le at 24 kHz. @returns false for what is late, and not heard */
  audio(pcm24k: Uint8Array): boolean {
    if (!this.#turn.admit()) return false;
    const { playout, conversation, onHeard } = this.#options;
    onHeard();
    this.#startMs ??= playout.madeMs;
    conversation.agentBegan();
    playout.push(pcm24k);
    return true;
  }

  transcript(text: string): void {
    if (this.#turn.admit()) this.#options.conversation.heard('agent', text);
  }

  /** Something came that only a new turn brings. */
  newTurnSeen(): void {
    this.#turn.newTurnSeen();
  }

  /** The caller has said something: a turn that was only waiting to go on is over. */
  callerSpoke(): void {
    if (!this.#options.conversation.agentHasSpoken) return;
    this.#options.conversation.endTurn(this.#progress(this.#startMs), {});
    this.#forgetTurn();
  }

  /** The model says that the caller cut in: what is not heard yet never will be. */
  interrupted(): void {
    const { playout, conversation, emit, onHeard } = this.#options;
    const { generation, sentMs, heardMs } = playout;
    const { generated } = this.#turn;
    const progress = this.#progress(this.#startMs);
    const ended = this.#startMs === undefined ? this.#endedStartMs : undefined;
    const endedProgress = ended === undefined ? undefined : this.#progress(ended);
    playout.interrupt();
    onHeard();
    this.#turn.interrupted();
    this.#startMs = undefined;
    this.#endedStartMs = undefined;
    emit({ type: 'interrupted', generation, sentMs, heardMs });
    if (endedProgress) conversation.cutLast(cutWhereHeard(endedProgress, true));
    conversation.endTurn(progress, { cut: cutWhereHeard(progress, generated) });
  }

  generationCompleted(): void {
    this.#turn.generationCompleted();
    this.#options.playout.completeReply();
  }

  /** Something was said to its end, and the turn goes on. */
  utteranceCompleted(): void {
    this.#options.playout.completeReply();
    this.#turn.utteranceCompleted();
    this.#options.conversation.agentPauses();
  }

  /** @param reason the model's own word for why */
  turnCompleted(reason: string | undefined): void {
    this.#options.playout.completeReply();
    this.#turn.turnCompleted();
    this.#options.conversation.endTurn(this.#progress(this.#startMs), { reason });
    this.#forgetTurn();
  }

  /** The session is gone: what it said is heard to its end, and nothing of it follows. */
  lost(): void {
    this.#options.playout.completeReply();
    if (this.#turn.open) {
      const { generated } = this.#turn;
      const progress = this.#progress(this.#startMs);
      const cut = generated ? undefined : { atMs: progress.madeMs, madeMs: progress.madeMs, generated };
      this.#options.conversation.endTurn(progress, { cut });
      this.#forgetTurn();
    }
    this.#turn.turnCompleted();
  }

  /** The call is over: what was said last is told. */
  end(): void {
    this.#options.conversation.end(this.#progress(this.#startMs));
  }

  #forgetTurn(): void {
    this.#endedStartMs = this.#startMs ?? this.#endedStartMs;
    this.#startMs = undefined;
  }

  /** @param startMs where the turn began; one that has not begun has come nowhere */
  #progress(startMs = this.#options.playout.madeMs): Progress {
    const { sentMs, heardMs, madeMs } = this.#options.playout;
    const since = (ms: number) => Math.round(Math.max(0, ms - startMs));
    return { sentMs: since(sentMs), heardMs: since(heardMs), madeMs: since(madeMs) };
  }
}

function cutWhereHeard({ heardMs, madeMs }: Progress, generated: boolean): Cut {
  return { atMs: heardMs, madeMs, generated };
}
