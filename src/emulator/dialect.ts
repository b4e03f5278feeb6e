import { randomInt, randomUUID } from 'node:crypto';
import { bareModelId, modelProfile, type Backend, type ModelProfile } from '../models/profiles.js';

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
  /** `realtimeInput.mediaChunks` is still taken. */
  mediaChunks: boolean;
  contextUpdate: boolean;
  /** `interactionStatus` comes with `turnComplete`. */
  interactionStatus: boolean;
  newCallId(): string;
}

/** The dialect of a model, given in any of the services' forms. */
export function dialectOf(backend: Backend, model: string): Dialect {
  const vertex = backend === 'vertex-ai';
  const id = bareModelId(model);
  const isSecondGeneration = /\b2\.[05]-/.test(id);
  const is38 = id.startsWith('gemini-3.8');
  return {
    backend,
    profile: modelProfile(model),
    sessionId: vertex,
    roleOnModelTurn: vertex,
    audioMimeType: vertex ? 'audio/pcm' : 'audio/pcm;rate=24000',
    usageNames: vertex ? 'candidates' : 'response',
    transcriptAhead: vertex,
    bundle: id.startsWith('gemini-3.1'),
    callEndsTurn: isSecondGeneration,
    mediaChunks: vertex || isSecondGeneration,
    contextUpdate: is38,
    interactionStatus: is38,
    newCallId: vertex ? randomUUID : () => `function-call-${randomInt(2 ** 47)}`,
  };
}
