import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../../src/call/events.js';
import { readEvents } from '../../../src/console/line/read-events.js';

const said: CallEvent = { callSid: 'CA1', atMs: 1, type: 'said', pii: { text: 'Grüße, data: 10 €' } };
const ended: CallEvent = { callSid: 'CA1', atMs: 2, type: 'ended', reason: 'caller-hung-up', durationMs: 2 };

function feed(text: string, cuts: readonly number[]): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return new ReadableStream({
    start(controller) {
      for (const [index, place] of places.entries()) controller.enqueue(bytes.slice(places[index - 1] ?? 0, place));
      controller.close();
    },
  });
}

function lines(...events: CallEvent[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
}

describe('the feed of events', () => {
  it('is read the same however the network cuts it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat()), async (cuts) => {
        const events: CallEvent[] = [];
        const whole = await readEvents(feed(lines(said, said, ended), cuts), (event) => events.push(event));
        expect(whole).toBe(true);
        expect(events).toEqual([said, said, ended]);
      }),
    );
  });

  it('is told apart from one that broke off', async () => {
    const events: CallEvent[] = [];
    expect(await readEvents(feed(`: hello\n\n${lines(said)}data: {"ty`, []), (event) => events.push(event))).toBe(
      false,
    );
    expect(events).toEqual([said]);
  });
});
