import type { Clock } from '../../clock.js';
import type { TurnCounts } from '../../tools/tool.js';
import type { CallEventBody } from '../events.js';
import { type Cut, type HeardText, splitHeard } from '../agent/heard-text.js';
import type { SpokenTurn, TranscriptDetails } from '../ports.js';

/** Pieces of the caller's transcript that come this soon after the agent began to answer belong to what it answers. */
const LATE_TRANSCRIPT_MS = 1_500;
/** What a fresh session is told of a lost one: the latest turns, as much as a prompt bears. */
const MAX_HISTORY_CHARACTERS = 16_000;
/** One turn is told to observers with at most this much text. */
const MAX_TURN_CHARACTERS = 32_000;

/** How far the caller has heard the agent's present turn. */
export interface HeardSoFar {
  sentMs: number;
  heardMs: number;
}

/** Which side's words observers may see. The history for a fresh session holds both in any case. */
export interface TranscriptKeeping {
  caller: boolean;
  agent: boolean;
}

/** Who said what: gathers the pieces of both transcripts into turns, and remembers them. */
export class Conversation {
  readonly #clock: Clock;
  #keep: TranscriptKeeping;
  readonly #emit: (event: CallEventBody) => void;
  #turn = 0;
  /** Turns in which the agent spoke, and how many there were when the caller last did. */
  #agentTurns = 0;
  #callerSpokeAfter = 0;
  #callerText = '';
  /** What the caller said after the agent had begun to answer: the next turn's beginning. */
  #nextCallerText = '';
  #agentText = '';
  #agentSince: number | undefined;
  /** The agent has said something in this turn, and may say more. */
  #agentPaused = false;
  #history: SpokenTurn[] = [];
  #historyCharacters = 0;
  /** Turns that are part of the history no more. */
  #forgotten = 0;

  /** @param past what was said before: remembered, and not told again */
  constructor(
    clock: Clock,
    keep: TranscriptKeeping,
    emit: (event: CallEventBody) => void,
    past: readonly SpokenTurn[] = [],
  ) {
    this.#clock = clock;
    this.#keep = keep;
    this.#emit = emit;
    for (const turn of past) this.#remember(turn);
  }

