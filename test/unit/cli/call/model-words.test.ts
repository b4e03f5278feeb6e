import { describe, expect, it } from 'vitest';
import type { CallEventBody } from '../../../../src/call/events.js';
import { modelWords } from '../../../../src/cli/call/model-words.js';

function wordsOf(event: CallEventBody): string | undefined {
  return modelWords({ callSid: 'CA1', atMs: 0, ...event })?.text;
}

describe('what a timeline says of the model', () => {
  it.each<[CallEventBody, string | undefined]>([
    [{ type: 'model-opening', attempt: 1, resumed: false, fresh: true }, undefined],
    [{ type: 'model-opening', attempt: 1, resumed: true, fresh: false }, 'the session is taken up by its handle'],
    [
      { type: 'model-opening', attempt: 2, resumed: true, fresh: true },
      'a fresh session is opened, and told what was said (attempt 2)',
    ],
    [{ type: 'model-going-away', timeLeftMs: 50_000 }, 'the service will end the connection in 50.00 s'],
    [
      { type: 'model-unwell', symptom: 'stalled', remedy: 'nudge', silentMs: 3_100 },
      'the model stopped in the middle of a reply, after 3.10 s of silence; it is told so',
    ],
    [
      { type: 'model-unwell', symptom: 'empty-turns', remedy: 'renew', silentMs: 0 },
      'the model ends its turns without a word; a fresh session takes over',
    ],
    [
      { type: 'model-lost', code: 'MODEL_CLOSED', detail: 'It is gone.', willRetry: true },
      'model lost: It is gone.; trying again',
    ],
    [
      { type: 'model-lost', code: 'MODEL_REJECTED', detail: 'No.', willRetry: true, handleGivenUp: true },
      'model lost: No.; its handle is given up, trying without',
    ],
    [{ type: 'model-waiting' }, 'the model waits for the caller to go on'],
    [{ type: 'turn-empty', reason: 'BLOCKLIST' }, 'the model ends its turn without a word (BLOCKLIST)'],
    [{ type: 'reply-heard', generation: 1, heardMs: 1 }, undefined],
  ])('%j', (event, words) => {
    expect(wordsOf(event)).toBe(words);
  });
});
