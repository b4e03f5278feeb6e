import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelLegHandlers } from '../../../src/call/ports.js';
import { MessageReader } from '../../../src/live/message-reader.js';
import { readUsualAudio } from '../../../src/live/model-audio.js';

const audioMessage = fc
  .record({
    bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    indent: fc.constantFrom(0, 2, '\t'),
    newline: fc.constantFrom('', '\n', '\r\n'),
  })
  .map(({ bytes, indent, newline }) => {
    const inlineData = { mimeType: 'audio/pcm;rate=24000', data: Buffer.from(bytes).toString('base64') };
    const message = { serverContent: { modelTurn: { parts: [{ inlineData }] } } };
    return { bytes, text: JSON.stringify(message, undefined, indent) + newline };
  });

/** Pieces that change what JSON means, besides any character. */
const splinter = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom('"', '\\', '\\/', '\\u0041', '=', ' ', '\n', '\v', '\u00a0', '\0', '{', '}', ']', ',', '"}}]}}}'),
  fc.constantFrom('"thought":true,', '"data":"AAAA",', ',"turnComplete":true', '},{"inlineData":{"data":"AAAA"}', '16'),
);

const damagedMessage = fc
  .tuple(audioMessage, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 6 }), splinter), { minLength: 1, maxLength: 3 }))
  .map(([{ text }, edits]) =>
    edits.reduce((current, [at, removed, inserted]) => {
      const place = at % (current.length + 1);
      return current.slice(0, place) + inserted + current.slice(place + removed);
    }, text),
  );

/** What a session is told by one message. */
function told(message: Buffer): unknown[] {
  const events: unknown[] = [];
  const handlers = new Proxy({} as ModelLegHandlers, {
    get: (_target, name) => (value: unknown) => {
      events.push([name, value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value]);
    },
  });
  const reader = new MessageReader(
    { modality: 'AUDIO', onSetupComplete: () => undefined, onUnreadable: () => undefined },
    handlers,
  );
  reader.read(Buffer.from('{"setupComplete":{}}'));
  reader.read(message);
  return events;
}

/** The same message in a form that only the full parser reads: white space in front of it, far more than is usual. */
function byTheBook(message: Buffer): unknown[] {
  return told(Buffer.concat([Buffer.alloc(1_000, ' '), message]));
}

describe('the fast path for model audio', () => {
  it('takes the usual message, on one line or on many', () => {
    fc.assert(
      fc.property(audioMessage, ({ bytes, text }) => {
        expect(Buffer.from(readUsualAudio(Buffer.from(text)) ?? [])).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('tells what the full parser tells', () => {
    fc.assert(
      fc.property(audioMessage, ({ text }) => {
        expect(told(Buffer.from(text))).toEqual(byTheBook(Buffer.from(text)));
      }),
    );
  });

  it('tells what the full parser tells of every damaged message', () => {
    fc.assert(
      fc.property(damagedMessage, (text) => {
        expect(told(Buffer.from(text))).toEqual(byTheBook(Buffer.from(text)));
      }),
      { numRuns: 5_000 },
    );
  });
});
