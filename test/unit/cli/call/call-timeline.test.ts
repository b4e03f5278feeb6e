import { describe, expect, it } from 'vitest';
import type { CallEventBody } from '../../../../src/call/events.js';
import { createReadableTimeline } from '../../../../src/cli/call/call-timeline.js';

/** What a person reads of these events, without colours and times. */
function read(...events: CallEventBody[]): string[] {
  const lines: string[] = [];
  const timeline = createReadableTimeline((_atMs, text) => lines.push(text));
  for (const event of events) timeline.onServer({ callSid: 'CA1', atMs: 0, ...event }, 0);
  return lines.map((line) =>
    line
      .replaceAll(/\x1b\[\d+m/g, '')
      .replace(/^[\d:.]+ +/, '')
      .trimEnd(),
  );
}

const tool = { type: 'tool', id: 'a', name: 'book', ms: 1_500 } as const;

describe('the timeline', () => {
  it('explains what becomes of a tool', () => {
    expect(
      read(
        { type: 'tool', phase: 'called', id: 'a', name: 'book', pii: { args: { day: 1 } } },
        { ...tool, phase: 'updated', sent: false, pii: { response: { output: 'soon' } } },
        { ...tool, phase: 'cancelled' },
        { ...tool, phase: 'undone', ok: true, pii: { response: {} } },
        { ...tool, phase: 'undone', ok: false, pii: { response: { error: 'gone' } } },
        { type: 'tool', phase: 'called', id: 'b', name: 'book', repeats: 'a', pii: { args: {} } },
      ),
    ).toEqual([
      'tool    book({"day":1})',
      'tool    book so far: {"output":"soon"} (not sent)',
      'tool    book cancelled after 1.50 s',
      'tool    book undone',
      'tool    book could not be undone: {"error":"gone"}',
      'tool    book({}) again',
    ]);
  });

  it('names the servers of tools that are not there', () => {
    expect(
      read(
        { type: 'tool-server', phase: 'lost', server: 'node' },
        { type: 'tool-server', phase: 'lost', server: 'shop.example', code: 'ECONNREFUSED' },
        { type: 'tool-server', phase: 'back', server: 'node' },
      ),
    ).toEqual([
      'tool    the server node is not there',
      'tool    the server shop.example is not there (ECONNREFUSED)',
      'tool    the server node is back',
    ]);
  });

  it('says of a caller whom nobody took that they are back', () => {
    const started = {
      type: 'started',
      agent: 'desk',
      direction: 'inbound',
      beganWallMs: 0,
      pii: { from: '', to: '' },
    } as const;
    const returned = { from: 'sales', why: 'no-answer', beganWallMs: 0 };
    expect(read(started, { ...started, returned })).toEqual([
      'line    sales did not take the call (no answer): back to desk',
    ]);
  });

  it('calls it an interruption only where the caller has missed something', () => {
    expect(
      read(
        { type: 'interrupted', by: 'model', generation: 1, sentMs: 2_500, heardMs: 1_250 },
        { type: 'interrupted', by: 'model', generation: 2, sentMs: 2_500, heardMs: 2_500 },
      ),
    ).toEqual([
      'caller  interrupts: 1.25 s of 2.50 s were heard',
      'line    the reply ends here; the caller has heard all that came of it',
    ]);
  });

  it('explains what the model looked up, wrote and ran', () => {
    const sources = [
      { kind: 'web', title: 'a.example' } as const,
      { kind: 'page', uri: 'https://b.example', failed: true } as const,
    ];
    expect(
      read(
        { type: 'grounded', queries: 1, sources: 2, pii: { queries: ['hours'], sources } },
        { type: 'grounded', queries: 0, sources: 0, pii: { queries: [], sources: [] } },
        { type: 'code', phase: 'written', language: 'python', pii: { code: 'print(1)\n' } },
        { type: 'code', phase: 'run', ok: true, pii: { output: '1\n' } },
        { type: 'code', phase: 'run', ok: false, pii: { output: 'NameError' } },
        { type: 'activity-reported', phase: 'began', offsetMs: 20 },
      ),
    ).toEqual([
      'tool    looked up “hours”, found a.example, https://b.example (not read)',
      'tool    looked up something',
      'tool    writes python: "print(1)\\n"',
      'tool    the program prints "1\\n"',
      'tool    the program fails: "NameError"',
      'line    the service hears the caller begin',
    ]);
  });
});
