import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';

export interface SignatureCheck {
  /**
   * Whether Twilio signed this webhook.
   * @param request.url as Twilio requested it, query included
   * @param request.params the decoded form of a POST; `{}` for a GET, whose fields stand in the url
   */
  verifyRequest(request: {
    signature: string | undefined;
    url: string;
    params: Readonly<Record<string, string | string[]>>;
  }): boolean;
  /**
   * Whether Twilio signed this WebSocket upgrade.
   * @param request.url the stream's url as the TwiML gave it, `wss://` or `ws://`
   */
  verifyUpgrade(request: { signature: string | undefined; url: string }): boolean;
}

/** Checks `X-Twilio-Signature` against every token, so that a token can be rotated. Without a token nothing passes. */
export function createSignatureCheck({ authTokens }: { authTokens: readonly string[] }): SignatureCheck {
  function isSigned(signature: string | undefined, url: string, params: Readonly<Record<string, string | string[]>>) {
    if (signature === undefined) return false;
    return authTokens.some((token) => {
      try {
        return validateRequest(token, signature, url, params);
      } catch {
        // The package throws on a url it cannot parse.
        return false;
      }
    });
  }
  return {
    verifyRequest: ({ signature, url, params }) => isSigned(signature, url, params),
    verifyUpgrade: ({ signature, url }) =>
      upgradeCandidates(url).some((candidate) => isSigned(signature, candidate, {})),
  };
}

/**
 * The forms in which Twilio may have signed a stream's url: with the path's last slash as written or toggled
 * (its own trouble-shooting advice), each with the scheme's port spelled out. The package tries the form
 * without a port by itself, but spells `wss` with port 80.
 */
function upgradeCandidates(url: string): string[] {
  const toggled = url.endsWith('/') ? url.slice(0, -1) : `${url}/`;
  return [url, toggled].flatMap((form) => [form, withTlsPort(form)]);
}

function withTlsPort(url: string): string {
  return url.replace(/^(wss:\/\/(?:\[[^\]]*\]|[^/:?#[\]]+))(?=[/?#]|$)/, '$1:443');
}
