import { describe, expect, it } from 'vitest';
import type { LiveSessionSettings } from '../../../src/live/session-settings.js';
import { clientMessageSchema } from '../../../src/live/wire.js';
import type { ScriptedSession } from '../../support/scripted-live-server.js';
import { EXPRESS, GEMINI, type SdkBackend, VERTEX, withLeg, withSdk } from '../../support/sdk-session.js';

// Google's own client says what a Live client sends: both are given the same wishes, and must send the same.

const TRANSLATOR = 'gemini-3.5-live-translate-preview';

/** What is always asked for. */
function alwaysAsked({ service }: SdkBackend, model: string) {
  const transparent = service.backend === 'vertex-ai' && model !== TRANSLATOR;
  return {
    inputAudioTranscription: {},
    outputAudioTranscription: {},
    sessionResumption: transparent ? { transparent } : {},
  };
}

const pathOf = (session: ScriptedSession) => session.request.url?.replace(/^\/+/, '/').replace(/\?.*/, '');

const EVERYTHING: Partial<LiveSessionSettings> = {
  systemInstruction: 'You answer the phone.',
  voice: 'Kore',
  language: 'en-US',
  generation: {
    temperature: 0.7,
    topP: 0.95,
    topK: 40,
    maxOutputTokens: 2_048,
    seed: 7,
    frequencyPenalty: 0.5,
    presencePenalty: -0.5,
  },
  mediaResolution: 'low',
  transcription: {
    languages: ['en-US'],
    vocabulary: ['Liveline'],
    mode: 'verbatim',
    wordTimestamps: true,
    diarization: true,
  },
  safety: { harassment: 'only_high', dangerous_content: 'low_and_above' },
  turn: {
    startSensitivity: 'low',
    endSensitivity: 'high',
    prefixPaddingMs: 20,
    silenceMs: 600,
    bargeIn: false,
    coverage: 'activity',
  },
  compress: { triggerTokens: 100_000, targetTokens: 50_000 },
  nativeTools: [{ kind: 'google_search' }],
};
const EVERYTHING_SDK = {
  systemInstruction: 'You answer the phone.',
  responseModalities: ['AUDIO'],
  speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } }, languageCode: 'en-US' },
  temperature: 0.7,
  topP: 0.95,
  topK: 40,
  maxOutputTokens: 2_048,
  seed: 7,
  generationConfig: { frequencyPenalty: 0.5, presencePenalty: -0.5 },
  mediaResolution: 'MEDIA_RESOLUTION_LOW',
  inputAudioTranscription: {
    languageCodes: ['en-US'],
    customVocabulary: ['Liveline'],
    mode: 'VERBATIM',
    wordTimestamp: true,
    diarization: true,
  },
  safetySettings: [
    { category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_ONLY_HIGH' },
    { category: 'HARM_CATEGORY_DANGEROUS_CONTENT', threshold: 'BLOCK_LOW_AND_ABOVE' },
  ],
  outputAudioTranscription: {},
  realtimeInputConfig: {
    automaticActivityDetection: {
      startOfSpeechSensitivity: 'START_SENSITIVITY_LOW',
      endOfSpeechSensitivity: 'END_SENSITIVITY_HIGH',
      prefixPaddingMs: 20,
      silenceDurationMs: 600,
    },
    activityHandling: 'NO_INTERRUPTION',
    turnCoverage: 'TURN_INCLUDES_ONLY_ACTIVITY',
  },
  contextWindowCompression: { triggerTokens: '100000', slidingWindow: { targetTokens: '50000' } },
  tools: [{ googleSearch: {} }],
};

const PARAMETERS = {
  type: 'object',
  additionalProperties: false,
  required: ['day'],
  properties: {
    day: { type: 'string', description: 'A weekday', enum: ['mon', 'tue'] },
    first_name: { type: ['string', 'null'] },
    either: { type: ['string', 'integer'] },
    maybe: { anyOf: [{ type: 'null' }, { type: 'array', items: { type: 'number', minimum: 0 }, maxItems: 3 }] },
    any: {
      anyOf: [{ type: 'boolean' }, { type: 'object', properties: { type: { type: 'string' } } }, { type: 'null' }],
    },
  },
};

