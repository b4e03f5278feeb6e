import { HALF_CASCADE_VOICES, VOICES } from './voices.js';

/** The two services that offer the Live API. */
export type Backend = 'gemini-api' | 'vertex-ai';

export type BuiltInTool = 'google_search' | 'code_execution' | 'url_context' | 'vertex_ai_search';

/**
 * What one Live model takes and how it behaves: data, read by `validate`, by the setup and by the emulator.
 * Source: Google's Live API and Vertex AI pages and the SDK's types, autumn 2026, and reports where they are silent.
 */
export interface ModelProfile {
  id: string;
  backends: readonly Backend[];
  status: 'ga' | 'preview' | 'legacy' | 'retired';
  modalities: readonly ('AUDIO' | 'TEXT')[];
  /** How a line of text reaches the model in the middle of a call, and makes it speak. */
  text: 'realtime-input' | 'client-content';
  /** Where what was said before goes when a session starts with a history. */
  history: 'client-content' | 'history-config' | 'system-instruction';
  /** `clientContent` is refused once the conversation has begun. */
  clientContentOnlyAsHistory: boolean;
  /** A session that starts with a history whose last turn is the agent's does not answer well. Reported, not documented. */
  historyEndsWithCaller?: boolean;
  /** `default`: what a declaration without `behavior` means. `nonBlocking`: whether NON_BLOCKING may be declared. */
  tools: {
    default: 'BLOCKING' | 'NON_BLOCKING';
    blocking: boolean;
    nonBlocking: boolean;
    builtIn: readonly BuiltInTool[];
  };
  thinking: 'none' | 'budget' | 'level';
  affectiveDialog: boolean;
  /** `always`: on by itself, and refuses to be turned off. */
  proactiveAudio: 'none' | 'opt-in' | 'always';
  /** Whether `speechConfig.languageCode` is taken; otherwise the model hears the language by itself. */
  languageCode: boolean;
  voices: readonly string[];
  contextWindowTokens: number;
}

const NATIVE = {
  modalities: ['AUDIO'],
  languageCode: false,
  voices: VOICES,
  contextWindowTokens: 128_000,
} as const satisfies Partial<ModelProfile>;

const HALF_CASCADE = {
  modalities: ['AUDIO', 'TEXT'],
  text: 'client-content',
  history: 'client-content',
  clientContentOnlyAsHistory: false,
  tools: {
    default: 'BLOCKING',
    blocking: true,
    nonBlocking: true,
    builtIn: ['google_search', 'code_execution', 'url_context', 'vertex_ai_search'],
  },
  thinking: 'none',
  affectiveDialog: false,
  proactiveAudio: 'none',
  languageCode: true,
  voices: HALF_CASCADE_VOICES,
  contextWindowTokens: 32_000,
} as const satisfies Partial<ModelProfile>;

const NATIVE_2_5 = {
  ...NATIVE,
  text: 'client-content',
  history: 'client-content',
  historyEndsWithCaller: true,
  clientContentOnlyAsHistory: false,
  thinking: 'budget',
  affectiveDialog: true,
  proactiveAudio: 'opt-in',
} as const satisfies Partial<ModelProfile>;

/** Every known model, newest first. */
export const MODEL_PROFILES: readonly ModelProfile[] = [
  {
    ...NATIVE,
    id: 'gemini-3.8-live',
    backends: ['gemini-api', 'vertex-ai'],
    status: 'ga',
    text: 'client-content',
    history: 'client-content',
    clientContentOnlyAsHistory: false,
    tools: {
      default: 'NON_BLOCKING',
      blocking: true,
      nonBlocking: true,
      builtIn: ['google_search', 'vertex_ai_search'],
    },
    thinking: 'none',
    affectiveDialog: false,
    proactiveAudio: 'always',
  },
  {
    ...NATIVE,
    id: 'gemini-3.8-live-extended-thinking',
    backends: ['gemini-api'],
    status: 'ga',
    text: 'client-content',
    history: 'client-content',
    clientContentOnlyAsHistory: false,
    tools: { default: 'NON_BLOCKING', blocking: false, nonBlocking: true, builtIn: ['google_search'] },
    thinking: 'level',
    affectiveDialog: false,
    proactiveAudio: 'always',
  },
  {
    ...NATIVE,
    id: 'gemini-3.1-flash-live-preview',
    backends: ['gemini-api'],
    status: 'legacy',
    text: 'realtime-input',
    history: 'history-config',
    clientContentOnlyAsHistory: true,
    tools: { default: 'BLOCKING', blocking: true, nonBlocking: false, builtIn: ['google_search'] },
    thinking: 'level',
    affectiveDialog: false,
    proactiveAudio: 'none',
  },
  {
    ...NATIVE,
    id: 'gemini-3.5-live-translate-preview',
    backends: ['gemini-api'],
    status: 'preview',
    text: 'realtime-input',
    history: 'system-instruction',
    clientContentOnlyAsHistory: true,
    tools: { default: 'BLOCKING', blocking: false, nonBlocking: false, builtIn: [] },
    thinking: 'none',
    affectiveDialog: false,
    proactiveAudio: 'none',
  },
  {
    ...NATIVE_2_5,
    id: 'gemini-live-2.5-flash-native-audio',
    backends: ['vertex-ai'],
    status: 'ga',
    tools: {
      default: 'BLOCKING',
      blocking: true,
      nonBlocking: false,
      builtIn: ['google_search', 'vertex_ai_search'],
    },
  },
  {
    ...NATIVE_2_5,
    id: 'gemini-2.5-flash-native-audio-preview-12-2025',
    backends: ['gemini-api'],
    status: 'legacy',
    tools: { default: 'BLOCKING', blocking: true, nonBlocking: true, builtIn: ['google_search'] },
  },
  { ...HALF_CASCADE, id: 'gemini-live-2.5-flash', backends: ['vertex-ai'], status: 'preview' },
  { ...HALF_CASCADE, id: 'gemini-live-2.5-flash-preview', backends: ['gemini-api'], status: 'retired' },
  { ...HALF_CASCADE, id: 'gemini-2.0-flash-live-001', backends: ['gemini-api'], status: 'retired' },
  { ...HALF_CASCADE, id: 'gemini-2.0-flash-live-preview-04-09', backends: ['vertex-ai'], status: 'retired' },
];

export const DEFAULT_MODEL = 'gemini-3.8-live';

/** A model nobody told us about: everything is let through, and the service decides. */
function permissiveProfile(id: string): ModelProfile {
  return {
    ...NATIVE,
    id,
    backends: ['gemini-api', 'vertex-ai'],
    status: 'preview',
    modalities: ['AUDIO', 'TEXT'],
    text: 'client-content',
    history: 'client-content',
    clientContentOnlyAsHistory: false,
    tools: {
      default: 'BLOCKING',
      blocking: true,
      nonBlocking: true,
      builtIn: ['google_search', 'code_execution', 'url_context', 'vertex_ai_search'],
    },
    thinking: 'level',
    affectiveDialog: true,
    proactiveAudio: 'opt-in',
    languageCode: true,
  };
}

/** The bare id of a model written in any of the services' forms (`models/x`, `publishers/google/models/x`, …). */
export function bareModelId(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1);
}

/** The profile of a model, or undefined for one that is not in the table. */
export function findModelProfile(model: string): ModelProfile | undefined {
  const id = bareModelId(model);
  return MODEL_PROFILES.find((profile) => profile.id === id);
}

/** The profile of a model; the permissive one when it is not in the table. */
export function modelProfile(model: string): ModelProfile {
  return findModelProfile(model) ?? permissiveProfile(bareModelId(model));
}
