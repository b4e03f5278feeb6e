import type { SpokenTurn } from '../call/ports.js';
import type { NativeTool, ToolDeclaration } from '../tools/tool.js';

type Level = 'low' | 'high';

type HarmCategory = 'harassment' | 'hate_speech' | 'sexually_explicit' | 'dangerous_content' | 'jailbreak';
type HarmThreshold = 'off' | 'none' | 'only_high' | 'medium_and_above' | 'low_and_above';

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
    frequencyPenalty?: number;
    presencePenalty?: number;
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
  /** How the caller is transcribed, on models that take more than whether; languages are BCP-47. */
  transcription?: {
    languages?: readonly string[];
    vocabulary?: readonly string[];
    mode?: 'verbatim' | 'smart';
    wordTimestamps?: boolean;
    diarization?: boolean;
  };
  /** Where the caller's turns begin and end; what is absent is left to the service. */
  turn?: {
    /** `local`: the bridge says so, by `startActivity` and `endActivity`. Default: the model finds out. */
    detection?: 'local';
    /** How the model finds out. */
    startSensitivity?: Level;
    endSensitivity?: Level;
    prefixPaddingMs?: number;
    silenceMs?: number;
    /** false: the caller's speech does not interrupt the agent. */
    bargeIn?: boolean;
    coverage?: 'activity' | 'all' | 'activity_and_video';
    /** The service reports where it hears the caller begin and end. Vertex AI only. */
    activitySignals?: boolean;
  };
  /** Turns the session starts with, oldest first. */
  contextTurns?: readonly SpokenTurn[];
  tools?: readonly ToolDeclaration[];
  nativeTools?: readonly NativeTool[];
  /** Ask for handles by which another connection can take the session up. Default true. */
  resume?: boolean;
  /** Where the service says how much of what was sent a handle knows of, send the rest again. Default true. */
  transparent?: boolean;
  /** Makes room in the context window when it fills; what is absent is the service's default. */
  compress?: { triggerTokens?: number; targetTokens?: number };
  /** What to translate into, BCP-47, on a model that does nothing else. `echo`: repeat what already is in that language. */
  translation?: { target: string; echo: boolean };
  /** From which probability of harm on a reply is blocked. */
  safety?: Partial<Record<HarmCategory, HarmThreshold>>;
  /** Whether severity counts beside probability. Vertex AI only. */
  safetyMethod?: 'severity' | 'probability';
  /** Names under which usage is billed. Vertex AI only. */
  labels?: Readonly<Record<string, string>>;
  /** Provisioned throughput alone, or none of it; default: first provisioned, then as you go. Vertex AI only. */
  provisioned?: 'dedicated' | 'shared';
}
