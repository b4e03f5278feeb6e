import { VOICE_FRAME_BYTES, VOICE_FRAME_MS, type VoiceDetector } from '../../audio/voice-detector.js';
import type { CallerTurns, TurnPlan } from './caller-turns.js';
import type { CallEventBody } from '../events.js';
import type { GreetingGuard } from './greeting-guard.js';
import type { ModelLeg } from '../ports.js';
import { RecentAudio } from './recent-audio.js';
import type { Uplink } from './uplink.js';

/** A turn begins this much before its first voice: quiet consonants come earlier than what a detector hears. */
const PRE_ROLL_MS = 300;
/** Closures inside a word are shorter; what is heard after a longer gap is not the same voice. */
const GAP_MS = 100;
/** Into what the agent says so much voice is meant to cut it; "mm-hm" is shorter. */
const BARGE_IN_MS = 250;
/** While the agent is heard, what is quieter may be its own echo. A telephone's echo is some 25 dB below a voice. */
const ECHO_DB = -36;
/** Its last echo comes back so much later than it was heard. */
const ECHO_TAIL_MS = 200;
/** Said too briefly to cut in, it is a turn all the same if the agent has finished within this time. */
const REMEMBERED_MS = 1_000;
/** A turn that is longer is noise; it is ended, and may begin anew. */
const MAX_TURN_MS = 60_000;
/** Of a turn that is being spoken, or not answered, so much is kept, for a session that takes over. */
const KEPT_MS = 5_000;

type LocalPlan = Extract<TurnPlan, { detection: 'local' }>;

export interface LocalTurnsOptions {
  plan: LocalPlan;
  uplink: Uplink;
  /** Whether the caller hears the agent now. */
  isAudible: () => boolean;
  /** The caller cuts in: before the model is told. */
  onBargeIn: () => void;
  emit: (event: CallEventBody) => void;
}

/** Voice from which a turn may become. Times count in the audio heard. */
interface Voice {
  /** Since its first frame. */
  ageMs: number;
  /** What of that was voice. */
  voicedMs: number;
  /** Since its last frame. */
  quietMs: number;
}

/**
 * The bridge finds the caller's turns and tells the model where each begins and ends. The model hears nothing else.
 * Every timing is in the audio's own time, so that audio that comes in one go is judged as it was spoken.
 */
export class LocalTurns implements CallerTurns {
  readonly #options: LocalTurnsOptions;
  readonly #detector: VoiceDetector;
  readonly #frame = new Uint8Array(VOICE_FRAME_BYTES);
  #framed = 0;
  readonly #recent = new RecentAudio(KEPT_MS);
  /** Heard since the last turn ended. */
  #sinceTurnMs = 0;
  #voice: Voice | undefined;
  /** How long the turn is that the caller is having, its pre-roll included. */
  #turnMs: number | undefined;
  /** How long the last turn was, until the model shows that it has heard it. */
  #unansweredMs: number | undefined;
  /** Since the caller last heard the agent. */
  #agentQuietMs = ECHO_TAIL_MS;
  #model: ModelLeg | undefined;

  constructor(options: LocalTurnsOptions) {
    this.#options = options;
    this.#detector = options.plan.createDetector(options.plan.strictness);
  }

