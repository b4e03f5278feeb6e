import type { CreateVoiceDetector, Strictness } from '../../audio/voice-detector.js';
import type { GreetingGuard } from './greeting-guard.js';
import type { ModelLeg } from '../ports.js';

/** Who decides where the caller's turns begin and end, and how. */
export type TurnPlan =
  | {
      detection: 'model';
      /** The silence that ends a turn, where it was chosen. */
      silenceMs?: number;
    }
  | {
      detection: 'local';
      createDetector: CreateVoiceDetector;
      strictness: Strictness;
      /** So much voice begins a turn … */
      voiceMs: number;
      /** … and so much silence ends it. */
      silenceMs: number;
      /** Whether the caller's voice cuts what is being said. */
      bargeIn: boolean;
    };

/** What an agent's configuration says of turns. */
export interface TurnTakingPlan {
  turns: TurnPlan;
  /** Tell the model where it was cut off. */
  tellCutOff: boolean;
}

/** The caller's audio on its way to the model, and where turns begin and end in it. Audio is µ-law at 8 kHz. */
export interface CallerTurns {
  /** A session listens: it gets what was kept meanwhile, unless it is kept back while the greeting is protected. */
  attach(model: ModelLeg, guard: Pick<GreetingGuard, 'keep'> | undefined): void;
  /** The session is gone: what the caller says is kept, as far as there is room. */
  detach(): void;
  /** The caller's audio as it comes, without holes. */
  hear(mulaw: Uint8Array): void;
  /** The same while the greeting is protected. @param silence what the model hears instead */
  hearProtected(mulaw: Uint8Array, silence: Uint8Array): void;
  /** Protection is over. @param kept the last of what was heard meanwhile */
  release(kept: Uint8Array): void;
  /** The caller's audio has stopped arriving for a second. */
  pause(): void;
  /** The caller pressed a key: its tone is no speech. */
  keyPressed(): void;
  /** The model spoke, or showed in another way that it has heard. */
  modelReacted(): void;
  /** Other rules hold from here on. @returns what was kept for a session, for who takes over */
  giveUp(): readonly Uint8Array[];
  dispose(): void;
}
