import type { GoogleAuth } from 'google-auth-library';
import { ModelError } from '../errors.js';
import type { LiveService } from './live-service.js';
import { reasonText } from './reason-text.js';

/** Source: Vertex AI, "Authenticate to Vertex AI". */
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** Node's codes for an address that does not answer. */
const NETWORK_FAULT = /^(ECONN\w+|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE)$/;

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
  if (apiKey === undefined) return new DefaultCredentials(service.project);
  const headers = { 'x-goog-api-key': apiKey };
  return { refreshable: false, headers: () => Promise.resolve(headers) };
}

/**
 * The same credentials, and beside them how Vertex AI is to serve the session. `dedicated`: by provisioned throughput
 * alone, and refused when it is used up; `shared`: never by it.
 * Source: Vertex AI, "Use Provisioned Throughput", control overages or bypass.
 */
export function withRequestType(credentials: LiveCredentials, requestType: 'dedicated' | 'shared'): LiveCredentials {
  return {
    refreshable: credentials.refreshable,
    headers: async (forceRefresh) => ({
      ...(await credentials.headers(forceRefresh)),
      'x-vertex-ai-llm-request-type': requestType,
    }),
  };
}

/** Application default credentials. The library is large, so it is loaded by the first call that needs it. */
class DefaultCredentials implements LiveCredentials {
  readonly refreshable = true;
  readonly #project: string | undefined;
  #auth: Promise<GoogleAuth> | undefined;
  #renewal: Promise<Record<string, string>> | undefined;

  constructor(project: string | undefined) {
    this.#project = project;
  }

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
      this.#auth ??= loadGoogleAuth(this.#project);
      const auth = await this.#auth;
      return Object.fromEntries(await auth.getRequestHeaders());
    } catch (thrown) {
      throw credentialsError(thrown);
    }
  }
}

/** Without the project the library would ask another service for it, for some kinds of credentials. */
async function loadGoogleAuth(project: string | undefined): Promise<GoogleAuth> {
  const { GoogleAuth } = await import('google-auth-library');
  return new GoogleAuth({ scopes: SCOPE, ...(project === undefined ? {} : { projectId: project }) });
}

/** Without `cause`: the library's errors carry the whole request, its secrets included. */
function credentialsError(thrown: unknown): ModelError {
  const detail = `No Google credentials: ${reasonText(thrown instanceof Error ? thrown.message : String(thrown))}`;
  return isPassing(thrown)
    ? new ModelError('MODEL_UNREACHABLE', detail, { phase: 'credentials', retryable: true })
    : new ModelError('MODEL_UNAUTHORIZED', detail, { phase: 'credentials' });
}

/** Whether the token server could not be reached or had a fault, rather than refused. */
function isPassing(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { code, status } = thrown as { code?: unknown; status?: unknown };
  return (typeof status === 'number' && status >= 500) || (typeof code === 'string' && NETWORK_FAULT.test(code));
}
