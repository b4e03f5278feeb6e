import type { Backend } from '../models/profiles.js';

/** Which service offers the Live API here, and as whom to speak to it; made from the environment. */
export interface LiveService {
  backend: Backend;
  /** As in Google's SDKs: `http:` gives `ws:`, its path is kept. Absent: Google's own. */
  baseUrl?: string;
  /** On Vertex AI this means express mode; without it, application default credentials. */
  apiKey?: string;
  /** Vertex AI only. */
  project?: string;
  /** Vertex AI only; default `global`. */
  location?: string;
}

export const DEFAULT_LOCATION = 'global';

/** Vertex AI with an API key: no project, no location. */
export function isExpressMode(service: LiveService): boolean {
  return service.backend === 'vertex-ai' && service.apiKey !== undefined;
}
