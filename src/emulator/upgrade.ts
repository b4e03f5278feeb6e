import type { IncomingMessage } from 'node:http';
import type { Backend } from '../models/profiles.js';

const GEMINI_PATH =
  /\/ws\/google\.ai\.generativelanguage\.(?:v1beta|v1alpha)\.GenerativeService\.BidiGenerateContent(?:Constrained)?$/;
const VERTEX_PATH = /\/ws\/google\.cloud\.aiplatform\.(?:v1|v1beta1)\.LlmBidiService\/BidiGenerateContent$/;

/** What a client's upgrade request says about itself. */
export interface UpgradeRequest {
  /** Absent on the bare path `/`, where the model's name will tell. */
  backend?: Backend;
  credential?: string;
}

/**
 * Reads the request of a Live client. Slashes are collapsed first: Google's SDK asks for `//ws/…`.
 * @returns undefined for a path that is none of the Live API's
 */
export function readUpgrade(request: IncomingMessage): UpgradeRequest | undefined {
  const url = new URL((request.url ?? '/').replace(/^\/+/, '/'), 'http://emulator');
  const path = url.pathname.replace(/\/+/g, '/');
  const credential = credentialOf(request, url);
  const found = credential === undefined ? {} : { credential };
  if (GEMINI_PATH.test(path)) return { backend: 'gemini-api', ...found };
  if (VERTEX_PATH.test(path)) return { backend: 'vertex-ai', ...found };
  return path === '/' ? found : undefined;
}

function credentialOf(request: IncomingMessage, url: URL): string | undefined {
  const header = request.headers['x-goog-api-key'];
  const authorization = /^(?:Bearer|Token) +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const candidates = [url.searchParams.get('key'), url.searchParams.get('access_token'), header, authorization];
  return candidates.find((candidate): candidate is string => typeof candidate === 'string' && candidate !== '');
}
