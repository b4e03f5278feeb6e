import { describe, expect, it } from 'vitest';
import type { SpokenTurn } from '../../../src/call/ports.js';
import type { LiveService } from '../../../src/live/live-service.js';
import { sessionHistory } from '../../../src/live/session-history.js';
import { withTranscript } from '../../../src/live/transcript-instruction.js';
import type { LiveSessionSettings } from '../../../src/live/session-settings.js';
import { buildSetup, needsPreview } from '../../../src/live/setup.js';
import { clientMessageSchema } from '../../../src/live/wire.js';
import { isOfferedOn, MODEL_PROFILES, modelProfile } from '../../../src/models/profiles.js';
import { Conversation } from '../../support/opened-leg.js';

const GEMINI: LiveService = { backend: 'gemini-api', apiKey: 'k' };
const VERTEX: LiveService = { backend: 'vertex-ai', project: 'p', location: 'global' };

/** Asks for everything there is, whatever the model takes. */
const GREEDY: Omit<LiveSessionSettings, 'model'> = {
  voice: 'Kore',
  language: 'en-US',
  thinking: { level: 'low', budget: 0, includeThoughts: true },
  affectiveDialog: true,
  proactiveAudio: true,
  tools: [
    { name: 'waits', description: 'w', blocking: true },
    { name: 'runs', description: 'r', blocking: false },
  ],
  nativeTools: [
    { kind: 'google_search' },
    { kind: 'code_execution' },
    { kind: 'url_context' },
    { kind: 'vertex_ai_search', datastore: 'd' },
    { kind: 'vertex_rag', corpus: 'c' },
    { kind: 'google_maps' },
    { kind: 'enterprise_web_search' },
    { kind: 'file_search', stores: ['s'] },
  ],
  transcription: {
    languages: ['en-US'],
    vocabulary: ['Liveline'],
    mode: 'smart',
    wordTimestamps: false,
    diarization: true,
  },
  translation: { target: 'pl', echo: false },
  systemInstruction: 'Answer the phone.',
  turn: { silenceMs: 500, activitySignals: true },
  labels: { team: 'desk' },
  safety: { harassment: 'off' },
  safetyMethod: 'probability',
};

function setupFor(
  model: string,
  settings: Partial<LiveSessionSettings> = {},
  service = GEMINI,
  said: SpokenTurn[] = [],
) {
  const profile = modelProfile(model);
  return buildSetup({ model, ...settings }, profile, service, sessionHistory(said, profile));
}

