import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCallerLine } from '../../support/caller-line.js';

const SID = 'MZ0000000000000000000000000000000a';
const START = JSON.stringify({ event: 'start', streamSid: SID, start: { accountSid: 'AC1', callSid: 'CA1' } });

/** Anything at all, and things that come close to a message of Media Streams. */
const garbage = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  fc
    .record(
      {
        event: fc.constantFrom('connected', 'start', 'media', 'dtmf', 'mark', 'clear', 'fax', 7, null),
        streamSid: fc.constantFrom(SID, 'MZ2', '', 5),
        start: fc.oneof(fc.constant({ accountSid: 'AC1', callSid: 'CA1' }), fc.jsonValue()),
        media: fc.record({ timestamp: fc.oneof(fc.nat(), fc.jsonValue()), payload: fc.base64String() }),
        dtmf: fc.record({ digit: fc.string() }),
        mark: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((message) => JSON.stringify(message)),
);

describe('a caller leg under any sequence of frames', () => {
  it('neither throws nor tells things out of order, and ends once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(garbage, { maxLength: 90 }),
        fc.array(garbage, { maxLength: 90 }),
        fc.boolean(),
        async (before, after, accepted) => {
          const call = {
            callSid: 'CA1',
            accountSid: 'AC1',
            agent: 'desk',
            from: '',
            to: '',
            sipHeaders: {},
            parameters: {},
          };
          // Disposing of the line asserts the single, last `onClosed` and that nothing is left over.
          await using line = await openCallerLine(() => (accepted ? { ...call, direction: 'inbound' } : undefined));
          const gone = once(line.server, 'close');
          for (const frame of [...before, START, ...after]) line.client.send(frame);
          line.client.close();
          await gone;

          const types = line.told.map(({ type }) => type);
          expect(types.filter((type) => type === 'started')).toHaveLength(accepted ? 1 : 0);
          const first = types.findIndex((type) => type !== 'irregular');
          expect(types[first]).toBe(accepted ? 'started' : 'closed');
          expect(types.indexOf('closed')).toBe(types.length - 1);
          const kinds = line.told.flatMap((entry) => (entry.type === 'irregular' ? [entry.kind] : []));
          expect(new Set(kinds).size).toBe(kinds.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});
