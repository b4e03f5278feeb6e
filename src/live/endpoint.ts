import { ConfigError } from '../errors.js';
import { DEFAULT_LOCATION, isExpressMode, type LiveService } from './live-service.js';

/** Locations that are a group of regions, with hosts of their own. Source: `@google/genai` 2.32. */
const MULTI_REGIONS: ReadonlySet<string> = new Set(['us', 'eu']);

/**
 * Where a session is opened.
 * @param options `preview`: a setting is used that the Gemini API takes in `v1alpha` only
 * @throws ConfigError ENVIRONMENT_INVALID
 */
export function liveEndpoint(service: LiveService, options: { preview: boolean }): URL {
  const base = baseUrl(service);
  // What the SDKs do: anything that is not plain HTTP is TLS.
  base.protocol = base.protocol === 'http:' ? 'ws:' : 'wss:';
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/ws/${method(service, options.preview)}`;
  return base;
}

/**
 * A model's name as the service spells it in `setup.model`. Source: `@google/genai` 2.32, `tModel`.
 * @throws ConfigError CONFIG_INVALID
 */
export function liveModelName(service: LiveService, model: string): string {
  if (model === '' || /\.\.|[?&]/.test(model)) throw new ConfigError('CONFIG_INVALID', `model: "${model}" is no model`);
  if (service.backend === 'gemini-api') return /^(models|tunedModels)\//.test(model) ? model : `models/${model}`;
  const name = publishersName(model);
  if (service.project === undefined || isExpressMode(service) || !name.startsWith('publishers/')) return name;
  return `projects/${service.project}/locations/${service.location ?? DEFAULT_LOCATION}/${name}`;
}

function publishersName(model: string): string {
  if (/^(publishers|projects|models)\//.test(model)) return model;
  const [publisher, id] = model.split('/', 2);
  return id === undefined ? `publishers/google/models/${model}` : `publishers/${publisher ?? ''}/models/${id}`;
}

function method(service: LiveService, preview: boolean): string {
  if (service.backend === 'vertex-ai') return 'google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent';
  const version = preview ? 'v1alpha' : 'v1beta';
  return `google.ai.generativelanguage.${version}.GenerativeService.BidiGenerateContent`;
}

function baseUrl(service: LiveService): URL {
  if (service.baseUrl === undefined) return new URL(`https://${defaultHost(service)}`);
  try {
    return new URL(service.baseUrl);
  } catch (cause) {
    throw new ConfigError('ENVIRONMENT_INVALID', 'the base URL of the Live API is not a URL', { cause });
  }
}

function defaultHost(service: LiveService): string {
  if (service.backend === 'gemini-api') return 'generativelanguage.googleapis.com';
  const location = service.location ?? DEFAULT_LOCATION;
  if (isExpressMode(service) || location === 'global') return 'aiplatform.googleapis.com';
  if (MULTI_REGIONS.has(location)) return `aiplatform.${location}.rep.googleapis.com`;
  return `${location}-aiplatform.googleapis.com`;
}