describe('a setup', () => {
  it('asks for speech and both transcripts, and for nothing that was not set', () => {
    expect(setupFor('gemini-3.8-live')).toEqual({
      model: 'models/gemini-3.8-live',
      generationConfig: { responseModalities: ['AUDIO'] },
      inputAudioTranscription: {},
      outputAudioTranscription: {},
    });
  });

  it.each(MODEL_PROFILES)('leaves out what $id rejects', (profile) => {
    for (const service of [GEMINI, VERTEX]) {
      const setup = setupFor(profile.id, GREEDY, service);
      const { generationConfig = {}, tools = [] } = setup;
      const onVertex = service === VERTEX;
      expect(generationConfig.speechConfig?.voiceConfig !== undefined).toBe(profile.voices.length > 0);
      expect(generationConfig.speechConfig?.languageCode).toBe(profile.languageCode ? 'en-US' : undefined);
      expect(generationConfig.thinkingConfig?.thinkingBudget).toBe(profile.thinking === 'budget' ? 0 : undefined);
      expect(generationConfig.thinkingConfig?.thinkingLevel).toBe(profile.thinking === 'level' ? 'LOW' : undefined);
      expect('thinkingConfig' in generationConfig).toBe(profile.thinking !== 'none');
      expect('enableAffectiveDialog' in generationConfig).toBe(profile.affectiveDialog);
      expect('proactivity' in setup).toBe(profile.proactiveAudio === 'opt-in');
      expect(setup.inputAudioTranscription).toEqual(
        profile.transcriptionOptions
          ? {
              languageCodes: ['en-US'],
              customVocabulary: ['Liveline'],
              mode: 'SMART',
              wordTimestamp: false,
              diarization: true,
            }
          : {},
      );
      expect('translationConfig' in generationConfig).toBe(profile.translates);
      expect('systemInstruction' in setup).toBe(!profile.translates);
      expect('realtimeInputConfig' in setup).toBe(!profile.translates);
      expect('explicitVadSignal' in setup).toBe(onVertex && !profile.translates);
      expect('labels' in setup).toBe(onVertex);
      expect(setup.safetySettings?.[0]).toEqual({
        category: 'HARM_CATEGORY_HARASSMENT',
        threshold: 'OFF',
        ...(onVertex && { method: 'PROBABILITY' }),
      });
      const functions = tools[0]?.functionDeclarations ?? [];
      expect(functions[0]?.behavior).toBe(profile.tools.blocking ? 'BLOCKING' : undefined);
      expect(functions[1]?.behavior).toBe(profile.tools.nonBlocking ? 'NON_BLOCKING' : undefined);
      const native = profile.tools.builtIn.filter((kind) => isOfferedOn(kind, service.backend));
      expect(tools.slice(1)).toHaveLength(profile.tools.builtInExcludesFunctions === true ? 0 : native.length);
      expect(clientMessageSchema.safeParse({ setup }).error).toBeUndefined();
    }
  });

  it('has no voice in a session of text', () => {
    const setup = setupFor('gemini-live-2.5-flash', { modality: 'TEXT', voice: 'Kore', language: 'en-US' });
    expect(setup.generationConfig).toEqual({ responseModalities: ['TEXT'] });
  });

  it('has the service’s tools where functions exclude them and there are none', () => {
    const model = 'gemini-2.0-flash-live-preview-04-09';
    const nativeTools = [{ kind: 'google_search' } as const];
    const tools = [{ name: 'f', description: 'd' }];
    expect(setupFor(model, { nativeTools }, VERTEX).tools).toEqual([{ googleSearch: {} }]);
    expect(setupFor(model, { nativeTools, tools }, VERTEX).tools).toEqual([{ functionDeclarations: tools }]);
  });

  it('lets everything through to a model that nobody told us about', () => {
    const setup = setupFor('gemini-9-live', GREEDY, VERTEX);
    expect(setup.generationConfig).toMatchObject({
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } }, languageCode: 'en-US' },
      thinkingConfig: { thinkingLevel: 'LOW' },
      enableAffectiveDialog: true,
    });
    expect(setup).toMatchObject({
      proactivity: { proactiveAudio: true },
      inputAudioTranscription: { customVocabulary: ['Liveline'] },
      explicitVadSignal: true,
    });
    const offered = GREEDY.nativeTools?.filter(({ kind }) => isOfferedOn(kind, 'vertex-ai')) ?? [];
    expect(setup.tools).toHaveLength(1 + offered.length);
  });

  it('says that the caller may interrupt only when it was asked to', () => {
    const activityHandling = (bargeIn: boolean) =>
      setupFor('gemini-3.8-live', { turn: { bargeIn } }).realtimeInputConfig?.activityHandling;
    expect([true, false].map(activityHandling)).toEqual(['START_OF_ACTIVITY_INTERRUPTS', 'NO_INTERRUPTION']);
    expect(setupFor('gemini-3.8-live', { turn: {} })).not.toHaveProperty('realtimeInputConfig');
  });

  it('leaves the numbers of the compression to the service when there are none', () => {
    expect(setupFor('gemini-3.8-live', { compress: {} }).contextWindowCompression).toEqual({ slidingWindow: {} });
  });

  it('declares no parameters for a function that takes none', () => {
    const parameters = { type: 'object', properties: {} };
    const setup = setupFor('gemini-3.8-live', { tools: [{ name: 'f', description: 'd', parameters }] });
    expect(setup.tools).toEqual([{ functionDeclarations: [{ name: 'f', description: 'd' }] }]);
  });

  it('leaves out keywords that the service refuses', () => {
    const day = { type: 'string', enum: ['mon', 1], const: 'mon', $comment: 'x', default: null };
    const parameters = { $schema: 'x', type: 'object', properties: { day, any: true }, oneOf: [] };
    const setup = setupFor('gemini-3.8-live', { tools: [{ name: 'f', description: 'd', parameters }] });
    expect(setup.tools?.[0]?.functionDeclarations?.[0]?.parameters).toEqual({
      type: 'OBJECT',
      properties: { day: { type: 'STRING', enum: ['mon', '1'], default: null }, any: {} },
    });
    expect(clientMessageSchema.safeParse({ setup }).error).toBeUndefined();
  });

  it('needs the preview only for a setting that the model takes', () => {
    const asks = { model: 'm', affectiveDialog: true, proactiveAudio: true };
    expect(needsPreview(asks, modelProfile('gemini-2.5-flash-native-audio-preview-12-2025'))).toBe(true);
    expect(needsPreview(asks, modelProfile('gemini-3.8-live'))).toBe(false);
  });
});

