import { HALF_CASCADE_VOICES, VOICES } from './voices.js';

/** The two services that offer the Live API. */
export type Backend = 'gemini-api' | 'vertex-ai';

/** The tools that the service runs itself. */
export const BUILT_IN_TOOLS = [
  'google_search',
  'code_execution',
  'url_context',
  'vertex_ai_search',
  'vertex_rag',
  'google_maps',
  'enterprise_web_search',
  'file_search',
] as const;
export type BuiltInTool = (typeof BUILT_IN_TOOLS)[number];

/** Tools that only one of the services offers. Source: types of `@google/genai`. */
const ONE_SERVICE_TOOLS: Readonly<Partial<Record<BuiltInTool, Backend>>> = {
  vertex_ai_search: 'vertex-ai',
  vertex_rag: 'vertex-ai',
  enterprise_web_search: 'vertex-ai',
  file_search: 'gemini-api',
};

/**
 * Which services say, with each handle, how much of what was sent it knows of, so that the rest can be sent again.
 * Source: Vertex AI, "Developer's guide to Gemini 3.8 Live"; `SessionResumptionConfig` of `@google/genai` 2.32.
 */
export const RESUMES_TRANSPARENTLY: readonly Backend[] = ['vertex-ai'];

/** Which services offer a tool, where the model has it. */
export function isOfferedOn(tool: BuiltInTool, backend: Backend): boolean {
  return (ONE_SERVICE_TOOLS[tool] ?? backend) === backend;
}

/** When the table below was last held against Google's pages. */
export const PROFILES_AS_OF = '2026-11-20';

/**
 * What one Live model takes and how it behaves: data, read by `validate`, by the setup and by the emulator, and printed
 * by `liveline models`. Source: each model's own page, the Live API guides, the types of `@google/genai` 2.32, and
 * reports where they are silent.
 */
export interface ModelProfile {
  id: string;
  /** The page of Google's that says most about it. */
  source: string;
  backends: readonly Backend[];
  status: 'ga' | 'preview' | 'legacy' | 'retired';
  modalities: readonly ('AUDIO' | 'TEXT')[];
  /** How a line of text reaches the model in the middle of a call, and makes it speak. */
  text: 'realtime-input' | 'client-content' | 'none';
  /** Where what was said before goes when a session starts with a history. */
  history: 'client-content' | 'history-config' | 'none';
  /** `clientContent` is refused once the conversation has begun. */
  clientContentOnlyAsHistory: boolean;
  /** A session that starts with a history whose last turn is the agent's does not answer well. Reported, not documented. */
  historyEndsWithCaller?: boolean;
  /**
   * `default`: what a declaration without `behavior` means. `nonBlocking`: whether NON_BLOCKING may be declared.
   * `builtInExcludesFunctions`: a session has either functions or tools of the service's. `partialAnswersOn`: the services
   * on which a function that does not block may answer in pieces.
   */
  tools: {
    default: 'BLOCKING' | 'NON_BLOCKING';
    blocking: boolean;
    nonBlocking: boolean;
    builtIn: readonly BuiltInTool[];
    builtInExcludesFunctions?: boolean;
    partialAnswersOn: readonly Backend[];
  };
  /**
   * Hearing the caller while it waits for a function ends the session (1008), or makes it call the function off after
   * some twelve seconds. Reported, not documented.
   */
  gatesMicrophoneDuringTools?: boolean;
  /** It makes calls again, under other ids, that it called off by itself. Reported, not documented. */
  repeatsCancelledCalls?: boolean;
  /** The services on which a session can be told other instructions and tools in the middle of it. */
  contextUpdateOn: readonly Backend[];
  thinking: 'none' | 'budget' | 'level';
  affectiveDialog: boolean;
  /** `always`: on by itself, and refuses to be turned off. */
  proactiveAudio: 'none' | 'opt-in' | 'always';
  /** Whether `speechConfig.languageCode` is taken; otherwise the model hears the language by itself. */
  languageCode: boolean;
  /** Whether the caller's transcription takes more than `{}`: what to expect, word times, speakers, a mode. */
  transcriptionOptions: boolean;
  /** Whether pictures reach it (`realtimeInput.video`). */
  seesImages: boolean;
  /** It only translates: audio in, audio out, without instructions, tools, voice, text or turns. */
  translates: boolean;
  /** Empty where none can be chosen. */
  voices: readonly string[];
  contextWindowTokens: number;
}

