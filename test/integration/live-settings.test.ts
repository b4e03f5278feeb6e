import { describe, expect, it } from 'vitest';
import { startLiveEmulator } from '../../src/emulator/live-emulator.js';
import { createScript } from '../../src/emulator/script.js';
import type { EmulatorScriptInput } from '../../src/emulator/script-schema.js';
import { startTestLine } from '../support/liveline.js';
import { callerSpeech, createTestSpeech } from '../support/test-speech.js';

/** An emulator that keeps the setups it was sent. */
async function startService(script: EmulatorScriptInput) {
  const setups: Record<string, unknown>[] = [];
  const service = await startLiveEmulator({
    script: createScript(script),
    speech: createTestSpeech(),
    onActivity: (activity) => {
      if (activity.type === 'session-opened') setups.push(activity.setup);
    },
  });
  return { service, setups };
}

const VERTEX_AGENTS = `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    greeting: Greet the caller.
    provisioned: shared
    labels: { team: front_desk }
    safety: { harassment: only_high, method: severity }
    transcription: { vocabulary: [Liveline], word_timestamps: true }
    turn: { activity_signals: true, protect_greeting: false, silence_ms: 300 }
    tools: [vertex_rag: { corpus: projects/p/locations/l/ragCorpora/c }]
`;

const INTERPRETER = `
agents:
  interpreter:
    default: true
    model: gemini-3.5-live-translate-preview
    translation: { target: pl }
`;

describe('a call to an agent that uses what only Vertex AI has', () => {
  it('is set up with it, and is a call like any other', async () => {
    const { service, setups } = await startService({
      greeting: 'Hello.',
      replies: [
        {
          on: 'speech',
          heard: 'Well?',
          say: 'Indeed.',
          grounding: { queries: ['prices'], sources: [{ kind: 'document', uri: 'gs://b/prices.pdf' }] },
        },
      ],
    });
    await using vertex = service;
    await using line = await startTestLine({
      agents: VERTEX_AGENTS,
      server: { model: { kind: 'vertex-ai', apiKey: 'express-key', baseUrl: vertex.url } },
    });
    await using phone = line.call();
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended');
    await phone.speak(await callerSpeech(700));
    await line.waitFor('turn', ({ pii }) => pii.text === 'Indeed.');
    expect(setups).toMatchObject([
      {
        labels: { team: 'front_desk' },
        explicitVadSignal: true,
        safetySettings: [{ method: 'SEVERITY' }],
        inputAudioTranscription: { customVocabulary: ['Liveline'], wordTimestamp: true },
        tools: [{ retrieval: { vertexRagStore: {} } }],
      },
    ]);
    expect(line.events.filter(({ type }) => type === 'irregular')).toEqual([]);
    const sources = [{ kind: 'document', uri: 'gs://b/prices.pdf' }];
    expect(line.events.filter(({ type }) => type === 'grounded')).toMatchObject([
      { pii: { queries: ['prices'], sources } },
    ]);
    expect(await line.waitFor('transcript', ({ speaker }) => speaker === 'caller')).toMatchObject({
      pii: { text: 'Well?', words: [{ word: 'Well?', startMs: 0, endMs: 300 }] },
    });
    const heard = line.events.flatMap((event) => (event.type === 'activity-reported' ? [event.phase] : []));
    expect(heard).toEqual(['began', 'ended']);
  });
});

describe('a call to an interpreter', () => {
  it('hears what was said in the other language, and nothing of keys', async () => {
    const { service, setups } = await startService({
      replies: [{ on: 'speech', heard: 'Hello.', say: 'Dzień dobry.' }],
    });
    await using gemini = service;
    await using line = await startTestLine({
      agents: INTERPRETER,
      server: { model: { kind: 'gemini-api', apiKey: 'key', baseUrl: gemini.url } },
    });
    await using phone = line.call();
    await line.waitFor('model-ready');
    await phone.press('1#');
    await line.waitFor('digits');
    await phone.speak(await callerSpeech(700));
    expect(await line.waitFor('turn', ({ speaker }) => speaker === 'agent')).toMatchObject({
      pii: { text: 'Dzień dobry.' },
    });
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'started');
    expect(setups).toEqual([
      {
        model: 'models/gemini-3.5-live-translate-preview',
        generationConfig: {
          responseModalities: ['AUDIO'],
          translationConfig: { targetLanguageCode: 'pl', echoTargetLanguage: false },
        },
        inputAudioTranscription: {},
        outputAudioTranscription: {},
        sessionResumption: {},
      },
    ]);
  });
});
