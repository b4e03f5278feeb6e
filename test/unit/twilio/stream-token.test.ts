import { describe, expect, it } from 'vitest';
import {
  createStreamTokens,
  streamSecrets,
  TOKEN_PARAMETER,
  type StreamBinding,
} from '../../../src/twilio/stream-token.js';
import { ManualClock } from '../../support/manual-clock.js';

const BINDING: StreamBinding = {
  callSid: 'CA1',
  accountSid: 'AC1',
  parameters: { agent: 'desk', from: '+15005550006' },
};

function tokensWith(secrets: readonly [string, ...string[]], clock = new ManualClock()) {
  return createStreamTokens({ secrets, clock });
}

describe('a stream token', () => {
  it('is accepted once by the instance that took it', () => {
    const tokens = tokensWith(['s']);
    const token = tokens.issue(BINDING);
    expect(tokens.redeem(token, BINDING)).toBe('accepted');
    expect(tokens.redeem(token, BINDING)).toBe('used');
    expect(tokens.redeem(tokens.issue(BINDING), BINDING)).toBe('accepted');
  });

  it('is accepted by another instance with the secret, in whatever order the parameters come', () => {
    const token = tokensWith(['s']).issue(BINDING);
    const parameters = { from: '+15005550006', agent: 'desk' };
    expect(tokensWith(['s']).redeem(token, { ...BINDING, parameters })).toBe('accepted');
  });

  it.each<[string, StreamBinding]>([
    ['call', { ...BINDING, callSid: 'CA2' }],
    ['account', { ...BINDING, accountSid: 'AC2' }],
    ['value', { ...BINDING, parameters: { agent: 'desk', from: '+15005550007' } }],
    ['name', { ...BINDING, parameters: { agent: 'desk', to: '+15005550006' } }],
    ['set of parameters, smaller', { ...BINDING, parameters: { agent: 'desk' } }],
    ['set of parameters, larger', { ...BINDING, parameters: { ...BINDING.parameters, x: '' } }],
    ['border between the fields', { ...BINDING, callSid: 'CA1AC1', accountSid: '' }],
    ['border between name and value', { ...BINDING, parameters: { agentdesk: '', from: '+15005550006' } }],
  ])('is forged for another %s', (_, other) => {
    const tokens = tokensWith(['s']);
    const token = tokens.issue(BINDING);
    expect(tokens.redeem(token, other)).toBe('forged');
    expect(tokens.redeem(token, BINDING)).toBe('accepted');
  });

  it('is good until its minute is over', () => {
    const clock = new ManualClock();
    const tokens = tokensWith(['s'], clock);
    const early = tokens.issue(BINDING);
    const late = tokens.issue(BINDING);
    clock.advance(59_999);
    expect(tokens.redeem(early, BINDING)).toBe('accepted');
    clock.advance(1);
    expect(tokens.redeem(late, BINDING)).toBe('expired');
    expect(tokens.redeem(early, BINDING)).toBe('expired');
  });

  it('stays used until it has expired, however many others come and go', () => {
    const clock = new ManualClock();
    const tokens = tokensWith(['s'], clock);
    const first = tokens.issue(BINDING);
    tokens.redeem(first, BINDING);
    for (let step = 0; step < 59; step += 1) {
      clock.advance(1000);
      expect(tokens.redeem(tokens.issue(BINDING), BINDING)).toBe('accepted');
      expect(tokens.redeem(first, BINDING)).toBe('used');
    }
  });

  it('cannot be given a longer life, another nonce, or another secret', () => {
    const tokens = tokensWith(['s']);
    const [expiry, nonce, mac] = tokens.issue(BINDING).split('.');
    expect(tokens.redeem(`z${expiry}.${nonce}.${mac}`, BINDING)).toBe('forged');
    expect(tokens.redeem(`${expiry}.${'A'.repeat(16)}.${mac}`, BINDING)).toBe('forged');
    expect(tokens.redeem(tokensWith(['t']).issue(BINDING), BINDING)).toBe('forged');
  });

  it.each([undefined, '', 'x', '...', 'a.b.c', `${'a'.repeat(5000)}.b.c`, 'é.é.é'])('%j is malformed', (token) => {
    expect(tokensWith(['s']).redeem(token, BINDING)).toBe('malformed');
  });

  it('is signed with the first secret and verified with all', () => {
    const before = tokensWith(['old']);
    const after = tokensWith(['new', 'old']);
    expect(after.redeem(before.issue(BINDING), BINDING)).toBe('accepted');
    expect(before.redeem(after.issue(BINDING), BINDING)).toBe('forged');
  });

  it('fits a stream parameter', () => {
    expect(TOKEN_PARAMETER.length + tokensWith(['s']).issue(BINDING).length).toBeLessThan(450);
  });
});

describe('the secrets', () => {
  it("are the operator's own where there is one", () => {
    expect(streamSecrets({ livelineSecret: 'mine', authTokens: ['a'] })).toEqual(['mine']);
  });

  it('are else derived from every auth token, the same on every instance, and are not the tokens', () => {
    const secrets = streamSecrets({ authTokens: ['a', 'b'] });
    expect(secrets).toEqual(streamSecrets({ authTokens: ['a', 'b'] }));
    expect(secrets).toHaveLength(2);
    expect(streamSecrets({ authTokens: ['b'] })).toEqual(secrets.slice(1));
    expect(secrets).not.toContain('a');
  });

  it('are else made up, anew each time', () => {
    const [secret] = streamSecrets({ authTokens: [] });
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(streamSecrets({ authTokens: [] })).not.toEqual([secret]);
  });
});
