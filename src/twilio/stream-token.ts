import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.js';

/** What a token is good for: one stream of one call, with exactly these parameters. */
export interface StreamBinding {
  callSid: string;
  accountSid: string;
  /** Every `<Parameter>` of the stream but the token itself. */
  parameters: Readonly<Record<string, string>>;
}

type TokenVerdict = 'accepted' | 'malformed' | 'forged' | 'expired' | 'used';

export interface StreamTokens {
  /** A token of about 80 characters, good once. */
  issue(binding: StreamBinding): string;
  redeem(token: string | undefined, binding: StreamBinding): TokenVerdict;
}

/** The name of the `<Parameter>` that carries the token. */
export const TOKEN_PARAMETER = 'token';

/** Redeemed tokens that are remembered; only tokens that passed the check are, so this is out of a stranger's reach. */
const MAX_REMEMBERED = 100_000;

const TOKEN = /^([0-9a-z]{1,12})\.([\w-]{16})\.([\w-]{43})$/;

/**
 * Binds a stream to the call it was made for: Twilio's signature on the upgrade is the same for every call.
 * Any instance with one of the secrets can redeem a token; "once" is kept by the instance that redeemed it.
 * @param options.secrets the first one signs, all of them verify
 * @param options.lifetimeMs how long a token is good for
 */
export function createStreamTokens({
  secrets,
  clock,
  lifetimeMs = 60_000,
}: {
  secrets: readonly [string, ...string[]];
  clock: Clock;
  lifetimeMs?: number;
}): StreamTokens {
  /** Nonce → expiry, in the order of redemption. */
  const redeemed = new Map<string, number>();

  function forgetExpired(): void {
    for (const [nonce, expiresAtMs] of redeemed) {
      if (expiresAtMs > clock.wallMs() && redeemed.size < MAX_REMEMBERED) return;
      redeemed.delete(nonce);
    }
  }

  return {
    issue(binding) {
      const expiry = Math.round(clock.wallMs() + lifetimeMs).toString(36);
      const nonce = randomBytes(12).toString('base64url');
      return `${expiry}.${nonce}.${seal(secrets[0], binding, expiry, nonce).toString('base64url')}`;
    },
    redeem(token, binding) {
      const [, expiry, nonce, mac] = TOKEN.exec(token ?? '') ?? [];
      if (expiry === undefined || nonce === undefined || mac === undefined) return 'malformed';
      const given = Buffer.from(mac, 'base64url');
      if (!secrets.some((secret) => timingSafeEqual(seal(secret, binding, expiry, nonce), given))) return 'forged';
      const expiresAtMs = parseInt(expiry, 36);
      if (expiresAtMs <= clock.wallMs()) return 'expired';
      if (redeemed.has(nonce)) return 'used';
      forgetExpired();
      redeemed.set(nonce, expiresAtMs);
      return 'accepted';
    },
  };
}

function seal(secret: string, binding: StreamBinding, expiry: string, nonce: string): Buffer {
  const parameters = Object.entries(binding.parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  // JSON keeps the parts apart: no two bindings have the same text.
  const text = JSON.stringify(['stream', binding.callSid, binding.accountSid, parameters, expiry, nonce]);
  return createHmac('sha256', secret).update(text).digest();
}

/**
 * The secrets for stream tokens: the operator's own, else one derived from each auth token (so that every instance
 * has the same without further settings), else a random one that only this process knows.
 */
export function streamSecrets({
  livelineSecret,
  authTokens,
}: {
  livelineSecret?: string | undefined;
  authTokens: readonly string[];
}): [string, ...string[]] {
  if (livelineSecret !== undefined) return [livelineSecret];
  const [first, ...others] = authTokens.map((token) =>
    Buffer.from(hkdfSync('sha256', token, '', 'liveline stream token', 32)).toString('hex'),
  );
  return first === undefined ? [randomBytes(32).toString('hex')] : [first, ...others];
}
