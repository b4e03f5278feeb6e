import { describe, expect, it } from 'vitest';
import type { LiveService } from '../../../src/live/live-service.js';
import { sessionHistory } from '../../../src/live/session-history.js';
import { buildSetup } from '../../../src/live/setup.js';
import { clientMessageSchema } from '../../../src/live/wire.js';
import { modelProfile } from '../../../src/models/profiles.js';
import { sessionSettings } from '../../../src/server/agent-session.js';
import { agentsIn, deskWith } from '../../support/agents-file.js';

const VERTEX: LiveService = { backend: 'vertex-ai', project: 'p', location: 'global' };

/** The settings and the setup of an agent with these lines of YAML, on Vertex AI. */
function sessionOf(yaml: string) {
  const [agent] = agentsIn(deskWith(yaml), { backend: 'vertex-ai' });
  if (!agent) throw new Error('there is no agent');
  const settings = sessionSettings(agent, agent.instructions, []);
  const profile = modelProfile(agent.model);
  const setup = buildSetup(settings, profile, VERTEX, sessionHistory(settings.contextTurns ?? [], profile));
  expect(clientMessageSchema.safeParse({ setup }).error).toBeUndefined();
  return { settings, setup };
}

/** Each setting as it stands in YAML, and the part of the setup that it becomes. */
const SETTINGS: [yaml: string, setup: object, model?: string][] = [
  [
    'voice: Puck',
    { generationConfig: { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Puck' } } } } },
  ],
  ['language: de-DE', { generationConfig: { speechConfig: { languageCode: 'de-DE' } } }, 'gemini-live-2.5-flash'],
  ['modality: text', { generationConfig: { responseModalities: ['TEXT'] } }, 'gemini-live-2.5-flash'],
  [
    'generation: { temperature: 1, top_p: 0.9, top_k: 3, max_output_tokens: 9, seed: 7 }',
    { generationConfig: { temperature: 1, topP: 0.9, topK: 3, maxOutputTokens: 9, seed: 7 } },
  ],
  [
    'generation: { frequency_penalty: 0.5, presence_penalty: -1 }',
    { generationConfig: { frequencyPenalty: 0.5, presencePenalty: -1 } },
  ],
  [
    'thinking: { budget: 0, include_thoughts: true }',
    { generationConfig: { thinkingConfig: { thinkingBudget: 0, includeThoughts: true } } },
    'gemini-live-2.5-flash-native-audio',
  ],
  [
    'affective_dialog: true\nproactive_audio: true',
    { generationConfig: { enableAffectiveDialog: true }, proactivity: { proactiveAudio: true } },
    'gemini-live-2.5-flash-native-audio',
  ],
  ['media_resolution: low', { generationConfig: { mediaResolution: 'MEDIA_RESOLUTION_LOW' } }],
  [
    'transcription: { languages: [pl], vocabulary: [Liveline] }',
    {
      inputAudioTranscription: { languageCodes: ['pl'], customVocabulary: ['Liveline'] },
      outputAudioTranscription: {},
    },
  ],
  [
    'turn: { start_sensitivity: low, end_sensitivity: high, prefix_padding_ms: 20, silence_ms: 600 }',
    {
      realtimeInputConfig: {
        automaticActivityDetection: {
          startOfSpeechSensitivity: 'START_SENSITIVITY_LOW',
          endOfSpeechSensitivity: 'END_SENSITIVITY_HIGH',
          prefixPaddingMs: 20,
          silenceDurationMs: 600,
        },
      },
    },
  ],
  [
    'turn: { detection: local, start_sensitivity: low, silence_ms: 600, coverage: activity }',
    {
      realtimeInputConfig: {
        automaticActivityDetection: { disabled: true },
        turnCoverage: 'TURN_INCLUDES_ONLY_ACTIVITY',
      },
    },
  ],
  [
    'turn: { barge_in: false, coverage: all, activity_signals: true }',
    {
      realtimeInputConfig: { activityHandling: 'NO_INTERRUPTION', turnCoverage: 'TURN_INCLUDES_ALL_INPUT' },
      explicitVadSignal: true,
    },
  ],
  [
    'session: { compress: { trigger_tokens: 9000, target_tokens: 3000 } }',
    { contextWindowCompression: { triggerTokens: '9000', slidingWindow: { targetTokens: '3000' } } },
  ],
  [
    'translation: { target: pl, echo: true }',
    { generationConfig: { translationConfig: { targetLanguageCode: 'pl', echoTargetLanguage: true } } },
    'gemini-3.5-live-translate-preview',
  ],
  [
    'safety: { dangerous_content: low_and_above, method: severity }',
    {
      safetySettings: [
        { category: 'HARM_CATEGORY_DANGEROUS_CONTENT', threshold: 'BLOCK_LOW_AND_ABOVE', method: 'SEVERITY' },
      ],
    },
  ],
  ['labels: { team: desk }', { labels: { team: 'desk' } }],
  [
    'tools: [google_search: {}, code_execution: {}, url_context: {}]',
    { tools: [{ googleSearch: {} }, { codeExecution: {} }, { urlContext: {} }] },
    'gemini-live-2.5-flash',
  ],
  [
    'tools: [vertex_ai_search: { datastore: projects/p/locations/l/collections/c/dataStores/d }]',
    { tools: [{ retrieval: { vertexAiSearch: { datastore: 'projects/p/locations/l/collections/c/dataStores/d' } } }] },
  ],
  [
    'tools: [vertex_rag: { corpus: projects/p/locations/l/ragCorpora/c, top_k: 3, max_distance: 0.5 }]',
    {
      tools: [
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
];

describe('a setting of an agent', () => {
  it.each(SETTINGS)('`%s` is in the setup', (yaml, setup, model = 'gemini-3.8-live') => {
    expect(sessionOf(`model: ${model}\n${yaml}`).setup).toMatchObject(setup);
  });

  it('instructs the model', () => {
    expect(sessionOf('').setup.systemInstruction).toEqual({ role: 'user', parts: [{ text: 'Answer the phone.' }] });
  });

  it('that is left out is not in the setup, but for what makes a session last', () => {
    const { setup } = sessionOf('');
    expect(setup.contextWindowCompression).toEqual({ slidingWindow: {} });
    expect(Object.keys(setup).sort()).toEqual([
      'contextWindowCompression',
      'generationConfig',
      'inputAudioTranscription',
      'model',
      'outputAudioTranscription',
      'realtimeInputConfig',
      'systemInstruction',
    ]);
  });

  it('turns compression off', () => {
    expect(sessionOf('session: { compress: false }').setup).not.toHaveProperty('contextWindowCompression');
  });

  it('may be about the connection, or what was said before', () => {
    const { settings } = sessionOf('provisioned: shared\ncontext: [{ caller: Hi }, { agent: Hello }]');
    expect(settings).toMatchObject({
      provisioned: 'shared',
      contextTurns: [
        { speaker: 'caller', text: 'Hi' },
        { speaker: 'agent', text: 'Hello' },
      ],
    });
  });
});
