import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../src/errors.js';
import { messageFromTwilioSchema, parseTwilioMessage } from '../../../src/twilio/wire.js';

/** What JSON and the schema make of a text, with the audio copied out of the shared buffer; 'refused' if nothing. */
function byTheBook(text: string): unknown {
  try {
    // Half a surrogate pair, as editing leaves it, is no text on a wire.
    const parsed = messageFromTwilioSchema.safeParse(JSON.parse(Buffer.from(text).toString()));
    return parsed.success ? structuredClone(parsed.data) : 'refused';
  } catch {
    return 'refused';
  }
}

function asShipped(text: string): unknown {
  try {
    return structuredClone(parseTwilioMessage(Buffer.from(text)));
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return 'refused';
  }
}

const digits = fc.nat({ max: 99_999_999 }).map(String);

const sid = fc.stringMatching(/^MZ[0-9a-f]{32}$/);

/** A media frame as Twilio writes it, in the field orders seen. */
const mediaText = fc
  .record({
    streamSid: sid,
    sequenceNumber: digits,
    track: fc.constantFrom('inbound', 'outbound'),
    chunk: digits,
    timestamp: digits,
    audio: fc.uint8Array({ maxLength: 400 }),
    order: fc.constantFrom('sid first', 'sid last', 'no sequence number'),
  })
  .map(({ streamSid, sequenceNumber, track, chunk, timestamp, audio, order }) => {
    const media = { track, chunk, timestamp, payload: Buffer.from(audio).toString('base64') };
    if (order === 'sid first') return JSON.stringify({ event: 'media', sequenceNumber, streamSid, media });
    if (order === 'sid last') return JSON.stringify({ event: 'media', sequenceNumber, media, streamSid });
    return JSON.stringify({ event: 'media', streamSid, media });
  });

/** A mark as Twilio sends it back, or a look-alike. */
const markText = fc
  .record({
    streamSid: sid,
    sequenceNumber: digits,
    name: fc.oneof(fc.stringMatching(/^g\d{1,3}:\d{1,6}$/), fc.string({ maxLength: 5 })),
    order: fc.constantFrom('number first', 'number second', 'no number'),
  })
  .map(({ streamSid, sequenceNumber, name, order }) => {
    const mark = { name };
    if (order === 'number first') return JSON.stringify({ event: 'mark', sequenceNumber, streamSid, mark });
    if (order === 'number second') return JSON.stringify({ event: 'mark', streamSid, sequenceNumber, mark });
    return JSON.stringify({ event: 'mark', streamSid, mark });
  });

const frequentText = fc.oneof(mediaText, markText);

/** Pieces that change what JSON means, besides any character. */
const splinter = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom(
    '"',
    '\\',
    '\\"',
    '\\/',
    '\\u0041',
    '=',
    ' ',
    '\n',
    '\0',
    '}',
    '{',
    ',',
    '"}}',
    '"},"streamSid":"MZ1"}',
  ),
  fc.constantFrom('"event":"stop",', '"payload":"AAAA",', '"timestamp":"7",', ',"streamSid":"MZ2"', '-', '1e3', 'null'),
);

const mutatedText = fc
  .tuple(frequentText, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 12 }), splinter), { minLength: 1, maxLength: 3 }))
  .map(([text, edits]) =>
    edits.reduce((current, [at, removed, inserted]) => {
      const place = at % (current.length + 1);
      return current.slice(0, place) + inserted + current.slice(place + removed);
    }, text),
  );

describe('the fast path for media and marks', () => {
  it('reads every frame as the full parser does', () => {
    fc.assert(
      fc.property(frequentText, (text) => {
        const message = asShipped(text);
        expect(message).not.toBe('refused');
        expect(message).toEqual(byTheBook(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('reads or refuses every damaged frame as the full parser does', () => {
    fc.assert(
      fc.property(mutatedText, (text) => {
        expect(asShipped(text)).toEqual(byTheBook(text));
      }),
      { numRuns: 5000 },
    );
  });

  it('never throws anything but a ProtocolError, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (text) => {
        expect(asShipped(text)).toEqual(byTheBook(text));
      }),
      { numRuns: 1000 },
    );
  });
});
