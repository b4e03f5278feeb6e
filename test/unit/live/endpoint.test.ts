import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/errors.js';
import { liveEndpoint, liveModelName } from '../../../src/live/endpoint.js';
import type { LiveService } from '../../../src/live/live-service.js';

const GEMINI = 'ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const PREVIEW = 'ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContent';
const VERTEX = 'ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent';

const gemini: LiveService = { backend: 'gemini-api', apiKey: 'key' };
const vertex: LiveService = { backend: 'vertex-ai', project: 'p', location: 'us-central1' };
const express: LiveService = { backend: 'vertex-ai', apiKey: 'key' };

describe('the endpoint', () => {
  it.each<[string, LiveService, boolean, string]>([
    ['the Gemini API', gemini, false, `wss://generativelanguage.googleapis.com/${GEMINI}`],
    ['the Gemini API with a preview setting', gemini, true, `wss://generativelanguage.googleapis.com/${PREVIEW}`],
    ['a region of Vertex AI', vertex, false, `wss://us-central1-aiplatform.googleapis.com/${VERTEX}`],
    ['Vertex AI with a preview setting', vertex, true, `wss://us-central1-aiplatform.googleapis.com/${VERTEX}`],
    ['global', { ...vertex, location: 'global' }, false, `wss://aiplatform.googleapis.com/${VERTEX}`],
    ['no location', { backend: 'vertex-ai', project: 'p' }, false, `wss://aiplatform.googleapis.com/${VERTEX}`],
    ['us', { ...vertex, location: 'us' }, false, `wss://aiplatform.us.rep.googleapis.com/${VERTEX}`],
    ['eu', { ...vertex, location: 'eu' }, false, `wss://aiplatform.eu.rep.googleapis.com/${VERTEX}`],
    ['express mode', express, false, `wss://aiplatform.googleapis.com/${VERTEX}`],
    ['a plain base URL', { ...gemini, baseUrl: 'http://localhost:9' }, false, `ws://localhost:9/${GEMINI}`],
    ['a base URL with a path', { ...vertex, baseUrl: 'https://h/a/b/' }, false, `wss://h/a/b/${VERTEX}`],
  ])('of %s is the documented one', (_name, service, preview, url) => {
    expect(liveEndpoint(service, { preview }).href).toBe(url);
  });

  it('never holds the key', () => {
    expect(liveEndpoint({ ...gemini, apiKey: 'secret' }, { preview: false }).href).not.toContain('secret');
  });

  it('of a base URL that is none is a mistake in the environment', () => {
    expect(() => liveEndpoint({ ...gemini, baseUrl: 'localhost' }, { preview: false })).toThrow(ConfigError);
  });
});

describe('the name of a model', () => {
  it.each<[LiveService, string, string]>([
    [gemini, 'm', 'models/m'],
    [gemini, 'models/m', 'models/m'],
    [gemini, 'tunedModels/m', 'tunedModels/m'],
    [vertex, 'm', 'projects/p/locations/us-central1/publishers/google/models/m'],
    [vertex, 'a/m', 'projects/p/locations/us-central1/publishers/a/models/m'],
    [vertex, 'publishers/a/models/m', 'projects/p/locations/us-central1/publishers/a/models/m'],
    [vertex, 'projects/x/locations/y/publishers/google/models/m', 'projects/x/locations/y/publishers/google/models/m'],
    [{ backend: 'vertex-ai', project: 'p' }, 'm', 'projects/p/locations/global/publishers/google/models/m'],
    [express, 'm', 'publishers/google/models/m'],
    [{ ...express, project: 'p', location: 'l' }, 'm', 'publishers/google/models/m'],
  ])('on %o of %s is %s', (service, model, name) => {
    expect(liveModelName(service, model)).toBe(name);
  });

  it.each(['', '../m', 'm?x', 'm&x'])('cannot be %j', (model) => {
    expect(() => liveModelName(gemini, model)).toThrow(ConfigError);
  });
});
