import type { SpokenTurn } from '../call/ports.js';
import type { ToolDeclaration } from '../tools/tool.js';

/** A tool that the service runs by itself. */
export type NativeTool =
  | { kind: 'google_search' }
  | { kind: 'code_execution' }
  | { kind: 'url_context' }
  | { kind: 'vertex_ai_search'; datastore: string };

type Level = 'low' | 'high';

/** What an agent asks of its session. What its model rejects is not sent. */
export interface LiveSessionSettings {
  /** A bare id, or a name in any of the services' forms. */
  model: string;
  systemInstruction?: string;
  voice?: string;
  /** BCP-47. */
  language?: string;
  /** Default AUDIO. */
  modality?: 'AUDIO' | 'TEXT';
  generation?: {
    temperature?: number;
    topP?: number;
    topK?: number;
    maxOutputTokens?: number;
    seed?: number;
  };
  thinking?: {
    level?: 'minimal' | 'low' | 'medium' | 'high';
    /** Tokens; 0 = off, -1 = the model decides. */
    budget?: number;
    includeThoughts?: boolean;
  };
  affectiveDialog?: boolean;
  proactiveAudio?: boolean;
  mediaResolution?: 'low' | 'medium' | 'high';
  /** BCP-47 hints for what the caller speaks. Both sides are transcribed in any case. */
  transcriptionLanguages?: readonly string[];
  /** How the model finds the caller's turns; what is absent is left to the service. */
  turn?: {
    startSensitivity?: Level;
    endSensitivity?: Level;
    prefixPaddingMs?: number;
    silenceMs?: number;
    /** false: the caller's speech does not interrupt the agent. */
    bargeIn?: boolean;
    coverage?: 'activity' | 'all' | 'activity_and_video';
  };
  /** Turns the session starts with, oldest first. */
  contextTurns?: readonly SpokenTurn[];
  tools?: readonly ToolDeclaration[];
  nativeTools?: readonly NativeTool[];
  /** Makes room in the context window when it fills; what is absent is the service's default. */
  compress?: { triggerTokens?: number; targetTokens?: number };
}
