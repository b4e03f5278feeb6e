import { describe, expect, it } from 'vitest';
import type { LiveActivity } from '../../src/emulator/activity.js';
import { startTestLine, type TestLine } from '../support/liveline.js';

const CHANGES = 30;
const AGENTS = `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    greeting: Greet the caller.
    turn: { protect_greeting: false }
`;

/** Resolves when the connection has been changed so many times. */
async function changed(line: TestLine, times: number): Promise<void> {
  let counted = 0;
  await line.waitFor('model-ready', ({ resumed }) => {
    if (resumed) counted += 1;
    return counted === times;
  });
}

describe('a call of many connections', () => {
  it('is one conversation after thirty of them, with a context that is compressed', { timeout: 30_000 }, async () => {
    const seen: LiveActivity[] = [];
    await using line = await startTestLine({
      agents: AGENTS,
      watch: { onActivity: (activity) => seen.push(activity) },
      script: {
        greeting: 'Hi.',
        replies: [
          { on: { text: '^all$' }, say: '{{ history | map: "text" | join: " " }}' },
          { on: { text: '^q(?<n>\\d+)$' }, say: 'a{{ match.n }}' },
        ],
        // It leaves no more time than a change takes, which follows as soon as a handle allows.
        faults: [{ at: 'turn_complete', times: CHANGES, delay_ms: 20, go_away: { left_ms: 5_000 } }],
        // A session that outgrows it is closed.
        context_tokens: 120,
      },
    });
    await using phone = line.call();
    await changed(line, 1);
    for (let change = 2; change <= CHANGES; change += 1) {
      await line.say(`q${change}`);
      await changed(line, change);
    }
    await line.say('all');
    const { pii } = await line.waitFor('turn', ({ pii: { text } }) => text.endsWith(' all'));

    // What compression has left, and all of that.
    const said = Array.from({ length: CHANGES - 1 }, (_, index) => `q${index + 2} a${index + 2}`);
    expect(`${said.join(' ')} all`.endsWith(pii.text)).toBe(true);
    expect(pii.text).toMatch(/^q\d+ .*q29 a29 q30 a30 all$/);
    expect(seen.filter(({ type }) => type === 'context-compressed').length).toBeGreaterThan(2);

    const openings = line.events.filter((event) => event.type === 'model-opening');
    expect(openings.map(({ fresh }) => fresh)).toEqual([true, ...Array<boolean>(CHANGES).fill(false)]);
    expect(line.events.filter(({ type }) => type === 'model-lost')).toEqual([]);
    const spoken = line.events.filter((event) => event.type === 'turn' && event.speaker === 'agent');
    expect(spoken.map((event) => event.type === 'turn' && event.pii.text)).toEqual([
      'Hi.',
      ...said.map((pair) => pair.split(' ')[1]),
      pii.text,
    ]);
    expect(phone.over).toBe(false);
  });
});