describe('what was said before', () => {
  const said: SpokenTurn[] = [
    { speaker: 'caller', text: 'Hello' },
    { speaker: 'agent', text: ' ' },
    { speaker: 'agent', text: 'Hi, Ann.' },
  ];
  const turns = [
    { role: 'user', parts: [{ text: 'Hello' }] },
    { role: 'model', parts: [{ text: 'Hi, Ann.' }] },
  ];

  it('follows the setup as turns that start nothing, and ends with the caller', async () => {
    await using call = await Conversation.open({
      settings: { contextTurns: said.slice(0, 1) },
      history: said.slice(1),
    });
    expect(call.setup).not.toHaveProperty('historyConfig');
    const seed: { turns: { role: string }[]; turnComplete: boolean } = (await call.session.next())['clientContent'];
    expect(seed.turnComplete).toBe(false);
    expect(seed.turns.slice(0, 2)).toEqual(turns);
    expect(seed.turns.at(-1)?.role).toBe('user');
    await using other = await Conversation.open({ history: said.slice(0, 1) });
    expect((await other.session.next())['clientContent'].turns).toEqual(turns.slice(0, 1));
  });

  it('is marked where it was cut off', () => {
    const cut: SpokenTurn[] = [{ speaker: 'agent', text: 'We are open', cutOff: true }];
    const { message } = sessionHistory(cut, modelProfile('gemini-3.1-flash-live-preview'));
    expect(message?.clientContent?.turns?.[0]?.parts).toEqual([{ text: 'We are open … (cut off here)' }]);
    expect(withTranscript(undefined, cut)).toContain('You: We are open … (cut off here)');
  });

  it('is announced in the setup where the model wants it so', async () => {
    const model = 'gemini-3.1-flash-live-preview';
    await using call = await Conversation.open({ model, history: said });
    expect(call.setup['historyConfig']).toEqual({ initialHistoryInClientContent: true });
    expect(await call.session.next()).toEqual({ clientContent: { turns, turnComplete: true } });
    await using fresh = await Conversation.open({ model });
    expect(fresh.setup).not.toHaveProperty('historyConfig');
  });

  it('is nothing to a model that only translates, and neither is a line of text', async () => {
    const model = 'gemini-3.5-live-translate-preview';
    const settings = { systemInstruction: 'Translate.', translation: { target: 'pl', echo: false } };
    await using call = await Conversation.open({ model, settings, history: said });
    expect(call.setup).not.toHaveProperty('systemInstruction');
    call.leg.sendText('unheard');
    call.leg.endAudio();
    expect(await call.session.next()).toEqual({ realtimeInput: { audioStreamEnd: true } });
  });
});
