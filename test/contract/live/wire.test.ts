import type { LiveServerContent, LiveServerMessage, UsageMetadata as SdkUsage } from '@google/genai';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { turnUsage } from '../../../src/live/turn-usage.js';
import {
  clientMessageSchema,
  durationMs,
  hasUnknownField,
  normaliseKeys,
  parseServerMessage,
  plainAudio,
  serverMessageSchema,
  type ServerContent,
  type ServerMessage,
  type UsageMetadata,
} from '../../../src/live/wire.js';

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The same message as a client that writes the original names does it. */
function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSnakeCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [snakeCase(name), inSnakeCase(field)]));
}

/** The fields we name and the SDK does not. */
type Unheard<Ours, Theirs> = Exclude<keyof { [K in keyof Ours as string extends K ? never : K]: true }, keyof Theirs>;

describe('the names of the fields', () => {
  it('are the ones that the types of the SDK have', () => {
    expectTypeOf<Unheard<ServerContent, LiveServerContent>>().toBeNever();
    // Documented on another level, and Vertex AI's own.
    expectTypeOf<Unheard<ServerMessage, LiveServerMessage>>().toEqualTypeOf<
      'inputTranscription' | 'outputTranscription'
    >();
    expectTypeOf<Unheard<UsageMetadata, SdkUsage>>().toEqualTypeOf<
      'candidatesTokenCount' | 'candidatesTokensDetails'
    >();
    expect(Object.keys(serverMessageSchema.shape)).toContain('setupComplete');
  });
});

describe('the spelling of keys', () => {
  const message = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, fc.string(), fc.integer(), fc.boolean(), tie('list'), tie('record')),
    list: fc.array(tie('value'), { maxLength: 3 }),
    record: fc.dictionary(fc.constantFrom('turnComplete', 'parts', 'inlineData', 'voiceName', 'x'), tie('value')),
  })).value;

  it('is the same whichever the sender used, and twice is once', () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(normaliseKeys(inSnakeCase(value))).toEqual(value);
        expect(normaliseKeys(value)).toEqual(value);
      }),
    );
  });

  it('leaves data of the user alone', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        for (const field of ['args', 'response', 'labels', 'parametersJsonSchema']) {
          const kept = data === null ? {} : { [field]: data };
          expect(normaliseKeys({ [snakeCase(field)]: data })).toEqual(kept);
        }
      }),
    );
  });

  it('leaves the names of parameters alone, and reads their schemas', () => {
    expect(
      normaliseKeys({ parameters: { properties: { first_name: { min_length: 1 }, any_of: { any_of: [] } } } }),
    ).toEqual({ parameters: { properties: { first_name: { minLength: 1 }, any_of: { anyOf: [] } } } });
  });

  it('takes null as unset, and a hostile name as a name', () => {
    expect(normaliseKeys({ a: null, b: [{ c: null }] })).toEqual({ b: [{}] });
    const hostile: unknown = normaliseKeys(JSON.parse('{"__proto__":{"polluted":true}}'));
    expect((hostile as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('a client message', () => {
  it.each([
    ['no field', {}],
    ['two fields', { clientContent: {}, realtimeInput: {} }],
    ['an unknown field', { setup: { model: 'm' }, x: 1 }],
    ['an unknown field inside', { setup: { model: 'm', generationConfig: { responseSchema: {} } } }],
    ['a system instruction that is a string', { setup: { model: 'm', systemInstruction: 'You are' } }],
    [
      'transcription inside generationConfig',
      { setup: { model: 'm', generationConfig: { inputAudioTranscription: {} } } },
    ],
    ['no model', { setup: {} }],
    [
      'a keyword that parameters have not',
      { setup: { model: 'm', tools: [{ functionDeclarations: [{ name: 'f', parameters: { $ref: '#' } }] }] } },
    ],
    [
      'both forms of parameters',
      {
        setup: {
          model: 'm',
          tools: [{ functionDeclarations: [{ name: 'f', parameters: { type: 'OBJECT' }, parametersJsonSchema: {} }] }],
        },
      },
    ],
  ])('with %s is refused', (_name, message) => {
    expect(clientMessageSchema.safeParse(message).success).toBe(false);
  });

  it('may write its integers as strings', () => {
    const message = { setup: { model: 'm', contextWindowCompression: { triggerTokens: '25600' } } };
    expect(clientMessageSchema.parse(message).setup?.contextWindowCompression?.triggerTokens).toBe(25_600);
  });
});

describe('a service message that is audio and nothing else', () => {
  const blob = { mimeType: 'audio/pcm', data: 'AAAA' };

  it('is recognised by its shape', () => {
    expect(plainAudio({ serverContent: { modelTurn: { parts: [{ inlineData: blob }] } } })).toEqual(blob);
  });

  const optional = (field: object) => fc.constantFrom({}, field);
  const anyMessage = fc
    .tuple(
      fc.constantFrom([], [{ inlineData: blob }], [{ inlineData: blob }, { inlineData: blob }], [{ text: 'a' }]),
      optional({ thought: true }),
      optional({ turnComplete: true }),
      optional({ interrupted: true }),
      optional({ role: 'model' }),
      optional({ usageMetadata: {} }),
    )
    .map(([parts, thought, complete, interrupted, role, usage]) => ({
      ...usage,
      serverContent: {
        ...complete,
        ...interrupted,
        modelTurn: { ...role, parts: parts.map((part) => ({ ...part, ...thought })) },
      },
    }));

  it('is never taken for one that says more', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        if (!plainAudio(message)) return;
        const { serverContent, ...besides } = parseServerMessage(message);
        const { modelTurn, ...more } = serverContent!;
        expect([besides, more, modelTurn?.parts]).toEqual([{}, {}, [{ inlineData: blob }]]);
      }),
    );
  });

  it('is not what is shaped in any other way', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(plainAudio(json)).toBeUndefined();
      }),
    );
  });
});

