import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signedWebhookHeaders } from '../../../src/records/signed-webhook.js';

const BODY = '{"type":"call.ended","text":"grüß Gott"}';

describe('a signed webhook', () => {
  it('is accepted by the library of Standard Webhooks', () => {
    const secret = `whsec_${Buffer.from('a secret of the usual length').toString('base64')}`;
    const headers = signedWebhookHeaders(secret, { id: 'call-CA1', body: BODY, atMs: Date.now() });
    expect(new Webhook(secret).verify(BODY, headers)).toEqual(JSON.parse(BODY));
    expect(() => new Webhook(secret).verify(BODY.replace('CA1', 'CA2') + ' ', headers)).toThrow('signature');
  });

  it('may be signed with any text', () => {
    const secret = 'a passphrase of words';
    const headers = signedWebhookHeaders(secret, { id: 'call-CA1', body: BODY, atMs: Date.now() });
    const receiver = new Webhook(new TextEncoder().encode(secret), { format: 'raw' });
    expect(receiver.verify(BODY, headers)).toEqual(JSON.parse(BODY));
  });
});
