import type { GoogleAuth } from 'google-auth-library';
import { ModelError } from '../errors.js';
import type { LiveService } from './live-service.js';
import { reasonText } from './reason-text.js';

/** Source: Vertex AI, "Authenticate to Vertex AI". */
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** What proves to the service who is calling; share one between all sessions, it keeps the token. */
export interface LiveCredentials {
  /** Whether a 401 may be cured by asking for new headers. */
  readonly refreshable: boolean;
  /**
   * The headers of one upgrade, from the cache while they are valid.
   * @param forceRefresh the service refused the last ones
   * @throws ModelError MODEL_UNAUTHORIZED, MODEL_UNREACHABLE
   */
  headers(forceRefresh: boolean): Promise<Record<string, string>>;
}

/** An API key where the service has one (in a header: an address ends up in logs), otherwise Google's default credentials. */
export function createLiveCredentials(service: LiveService): LiveCredentials {
  const { apiKey } = service;
  if (apiKey === undefined) return new DefaultCredentials();
  const headers = { 'x-goog-api-key': apiKey };
  return { refreshable: false, headers: () => Promise.resolve(headers) };
}

/** Application default credentials. The library is large, so it is loaded by the first call that needs it. */
class DefaultCredentials implements LiveCredentials {
  readonly refreshable = true;
  #auth: Promise<GoogleAuth> | undefined;
  #renewal: Promise<Record<string, string>> | undefined;

  headers(forceRefresh: boolean): Promise<Record<string, string>> {
    // Calls that are refused together renew the token together.
    if (forceRefresh) {
      this.#renewal ??= this.#renew().finally(() => {
        this.#renewal = undefined;
      });
    }
    return this.#renewal ?? this.#fetch();
  }

  /** The library renews only what has expired; a new client has no token yet, and reads a rotated file anew. */
  #renew(): Promise<Record<string, string>> {
    this.#auth = undefined;
    return this.#fetch();
  }

  async #fetch(): Promise<Record<string, string>> {
    try {
      this.#auth ??= loadGoogleAuth();
      const auth = await this.#auth;
      return Object.fromEntries(await auth.getRequestHeaders());
    } catch (thrown) {
      throw credentialsError(thrown);
    }
  }
}

async function loadGoogleAuth(): Promise<GoogleAuth> {
  const { GoogleAuth } = await import('google-auth-library');
  return new GoogleAuth({ scopes: SCOPE });
}

/** Without `cause`: the library's errors carry the whole request, its secrets included. */
function credentialsError(thrown: unknown): ModelError {
  const detail = `No Google credentials: ${reasonText(thrown instanceof Error ? thrown.message : String(thrown))}`;
  const unreachable = thrown instanceof Error && 'code' in thrown && isNetworkCode(thrown.code);
  return unreachable
    ? new ModelError('MODEL_UNREACHABLE', detail, { phase: 'credentials', retryable: true })
    : new ModelError('MODEL_UNAUTHORIZED', detail, { phase: 'credentials' });
}

function isNetworkCode(code: unknown): boolean {
  return typeof code === 'string' && /^(E[A-Z_]+|5\d\d)$/.test(code);
}
