import { randomInt, randomUUID } from 'node:crypto';
import { bareModelId, modelProfile, type Backend, type ModelProfile } from '../models/profiles.js';
import type { Refusal } from './client-frame.js';
import type { WireSettings } from './script-schema.js';

/**
 * How one model on one service writes and behaves where the model's profile says nothing, because only a server needs
 * to know it. Source: recorded traffic of both services and reports; the profile is the same that the bridge reads.
 */
export interface Dialect {
  backend: Backend;
  profile: ModelProfile;
  /** Vertex names its sessions. */
  sessionId: boolean;
  /** Vertex says `role: "model"` on what it speaks; the Gemini API often omits it. */
  roleOnModelTurn: boolean;
  audioMimeType: string;
  usageNames: 'response' | 'candidates';
  /** On Vertex the transcript of a reply runs ahead of its audio. */
  transcriptAhead: boolean;
  /** Several fields in one `serverContent`. */
  bundle: boolean;
  /** 2.x ends its turn right after a blocking call; later models keep it open until the answer. */
  callEndsTurn: boolean;
  /** Half-cascade models on the Gemini API write a function call as code before they make it. */
  echoesCalls: boolean;
  /** `realtimeInput.mediaChunks` is still taken. */
  mediaChunks: boolean;
  /** By model: the SDK writes it for both services, though only Vertex AI's pages describe it. */
  contextUpdate: boolean;
  /** `interactionStatus` comes with `turnComplete`. */
  interactionStatus: boolean;
  /** Each line of what is said is a turn of its own; only the last leaves the session idle. */
  turnPerLine: boolean;
  /** An answer to be spoken of at once does not wait for the caller to finish. */
  talksOverCaller: boolean;
  /** How a connection is closed whose time is up. */
  expiry: Refusal;
  /** How long a handle is good after its session's last connection. */
  handleTtlMs: number;
  newCallId(): string;
}

const HOUR_MS = 3_600_000;

/** The dialect of a model, given in any of the services' forms, unless the script wants it otherwise. */
export function dialectOf(backend: Backend, model: string, wire: WireSettings): Dialect {
  const vertex = backend === 'vertex-ai';
  const id = bareModelId(model);
  const isSecondGeneration = /\b2\.[05]-/.test(id);
  const profile = modelProfile(model);
  const is38 = id.startsWith('gemini-3.8');
  return {
    backend,
    profile,
    sessionId: vertex,
    roleOnModelTurn: vertex,
    audioMimeType: vertex ? 'audio/pcm' : 'audio/pcm;rate=24000',
    usageNames: wire.usage_names ?? (vertex ? 'candidates' : 'response'),
    transcriptAhead: vertex,
    bundle: wire.bundle ?? id.startsWith('gemini-3.1'),
    callEndsTurn: wire.call_ends_turn ?? isSecondGeneration,
    echoesCalls: !vertex && isSecondGeneration && profile.modalities.includes('TEXT'),
    mediaChunks: vertex || isSecondGeneration,
    contextUpdate: profile.contextUpdateOn.length > 0,
    interactionStatus: is38,
    turnPerLine: id.endsWith('-extended-thinking'),
    talksOverCaller: isSecondGeneration,
    expiry: vertex
      ? { code: 1000, reason: '' }
      : { code: 1011, reason: 'Deadline expired before operation could complete.' },
    // Two hours are documented for the Gemini API; a day is what is said of Vertex AI.
    handleTtlMs: vertex ? 24 * HOUR_MS : 2 * HOUR_MS,
    newCallId: vertex ? randomUUID : () => `function-call-${randomInt(2 ** 47)}`,
  };
}
