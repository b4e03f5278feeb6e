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
  it.each([
    'password',
    'newPassword',
    'user_pwd',
    'PIN',
    'token',
    'accessToken',
    'client-secret',
    'Authorization',
    'X-Api-Key',
    'apiKey',
    'card_number',
    'cardNumber',
    'credit-card',
    'CVV',
    'iban',
  ])('has no value of a field called %s', (name) => {
    expect(shown({ deep: [{ [name]: 's', day: 'monday' }] })).toEqual({ deep: [{ [name]: '••••', day: 'monday' }] });
    expect(shown({ [name]: { any: 'thing' } })).toEqual({ [name]: '••••' });
  });

  it.each(['pinned', 'passenger', 'tokens', 'author', 'key', 'cardinal', 'opinion', 'cardiology'])(
    'has the value of a field called %s',
    (name) => {
      expect(shown({ [name]: 's' })).toEqual({ [name]: 's' });
    },
  );

  it('says that a secret is not there', () => {
    const none = { password: null, token: '', pin: false };
    expect(shown(none)).toEqual(none);
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
