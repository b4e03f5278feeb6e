import { createHmac } from 'node:crypto';

/** A key in the form that Standard Webhooks gives it: `whsec_` and base64. Anything else is taken as it stands. */
const KEY_PREFIX = 'whsec_';

/**
 * The headers that prove who sent a webhook, and when.
 * Source: Standard Webhooks 1.0.0, "Signature scheme": HMAC-SHA256 of `id.timestamp.body`.
 * @param id the same for every delivery of one message
 */
export function signedWebhookHeaders(
  secret: string,
  { id, body, atMs }: { id: string; body: string; atMs: number },
): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1_000));
  const key = secret.startsWith(KEY_PREFIX) ? Buffer.from(secret.slice(KEY_PREFIX.length), 'base64') : secret;
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
