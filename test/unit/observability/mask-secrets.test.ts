import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../../src/call/events.js';
import { maskSecrets } from '../../../src/observability/mask-secrets.js';

function shown(args: unknown, secrets: string[] = []): unknown {
  const event: CallEvent = {
    callSid: 'CA1',
    atMs: 0,
    type: 'tool',
    phase: 'called',
    id: 'a',
    name: 'book',
    pii: { args },
  };
  const masked = maskSecrets(event, secrets);
  return 'pii' in masked && 'args' in masked.pii ? masked.pii.args : undefined;
}

describe('what observers see of a tool', () => {
  it.each(['password', 'cardNumber'])('has no value of a field called %s', (name) => {
    expect(shown({ deep: [{ [name]: 's', day: 'monday' }] })).toEqual({ deep: [{ [name]: '••••', day: 'monday' }] });
    expect(shown({ [name]: { any: 'thing' } })).toEqual({ [name]: '••••' });
  });

  it('has the value of any other field', () => {
    expect(shown({ opinion: 's' })).toEqual({ opinion: 's' });
  });

  it.each([
    [
      'JSON',
      '{"why":"no","pin":"998877","ok":{"password": "hun\\"ter2"},"n":1}',
      '{"why":"no","pin":"••••","ok":{"password": "••••"},"n":1}',
    ],
    ['numbers', '{"pin":998877,"card_number": 4111,"day":5}', '{"pin":••••,"card_number": ••••,"day":5}'],
    ['JSON that is cut off', '{"why":"no","password":"hunter2 is', '{"why":"no","password":"••••'],
    ['a list, whose end is not looked for', '[{"day":1,"token":["a","b"],"n":1}]', '[{"day":1,"token":••••'],
    ['a map that is cut off', '{"token":{"a":"s', '{"token":••••'],
    [
      'JSON in JSON',
      '{"sent":"{\\"pin\\":\\"99\\",\\"day\\":1,\\"pwd\\":7}","n":2}',
      '{"sent":"{\\"pin\\":\\"••••\\",\\"day\\":1,\\"pwd\\":••••}","n":2}',
    ],
    ['JSON in JSON that is cut off', '{"sent":"{\\"pin\\":\\"99', '{"sent":"{\\"pin\\":\\"••••'],
    ['a form', 'day=1&user[password]=hunter2&pin=99', 'day=1&user[password]=••••&pin=••••'],
    ['a query', 'GET https://x/a?token=abc&day=1 failed', 'GET https://x/a?token=••••&day=1 failed'],
    ['an escape at the end', '{"pin":"99\\\\","day":1}', '{"pin":"••••","day":1}'],
    [
      'no secrets',
      '{"pin":"","token":null,"password":false,"day":"a=b"}',
      '{"pin":"","token":null,"password":false,"day":"a=b"}',
    ],
  ])('has no value of such a field within a text: %s', (_what, text, seen) => {
    expect(shown({ status: 400, body: text })).toEqual({ status: 400, body: seen });
  });

  it('is made in no time of a text that is made to take long', () => {
    for (const part of ['\\', '"', '"pin":', '"a\\', 'a', '[', 'pin=', '"pin":"', '"pin":"\\"']) {
      const startedMs = performance.now();
      shown(part.repeat(32_768 / part.length));
      expect(performance.now() - startedMs, part).toBeLessThan(1_000);
    }
  });

  it('says that a secret is not there', () => {
    const none = { password: null, token: '', pin: false };
    expect(shown(none)).toEqual(none);
  });

  it('has no known secret in a number, nor in the name of a field', () => {
    const args = { num: 987654321, other: 12345, 'key sk-12345': 'day', list: [987654321] };
    expect(shown(args, ['987654321', 'sk-12345'])).toEqual({
      num: '••••',
      other: 12345,
      'key ••••': 'day',
      list: ['••••'],
    });
  });

  it('has no known secret, wherever it stands', () => {
    expect(
      shown(['a sk-12345 b sk-12345', { url: 'https://x/?k=sk-12345-long' }, 12345], ['sk-12345-long', 'sk-12345']),
    ).toEqual(['a •••• b ••••', { url: 'https://x/?k=••••' }, 12345]);
  });

  it('leaves what was given as it is, and other events alone', () => {
    const args = { token: 'abc' };
    shown(args);
    expect(args).toEqual({ token: 'abc' });
    const other: CallEvent = { callSid: 'CA1', atMs: 0, type: 'said', pii: { text: 'abcdefgh' } };
    expect(maskSecrets(other, ['abcdefgh'])).toBe(other);
  });

  it('goes no deeper than a result can be', () => {
    let value: unknown = 'abcdefgh';
    for (let depth = 0; depth < 5000; depth += 1) value = { a: value };
    expect(JSON.stringify(shown(value, ['abcdefgh']))).not.toContain('abcdefgh');
  });
});
