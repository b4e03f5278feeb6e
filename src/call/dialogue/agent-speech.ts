import type { Clock } from '../../clock.js';
import type { Conversation } from './conversation.js';
import type { CallEventBody } from '../events.js';
import type { Cut, HeardText } from '../agent/heard-text.js';
import type { LastWords } from '../agent/last-words.js';
import { ModelTurn } from '../agent/model-turn.js';
import type { Playout } from '../agent/playout.js';

export interface AgentSpeechOptions {
  clock: Clock;
  playout: Playout;
  conversation: Conversation;
  words: Pick<LastWords, 'callerCutIn'>;
  emit: (event: CallEventBody) => void;
  /** It is read: nothing of it is unheard. */
  inText: () => boolean;
  /** Somebody is heard just now: speech of the agent goes out next, or the caller cut in. */
  onHeard: () => void;
  /** A reply was cut off, and the model makes no more of it: it may be told what was heard. */
  onCut: (text: HeardText) => void;
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
  /** What was cut off, while the model may not have stopped. */
  #untold: HeardText | undefined;

  constructor(options: AgentSpeechOptions) {
    this.#options = options;
    this.#turn = new ModelTurn(options.clock);
  }

  /** The model is still making audio, or its end was not said yet. */
  get open(): boolean {
    return this.#turn.open;
  }

  /** The reply was cut off here, and the model has not said so yet. */
  get isCutOff(): boolean {
    return this.#turn.isCutOff;
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
    this.#untold = undefined;
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

  /**
   * The caller cuts in, as heard here: what is not heard yet never will be. That the model says so too, later, is
   * no news then.
   */
  cutOff(): void {
    const { open, generated } = this.#turn;
    this.#turn.cutOff();
    this.#options.words.callerCutIn();
    this.#drop('detector', generated);
    if (!open) this.#tell();
  }

  /** The model says that the caller cut in. Where nothing is said or heard that means nothing: some say so at any voice. */
  interrupted(): void {
    const { open, generated } = this.#turn;
    const isNews = this.#turn.interrupted();
    this.#options.words.callerCutIn();
    if (isNews && (open || this.#options.playout.audible)) this.#drop('model', generated);
    this.#tell();
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
    this.#tell();
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
    this.#turn.lost();
    this.#untold = undefined;
  }

  /** The call is over: what was said last is told. */
  end(): void {
    this.#options.conversation.end(this.#progress(this.#startMs));
  }

  #drop(by: 'model' | 'detector', generated: boolean): void {
    const { playout, conversation, emit, inText, onHeard } = this.#options;
    const { generation, sentMs, heardMs } = playout;
    const progress = this.#progress(this.#startMs);
    const ended = this.#startMs === undefined ? this.#endedStartMs : undefined;
    const lastCut = ended === undefined ? undefined : cutWhereHeard(this.#progress(ended), true);
    playout.interrupt();
    onHeard();
    this.#startMs = undefined;
    this.#endedStartMs = undefined;
    emit({ type: 'interrupted', by, generation, sentMs, heardMs });
    const last = lastCut && conversation.cutLast(lastCut);
    const cut = inText() ? undefined : cutWhereHeard(progress, generated);
    this.#untold = conversation.endTurn(progress, { cut }) ?? last;
  }

  #tell(): void {
    const text = this.#untold;
    this.#untold = undefined;
    if (text && text.unheard !== '') this.#options.onCut(text);
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

/** @returns undefined for a turn that was heard to its end */
function cutWhereHeard({ heardMs, madeMs }: Progress, generated: boolean): Cut | undefined {
  return generated && madeMs > 0 && heardMs >= madeMs ? undefined : { atMs: heardMs, madeMs, generated };
}