  /** Who had the word how often. */
  get turns(): TurnCounts {
    return { agent: this.#agentTurns, caller: this.#callerSpokeAfter };
  }

  /** What was said so far, oldest first, for a fresh session; the unfinished turns included. */
  history(): SpokenTurn[] {
    const turns = [...this.#history];
    if (this.#callerText.trim()) turns.push({ speaker: 'caller', text: this.#callerText.trim() });
    if (this.#agentText.trim()) turns.push({ speaker: 'agent', text: this.#agentText.trim() });
    if (this.#nextCallerText.trim()) turns.push({ speaker: 'caller', text: this.#nextCallerText.trim() });
    return turns;
  }

  /** How many turns are over: a place in the conversation, for `since`. */
  get position(): number {
    return this.#forgotten + this.#history.length;
  }

  /** How many turns the agent's unfinished one makes, with what it answers; 0 when it has said nothing. */
  get answered(): number {
    if (this.#agentText.trim() === '') return 0;
    return this.#callerText.trim() === '' ? 1 : 2;
  }

  /** What was said after a place, as far as it is remembered; the unfinished turns included. */
  since(position: number): SpokenTurn[] {
    return this.history().slice(Math.max(0, position - this.#forgotten));
  }

  /** From here on. */
  keep(keep: TranscriptKeeping): void {
    this.#keep = keep;
  }

  /** A line that nobody said, for a fresh session alone. */
  remember(text: string): void {
    this.#remember({ speaker: 'caller', text });
  }

  /** A piece of transcript, appended verbatim. */
  heard(speaker: 'caller' | 'agent', piece: string, details: TranscriptDetails = {}): void {
    if (piece === '') return;
    if (speaker === 'agent') {
      this.agentBegan();
      const isNextSentence = this.#agentPaused && this.#agentText !== '' && !/^\s/.test(piece);
      this.#agentText = append(this.#agentText, isNextSentence ? ` ${piece}` : piece);
      this.#agentPaused = false;
    } else if (this.#isLate) {
      this.#nextCallerText = append(this.#nextCallerText, piece);
      this.#callerSpoke(1);
    } else {
      this.#callerText = append(this.#callerText, piece);
      this.#callerSpoke(0);
    }
    if (this.#keep[speaker]) this.#emit({ type: 'transcript', speaker, pii: { text: piece, ...details } });
  }

  /** The agent's first output of a turn, words or sound. */
  agentBegan(): void {
    this.#agentSince ??= this.#clock.nowMs();
  }

  /** The agent has said something, and its turn goes on. */
  agentPauses(): void {
    this.#agentPaused = true;
  }

  /** Whether what the caller says now comes after what the agent said in this turn: then that turn is over. */
  get agentHasSpoken(): boolean {
    return this.#agentPaused && this.#isLate;
  }

  /** A line that reached the model as text: a turn of the caller's of its own. */
  typed(text: string): void {
    this.#callerSpoke(this.#agentSince === undefined ? 0 : 1);
    this.#callerText = append(this.#callerText, this.#callerText === '' ? text : ` ${text}`);
  }

  /**
   * The agent's turn is over.
   * @param heard how far it has been heard at this moment
   * @param how.cut it ended before its end
   * @param how.reason the model's own word for why
   * @returns what of it was heard, if it was cut
   */
  endTurn(
    heard: HeardSoFar,
    { cut, reason }: { cut?: Cut | undefined; reason?: string | undefined },
  ): HeardText | undefined {
    this.#closeCaller(this.#callerText);
    const spoke = this.#agentSince !== undefined;
    if (spoke) this.#agentTurns += 1;
    const split = spoke ? this.#closeAgent(heard, cut, reason) : undefined;
    this.#callerText = this.#nextCallerText;
    this.#nextCallerText = '';
    this.#agentText = '';
    this.#agentSince = undefined;
    this.#agentPaused = false;
    return cut && split;
  }

  /** The agent's last turn had ended when the rest of it was cut off: it counts as said no further than it was heard. */
  cutLast(cut: Cut): HeardText | undefined {
    const last = this.#history.at(-1);
    if (last?.speaker !== 'agent' || last.cutOff === true) return undefined;
    const split = splitHeard(last.text, cut);
    if (split.unheard === '') return undefined;
    this.#history.pop();
    this.#historyCharacters -= last.text.length;
    this.#remember({ speaker: 'agent', text: split.heard, cutOff: true });
    return split;
  }

  /** The call is over: what was said last is told too. */
  end(heard: HeardSoFar): void {
    this.endTurn(heard, {});
    this.#closeCaller(this.#callerText);
    this.#callerText = '';
  }

  /** What the caller says now cannot belong to what the agent answers. */
  get #isLate(): boolean {
    return this.#agentSince !== undefined && this.#clock.nowMs() - this.#agentSince > LATE_TRANSCRIPT_MS;
  }

  #closeCaller(raw: string): void {
    const text = raw.trim();
    if (text === '') return;
    this.#remember({ speaker: 'caller', text });
    this.#turn += 1;
    const pii = { text: this.#keep.caller ? text : '' };
    this.#emit({ type: 'turn', speaker: 'caller', turn: this.#turn, pii });
  }

  #closeAgent({ sentMs, heardMs }: HeardSoFar, cut: Cut | undefined, reason: string | undefined): HeardText {
    const text = this.#agentText.trim();
    const split: HeardText = cut ? splitHeard(text, cut) : { heard: text, unheard: '' };
    this.#remember({ speaker: 'agent', text: split.heard, ...(cut && { cutOff: true }) });
    this.#turn += 1;
    this.#emit({
      type: 'turn',
      speaker: 'agent',
      turn: this.#turn,
      sentMs,
      heardMs,
      cutOff: cut !== undefined,
      ...(reason === undefined ? {} : { reason }),
      pii: this.#keep.agent ? { text, ...(cut && split) } : { text: '' },
    });
    return split;
  }

  /** @param turnsBegun 1 when it comes after what the agent says now, rather than before */
  #callerSpoke(turnsBegun: 0 | 1): void {
    this.#callerSpokeAfter = Math.max(this.#callerSpokeAfter, this.#agentTurns + turnsBegun);
  }

  /** Nothing is remembered of a turn of which nothing was heard. */
  #remember(turn: SpokenTurn): void {
    if (turn.text === '') return;
    this.#history.push(turn);
    this.#historyCharacters += turn.text.length;
    while (this.#historyCharacters > MAX_HISTORY_CHARACTERS && this.#history.length > 1) {
      this.#historyCharacters -= this.#history.shift()?.text.length ?? 0;
      this.#forgotten += 1;
    }
  }
}

function append(text: string, piece: string): string {
  return text.length >= MAX_TURN_CHARACTERS ? text : text + piece;
}