const CASES: [string, SdkBackend[], string, Partial<LiveSessionSettings>, object][] = [
  ['nothing but the model', [GEMINI, VERTEX, EXPRESS], 'gemini-3.8-live', {}, { responseModalities: ['AUDIO'] }],
  ['everything', [GEMINI, VERTEX, EXPRESS], 'gemini-live-of-tomorrow', EVERYTHING, EVERYTHING_SDK],
  [
    'the 2.5 settings',
    [VERTEX, EXPRESS],
    'gemini-live-2.5-flash-native-audio',
    { thinking: { budget: 0, includeThoughts: false }, affectiveDialog: true, proactiveAudio: true },
    {
      responseModalities: ['AUDIO'],
      thinkingConfig: { thinkingBudget: 0, includeThoughts: false },
      enableAffectiveDialog: true,
      proactivity: { proactiveAudio: true },
    },
  ],
  [
    'a thinking level',
    [GEMINI],
    'gemini-3.1-flash-live-preview',
    { thinking: { level: 'low' }, modality: 'AUDIO' },
    { responseModalities: ['AUDIO'], thinkingConfig: { thinkingLevel: 'LOW' } },
  ],
  [
    'functions',
    [GEMINI, VERTEX],
    'gemini-3.8-live',
    {
      tools: [
        { name: 'plain', description: 'Takes nothing.' },
        { name: 'hours', description: 'Opening hours.', parameters: PARAMETERS, blocking: true },
        { name: 'slow', description: 'Takes time.', blocking: false },
      ],
    },
    {
      responseModalities: ['AUDIO'],
      tools: [
        {
          functionDeclarations: [
            { name: 'plain', description: 'Takes nothing.' },
            { name: 'hours', description: 'Opening hours.', parameters: PARAMETERS, behavior: 'BLOCKING' },
            { name: 'slow', description: 'Takes time.', behavior: 'NON_BLOCKING' },
          ],
        },
      ],
    },
  ],
  [
    'the tools of the service',
    [VERTEX],
    'gemini-live-2.5-flash',
    {
      nativeTools: [
        { kind: 'google_search' },
        { kind: 'code_execution' },
        { kind: 'url_context' },
        { kind: 'vertex_ai_search', datastore: 'projects/p/locations/l/collections/c/dataStores/d' },
        { kind: 'vertex_rag', corpus: 'projects/p/locations/l/ragCorpora/c', topK: 3, maxDistance: 0.5 },
      ],
    },
    {
      responseModalities: ['AUDIO'],
      tools: [
        { googleSearch: {} },
        { codeExecution: {} },
        { urlContext: {} },
        { retrieval: { vertexAiSearch: { datastore: 'projects/p/locations/l/collections/c/dataStores/d' } } },
        {
          retrieval: {
            vertexRagStore: {
              ragResources: [{ ragCorpus: 'projects/p/locations/l/ragCorpora/c' }],
              similarityTopK: 3,
              vectorDistanceThreshold: 0.5,
            },
          },
        },
      ],
    },
  ],
  [
    'tools that no known model has',
    [VERTEX],
    'gemini-9-live',
    {
      nativeTools: [{ kind: 'google_maps' }, { kind: 'enterprise_web_search', excludeDomains: ['example.com'] }],
    },
    {
      responseModalities: ['AUDIO'],
      tools: [{ googleMaps: {} }, { enterpriseWebSearch: { excludeDomains: ['example.com'] } }],
    },
  ],
  [
    'files to search',
    [GEMINI],
    'gemini-9-live',
    { nativeTools: [{ kind: 'file_search', stores: ['fileSearchStores/s'], topK: 3, filter: 'a = 1' }] },
    {
      responseModalities: ['AUDIO'],
      tools: [{ fileSearch: { fileSearchStoreNames: ['fileSearchStores/s'], topK: 3, metadataFilter: 'a = 1' } }],
    },
  ],
  [
    'what Vertex AI alone has',
    [VERTEX, EXPRESS],
    'gemini-3.8-live',
    {
      turn: { activitySignals: true },
      labels: { team: 'front_desk' },
      safety: { jailbreak: 'off', hate_speech: 'medium_and_above', sexually_explicit: 'none' },
      safetyMethod: 'severity',
    },
    {
      responseModalities: ['AUDIO'],
      explicitVadSignal: true,
      labels: { team: 'front_desk' },
      safetySettings: [
        { category: 'HARM_CATEGORY_JAILBREAK', threshold: 'OFF', method: 'SEVERITY' },
        { category: 'HARM_CATEGORY_HATE_SPEECH', threshold: 'BLOCK_MEDIUM_AND_ABOVE', method: 'SEVERITY' },
        { category: 'HARM_CATEGORY_SEXUALLY_EXPLICIT', threshold: 'BLOCK_NONE', method: 'SEVERITY' },
      ],
    },
  ],
  [
    'a language to translate into',
    [GEMINI, VERTEX],
    TRANSLATOR,
    { translation: { target: 'pl', echo: true } },
    { responseModalities: ['AUDIO'], translationConfig: { targetLanguageCode: 'pl', echoTargetLanguage: true } },
  ],
  [
    'text for an answer',
    [VERTEX],
    'gemini-live-2.5-flash',
    { modality: 'TEXT', voice: 'Kore' },
    { responseModalities: ['TEXT'] },
  ],
];

describe.each(CASES)('a setup with %s', (_name, backends, model, settings, config) => {
  it.each(backends)('is what the SDK sends to $name', async (backend) => {
    const sdk = await withSdk(
      backend,
      model,
      { ...alwaysAsked(backend, model), ...config },
      async (_s, server, setup) => {
        await Promise.resolve();
        return { setup, path: pathOf(server) };
      },
    );
    const own = await withLeg(backend, { model, settings }, async (_leg, server, setup) => {
      await Promise.resolve();
      return { setup, path: pathOf(server) };
    });
    expect(own).toEqual(sdk);
    expect(clientMessageSchema.safeParse({ setup: own.setup }).error).toBeUndefined();
  });
});

describe('a setup with a preview setting', () => {
  it('goes where the SDK goes when it is told v1alpha', async () => {
    const model = 'gemini-2.5-flash-native-audio-preview-12-2025';
    const preview = { ...GEMINI, sdk: { ...GEMINI.sdk, httpOptions: { apiVersion: 'v1alpha' } } };
    const sdk = await withSdk(preview, model, { enableAffectiveDialog: true }, (_session, server) =>
      Promise.resolve(pathOf(server)),
    );
    const own = await withLeg(GEMINI, { model, settings: { affectiveDialog: true } }, (_leg, server) =>
      Promise.resolve(pathOf(server)),
    );
    expect(own).toBe(sdk);
  });
});