  attach(model: ModelLeg, guard: Pick<GreetingGuard, 'keep'> | undefined): void {
    const { uplink } = this.#options;
    const held = uplink.takeHeld();
    this.#model = model;
    uplink.open((pcm16k) => model.sendAudio(pcm16k));
    if (guard) {
      this.#sinceTurnMs += this.#turnMs ?? 0;
      this.#turnMs = undefined;
      for (const mulaw of held) guard.keep(mulaw);
      return;
    }
    if (held.length === 0 && this.#turnMs === undefined) return;
    model.startActivity();
    for (const mulaw of held) uplink.push(mulaw);
    if (this.#turnMs === undefined) this.#tellEnd();
  }

  detach(): void {
    const { uplink } = this.#options;
    this.#model = undefined;
    uplink.close();
    const lostMs = this.#turnMs ?? this.#lostTurnMs;
    if (lostMs === undefined) return;
    // The next session begins with this turn: it is said to it from its beginning.
    uplink.takeHeld();
    uplink.push(this.#recent.last(lostMs));
  }

  hear(mulaw: Uint8Array): void {
    this.#cut(mulaw, (frame) => this.#judge(frame, true));
  }

  hearProtected(mulaw: Uint8Array): void {
    this.#cut(mulaw, (frame) => this.#judge(frame, false));
  }

  release(): void {
    // What was said meanwhile is remembered here, and becomes a turn with the next frame.
  }

  pause(): void {
    if (this.#turnMs !== undefined) this.#endTurn(this.#turnMs);
  }

  keyPressed(): void {
    // The detector takes no key for a voice.
  }

  modelReacted(): void {
    this.#unansweredMs = undefined;
  }

  giveUp(): readonly Uint8Array[] {
    const held = this.#options.uplink.takeHeld();
    this.dispose();
    return held;
  }

  dispose(): void {
    const { uplink } = this.#options;
    this.#model = undefined;
    uplink.close();
    uplink.takeHeld();
    this.#detector.dispose();
  }

  /** How long ago the turn began that was not answered; none where its beginning is no longer known. */
  get #lostTurnMs(): number | undefined {
    if (this.#unansweredMs === undefined) return undefined;
    const agoMs = this.#unansweredMs + this.#sinceTurnMs;
    return agoMs <= KEPT_MS ? agoMs : undefined;
  }

  #cut(mulaw: Uint8Array, use: (frame: Uint8Array) => void): void {
    for (let start = 0; start < mulaw.length;) {
      const count = Math.min(VOICE_FRAME_BYTES - this.#framed, mulaw.length - start);
      this.#frame.set(mulaw.subarray(start, start + count), this.#framed);
      this.#framed += count;
      start += count;
      if (this.#framed < VOICE_FRAME_BYTES) return;
      this.#framed = 0;
      use(this.#frame);
    }
  }

  #judge(frame: Uint8Array, mayBegin: boolean): void {
    const { plan, isAudible } = this.#options;
    this.#agentQuietMs = isAudible() ? 0 : this.#agentQuietMs + VOICE_FRAME_MS;
    const mayBeEcho = this.#agentQuietMs <= ECHO_TAIL_MS;
    const levelDb = this.#detector.hear(frame);
    this.#note(levelDb > (mayBeEcho ? ECHO_DB : -Infinity));
    this.#recent.push(frame);
    if (this.#turnMs !== undefined) {
      this.#goOn(frame, this.#turnMs + VOICE_FRAME_MS);
      return;
    }
    this.#sinceTurnMs += VOICE_FRAME_MS;
    const enoughMs = mayBeEcho ? Math.max(plan.voiceMs, BARGE_IN_MS) : plan.voiceMs;
    if (mayBegin && this.#voice && this.#voice.voicedMs >= enoughMs) this.#begin(this.#voice);
  }

  /** Takes note of a frame with voice, or without. */
  #note(isVoice: boolean): void {
    const isTurn = this.#turnMs !== undefined;
    if (isVoice && (!this.#voice || (!isTurn && this.#voice.quietMs > GAP_MS))) {
      this.#voice = { ageMs: 0, voicedMs: 0, quietMs: 0 };
    }
    const voice = this.#voice;
    if (!voice) return;
    voice.ageMs += VOICE_FRAME_MS;
    voice.quietMs = isVoice ? 0 : voice.quietMs + VOICE_FRAME_MS;
    if (isVoice) voice.voicedMs += VOICE_FRAME_MS;
    const isSpeech = voice.voicedMs >= this.#options.plan.voiceMs;
    if (!isTurn && voice.quietMs > (isSpeech ? REMEMBERED_MS : GAP_MS)) this.#voice = undefined;
  }

  #begin(voice: Voice): void {
    const { plan, uplink, emit, isAudible, onBargeIn } = this.#options;
    if (plan.bargeIn && isAudible()) onBargeIn();
    this.#turnMs = Math.min(voice.ageMs + PRE_ROLL_MS, this.#sinceTurnMs, KEPT_MS);
    emit({ type: 'activity', phase: 'started' });
    this.#model?.startActivity();
    uplink.push(this.#recent.last(this.#turnMs));
  }

  #goOn(frame: Uint8Array, turnMs: number): void {
    this.#turnMs = turnMs;
    this.#options.uplink.push(frame);
    const quietMs = this.#voice?.quietMs ?? 0;
    if (quietMs >= this.#options.plan.silenceMs || turnMs >= MAX_TURN_MS) this.#endTurn(turnMs);
  }

  #endTurn(turnMs: number): void {
    this.#turnMs = undefined;
    this.#unansweredMs = turnMs;
    this.#voice = undefined;
    this.#sinceTurnMs = 0;
    this.#tellEnd();
    this.#options.emit({ type: 'activity', phase: 'ended', ms: turnMs });
  }

  #tellEnd(): void {
    this.#options.uplink.flush();
    this.#model?.endActivity();
  }
}
