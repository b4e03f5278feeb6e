import { describe, expect, it } from 'vitest';
import { Conversation } from '../../support/opened-leg.js';

const content = (serverContent: object) => ({ serverContent });
const parts = (...some: object[]) => content({ modelTurn: { parts: some } });

/** What a leg tells of these messages, set-up left out. */
async function told(...messages: Record<string, unknown>[]) {
  await using call = await Conversation.open();
  call.recorder.clear();
  await call.tell(...messages);
  return [...call.recorder.events];
}

/** Only what is for onlookers. */
async function reports(...messages: Record<string, unknown>[]) {
  return (await told(...messages)).filter(([name]) => name === 'report').map(([, report]) => report);
}

describe('sources', () => {
  it('of a search, a map, a store and pages are told as what was asked and found', async () => {
    const groundingMetadata = {
      webSearchQueries: ['opening hours'],
      retrievalQueries: ['price list'],
      groundingChunks: [
        { web: { uri: 'https://redirect.example/1', title: 'harbour.example', domain: 'harbour.example' } },
        { web: { domain: 'other.example' } },
        { maps: { uri: 'https://maps.example/1', title: 'Harbour Dental', placeId: 'places/1' } },
        { retrievedContext: { uri: 'gs://b/prices.pdf', text: 'Cleaning: 80' } },
        { image: {} },
        {},
      ],
      searchEntryPoint: { renderedContent: '<script>alert(1)</script>' },
    };
    const urlContextMetadata = {
      urlMetadata: [
        { retrievedUrl: 'https://a.example', urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS' },
        { retrievedUrl: 'https://b.example', urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_PAYWALL' },
      ],
    };
    expect(await reports(content({ groundingMetadata, urlContextMetadata }))).toEqual([
      {
        type: 'grounded',
        queries: 2,
        sources: 6,
        pii: {
          queries: ['opening hours', 'price list'],
          sources: [
            { kind: 'web', title: 'harbour.example', uri: 'https://redirect.example/1' },
            { kind: 'web', title: 'other.example' },
            { kind: 'place', title: 'Harbour Dental', uri: 'https://maps.example/1' },
            { kind: 'document', uri: 'gs://b/prices.pdf' },
            { kind: 'page', uri: 'https://a.example' },
            { kind: 'page', uri: 'https://b.example', failed: true },
          ],
        },
      },
    ]);
  });

  it('are told once, however many messages carry them, and bounded', async () => {
    const groundingChunks = Array.from({ length: 30 }, (_, at) => ({
      web: { uri: `https://${at}.example/${'x'.repeat(900)}` },
    }));
    const message = content({ groundingMetadata: { groundingChunks } });
    const [report, ...more] = await reports(message, message);
    expect(more).toEqual([]);
    expect(report).toMatchObject({ sources: 20 });
    expect(JSON.stringify(report).length).toBeLessThan(12_000);
  });

  it.each([{ groundingMetadata: {} }, { groundingMetadata: 'none' }, { groundingMetadata: { groundingChunks: 7 } }])(
    'that are none, or cannot be read, change nothing: %j',
    async (given) => {
      expect(await told(content({ ...given, turnComplete: true }))).toEqual([['turn-complete', undefined]]);
    },
  );
});

describe('a program', () => {
  it('and what came of it are told, and not spoken', async () => {
    const events = await told(
      parts(
        { executableCode: { language: 'PYTHON', code: 'print(6 * 7)' } },
        { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '42\n' } },
        { codeExecutionResult: { outcome: 'OUTCOME_FAILED', output: 'NameError' } },
        { executableCode: { code: 'secret' }, thought: true },
        { executableCode: { code: 7 } },
      ),
    );
    expect(events).toEqual([
      ['report', { type: 'code', phase: 'written', language: 'python', pii: { code: 'print(6 * 7)' } }],
      ['report', { type: 'code', phase: 'run', ok: true, pii: { output: '42\n' } }],
      ['report', { type: 'code', phase: 'run', ok: false, pii: { output: 'NameError' } }],
    ]);
  });

  it('is told up to 8000 characters', async () => {
    const [report] = await reports(parts({ executableCode: { code: 'x'.repeat(9_000) } }));
    expect(report).toMatchObject({ pii: { code: 'x'.repeat(8_000) } });
  });
});

describe('reports of activity', () => {
  it('are told in both of the service’s forms', async () => {
    expect(
      await reports(
        { voiceActivity: { type: 'ACTIVITY_START', audioOffset: '1.250s' } },
        { voiceActivity: { voiceActivityType: 'ACTIVITY_END', audioOffset: '2s' } },
        { voiceActivityDetectionSignal: { vadSignalType: 'VAD_SIGNAL_TYPE_SOS' } },
        { voiceActivityDetectionSignal: { vadSignalType: 'VAD_SIGNAL_TYPE_EOS' } },
        { voiceActivity: { type: 'SOMETHING_NEW' } },
      ),
    ).toEqual([
      { type: 'activity-reported', phase: 'began', offsetMs: 1_250 },
      { type: 'activity-reported', phase: 'ended', offsetMs: 2_000 },
      { type: 'activity-reported', phase: 'began' },
      { type: 'activity-reported', phase: 'ended' },
    ]);
  });
});

describe('a transcript', () => {
  it('comes with the words, speakers and languages that were asked for', async () => {
    const inputTranscription = {
      text: ' Hello there.',
      languageCode: 'en-US',
      speakerLabel: 'spk_1',
      words: [{ word: 'Hello', startOffset: '0.1s', endOffset: '0.45s' }, { word: 'there.' }],
      finished: true,
    };
    expect(await told(content({ inputTranscription, interimInputTranscription: { text: ' Hel' } }))).toEqual([
      [
        'transcript',
        'caller',
        ' Hello there.',
        {
          language: 'en-US',
          speakerLabel: 'spk_1',
          words: [
            { word: 'Hello', startMs: 100, endMs: 450 },
            { word: 'there.', startMs: 0, endMs: 0 },
          ],
        },
      ],
    ]);
  });
});