/** `willContinue` is documented as not supported on Vertex AI. Source: types of `@google/genai`. */
const PARTIAL_ANSWERS: readonly Backend[] = ['gemini-api'];

const GEMINI_3_8 = 'https://ai.google.dev/gemini-api/docs/models/gemini-3.8-live';
const LIVE_TOOLS = 'https://ai.google.dev/gemini-api/docs/live-tools';
const VERTEX_TOOLS = 'https://cloud.google.com/vertex-ai/generative-ai/docs/live-api/tools';

const NATIVE = {
  modalities: ['AUDIO'],
  contextUpdateOn: [],
  languageCode: false,
  transcriptionOptions: false,
  seesImages: true,
  translates: false,
  voices: VOICES,
  contextWindowTokens: 128_000,
} as const satisfies Partial<ModelProfile>;

/** What Google's pages list for Live models; they name none with Google Maps, the enterprise search or file search. */
const HALF_CASCADE_TOOLS: readonly BuiltInTool[] = [
  'google_search',
  'code_execution',
  'url_context',
  'vertex_ai_search',
  'vertex_rag',
];

const HALF_CASCADE = {
  modalities: ['AUDIO', 'TEXT'],
  contextUpdateOn: [],
  text: 'client-content',
  history: 'client-content',
  clientContentOnlyAsHistory: false,
  tools: {
    default: 'BLOCKING',
    blocking: true,
    nonBlocking: true,
    builtIn: HALF_CASCADE_TOOLS,
    partialAnswersOn: PARTIAL_ANSWERS,
  },
  thinking: 'none',
  affectiveDialog: false,
  proactiveAudio: 'none',
  languageCode: true,
  transcriptionOptions: false,
  seesImages: true,
  translates: false,
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
    source: GEMINI_3_8,
    backends: ['gemini-api', 'vertex-ai'],
    status: 'ga',
    text: 'client-content',
    history: 'client-content',
    clientContentOnlyAsHistory: false,
    // `customVocabulary`: Vertex AI, "Developer's guide to Gemini 3.8 Live"; the others are its neighbours in the API.
    transcriptionOptions: true,
    tools: {
      default: 'NON_BLOCKING',
      blocking: true,
      nonBlocking: true,
      builtIn: ['google_search', 'vertex_ai_search', 'vertex_rag'],
      partialAnswersOn: PARTIAL_ANSWERS,
    },
    // The SDK writes it for both services; only Vertex AI's pages describe it.
    contextUpdateOn: ['vertex-ai'],
    thinking: 'none',
    affectiveDialog: false,
    proactiveAudio: 'always',
  },
  {
    ...NATIVE,
    id: 'gemini-3.8-live-extended-thinking',
    source: GEMINI_3_8,
    backends: ['gemini-api'],
    status: 'ga',
    text: 'client-content',
    history: 'client-content',
    clientContentOnlyAsHistory: false,
    tools: {
      default: 'NON_BLOCKING',
      blocking: false,
      nonBlocking: true,
      builtIn: ['google_search'],
      partialAnswersOn: PARTIAL_ANSWERS,
    },
    thinking: 'level',
    affectiveDialog: false,
    proactiveAudio: 'always',
  },
  {
    ...NATIVE,
    id: 'gemini-3.1-flash-live-preview',
    source: LIVE_TOOLS,
    backends: ['gemini-api'],
    status: 'legacy',
    text: 'realtime-input',
    history: 'history-config',
    clientContentOnlyAsHistory: true,
    tools: {
      default: 'BLOCKING',
      blocking: true,
      nonBlocking: false,
      builtIn: ['google_search'],
      partialAnswersOn: [],
    },
    // livekit/agents #5556.
    gatesMicrophoneDuringTools: true,
    repeatsCancelledCalls: true,
    thinking: 'level',
    affectiveDialog: false,
    proactiveAudio: 'none',
  },
  {
    ...NATIVE,
    id: 'gemini-3.5-live-translate-preview',
    source: 'https://ai.google.dev/gemini-api/docs/live-api/live-translate',
    // Vertex AI, "Gemini 3.5 Live Translate" among the pages of its models.
    backends: ['gemini-api', 'vertex-ai'],
    status: 'preview',
    text: 'none',
    history: 'none',
    clientContentOnlyAsHistory: true,
    tools: {
      default: 'BLOCKING',
      blocking: false,
      nonBlocking: false,
      builtIn: [],
      partialAnswersOn: [],
    },
    seesImages: false,
    translates: true,
    voices: [],
    thinking: 'none',
    affectiveDialog: false,
    proactiveAudio: 'none',
  },
  {
    ...NATIVE_2_5,
    id: 'gemini-live-2.5-flash-native-audio',
    source: 'https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini/2-5-flash-live-api',
    backends: ['vertex-ai'],
    status: 'ga',
    tools: {
      default: 'BLOCKING',
      blocking: true,
      nonBlocking: false,
      builtIn: ['google_search', 'vertex_ai_search', 'vertex_rag'],
      partialAnswersOn: [],
    },
  },
  {
    ...NATIVE_2_5,
    id: 'gemini-2.5-flash-native-audio-preview-12-2025',
    source: LIVE_TOOLS,
    backends: ['gemini-api'],
    status: 'legacy',
    tools: {
      default: 'BLOCKING',
      blocking: true,
      nonBlocking: true,
      builtIn: ['google_search'],
      partialAnswersOn: PARTIAL_ANSWERS,
    },
    // googleapis/js-genai #1236, livekit/agents #4545.
    gatesMicrophoneDuringTools: true,
  },
  {
    ...HALF_CASCADE,
    id: 'gemini-live-2.5-flash',
    source: VERTEX_TOOLS,
    backends: ['vertex-ai'],
    status: 'preview',
  },
  {
    ...HALF_CASCADE,
    id: 'gemini-live-2.5-flash-preview',
    source: LIVE_TOOLS,
    backends: ['gemini-api'],
    status: 'retired',
  },
  {
    ...HALF_CASCADE,
    id: 'gemini-2.0-flash-live-001',
    source: LIVE_TOOLS,
    backends: ['gemini-api'],
    status: 'retired',
  },
  {
    ...HALF_CASCADE,
    id: 'gemini-2.0-flash-live-preview-04-09',
    source: VERTEX_TOOLS,
    backends: ['vertex-ai'],
    status: 'retired',
    // Reported: search beside functions ends the session with 1007.
    tools: { ...HALF_CASCADE.tools, builtInExcludesFunctions: true },
  },
];

export const DEFAULT_MODEL = 'gemini-3.8-live';

/** A model nobody told us about: everything is let through, and the service decides. */
function permissiveProfile(id: string): ModelProfile {
  return {
    ...NATIVE,
    id,
    source: '',
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
      builtIn: BUILT_IN_TOOLS,
      partialAnswersOn: PARTIAL_ANSWERS,
    },
    thinking: 'level',
    affectiveDialog: true,
    proactiveAudio: 'opt-in',
    languageCode: true,
    transcriptionOptions: true,
  };
}

/** Whether a line of text can be added in the middle of a call that the model does not answer. */
export function takesContext(profile: ModelProfile): boolean {
  return profile.text !== 'none' && !profile.clientContentOnlyAsHistory;
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