describe('a service message', () => {
  it('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        try {
          parseServerMessage(json);
        } catch (error) {
          expect(error).toMatchObject({ code: 'MODEL_PROTOCOL', peer: 'model' });
        }
      }),
    );
  });

  it('keeps what nobody told us about, and says so', () => {
    const message = { serverContent: { turnComplete: true, novelty: { a_b: 1 } }, more: 1 };
    expect(parseServerMessage(message)).toEqual({ serverContent: { turnComplete: true, novelty: { aB: 1 } }, more: 1 });
    expect(hasUnknownField(parseServerMessage(message))).toBe(true);
    expect(hasUnknownField(parseServerMessage({ serverContent: { groundingMetadata: {} }, voiceActivity: {} }))).toBe(
      false,
    );
  });

  it('never shows its payload in an error', () => {
    expect(() => parseServerMessage({ serverContent: { inputTranscription: { text: ['secret'] } } })).toThrow(
      /^(?!.*secret).*serverContent\.inputTranscription\.text/,
    );
  });
});

describe('usage', () => {
  const common = {
    promptTokenCount: 100,
    totalTokenCount: 130,
    thoughtsTokenCount: 5,
    toolUsePromptTokenCount: 4,
    cachedContentTokenCount: 3,
    promptTokensDetails: [
      { modality: 'TEXT', tokenCount: 40 },
      { modality: 'AUDIO', tokenCount: '60' },
    ],
  };

  it.each([
    ['the Gemini API', { responseTokenCount: 30, responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 30 }] }],
    ['Vertex AI', { candidatesTokenCount: 30, candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 30 }] }],
  ])('in the words of %s is the same', (_name, response) => {
    const { usageMetadata } = parseServerMessage({ usageMetadata: { ...common, ...response } });
    expect(turnUsage(usageMetadata!)).toEqual({
      promptTokens: 100,
      responseTokens: 30,
      totalTokens: 130,
      thoughtsTokens: 5,
      toolUsePromptTokens: 4,
      cachedTokens: 3,
      promptByModality: { TEXT: 40, AUDIO: 60 },
      responseByModality: { AUDIO: 30 },
    });
  });

  it('says which quota paid for it, where the service does', () => {
    const { usageMetadata } = parseServerMessage({ usageMetadata: { trafficType: 'PROVISIONED_THROUGHPUT' } });
    expect(turnUsage(usageMetadata!)).toHaveProperty('trafficType', 'PROVISIONED_THROUGHPUT');
    expect(turnUsage({})).not.toHaveProperty('trafficType');
  });

  it('that says nothing is zero', () => {
    expect(turnUsage({})).toMatchObject({ promptTokens: 0, responseTokens: 0, promptByModality: {} });
  });
});

describe('a duration', () => {
  it.each([
    ['50s', 50_000],
    ['49.5s', 49_500],
    ['9.999999999s', 9_999.999999],
    ['0s', 0],
    ['-1s', 0],
    ['soon', 0],
    [undefined, 0],
  ])('of %j is %d ms', (text, ms) => {
    expect(durationMs(text)).toBeCloseTo(ms, 3);
  });
});
