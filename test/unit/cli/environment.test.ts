import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadDotEnv, readAgentsSettings, readEnvironment } from '../../../src/cli/environment.js';
import { ConfigError } from '../../../src/errors.js';

const ACCOUNT = `AC${'0f'.repeat(16)}`;
const KEY_SID = `SK${'0f'.repeat(16)}`;

function refusal(env: NodeJS.ProcessEnv): ConfigError {
  try {
    readEnvironment(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the environment was accepted');
}

describe('an empty environment', () => {
  it('gives the documented defaults and the emulator', () => {
    expect(readEnvironment({})).toEqual({
      port: 8080,
      host: '0.0.0.0',
      agentsFile: 'config/agents.yaml',
      twilio: { authTokens: [] },
      model: { kind: 'emulator' },
      realCallersMayCome: false,
      maxCalls: 200,
      uplinkMs: 20,
      logLevel: 'info',
      dataDir: './data',
    });
  });

  it('is what variables without a value amount to', () => {
    expect(readEnvironment({ PORT: '', GEMINI_API_KEY: ' ', TWILIO_AUTH_TOKEN: '', LIVELINE_NO_SUCH: '' })).toEqual(
      readEnvironment({}),
    );
  });
});

describe('a full environment', () => {
  it('is read with every value in its type', () => {
    const environment = readEnvironment({
      PORT: '0',
      HOST: '127.0.0.1',
      AGENTS_CONFIG: 'my.yaml',
      PUBLIC_URL: 'https://phone.example.com/',
      TWILIO_ACCOUNT_SID: ACCOUNT,
      TWILIO_AUTH_TOKEN: 'old, new',
      TWILIO_API_KEY_SID: KEY_SID,
      TWILIO_API_KEY_SECRET: 'key-secret',
      TWILIO_API_BASE_URL: 'http://127.0.0.1:9000',
      GEMINI_API_KEY: 'key',
      GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:8081',
      LIVELINE_SECRET: 'stream secret',
      LIVELINE_API_TOKEN: 'api-token',
      LIVELINE_MAX_CALLS: '5',
      LIVELINE_UPLINK_MS: '60',
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'json',
      DATA_DIR: '/data',
      DATABASE_URL: 'postgres://localhost/liveline',
    });
    expect(environment).toEqual({
      port: 0,
      host: '127.0.0.1',
      agentsFile: 'my.yaml',
      publicUrl: 'https://phone.example.com',
      twilio: {
        accountSid: ACCOUNT,
        authTokens: ['old', 'new'],
        apiKeySid: KEY_SID,
        apiKeySecret: 'key-secret',
        apiBaseUrl: 'http://127.0.0.1:9000',
      },
      model: { kind: 'gemini-api', apiKey: 'key', baseUrl: 'http://127.0.0.1:8081' },
      realCallersMayCome: true,
      secret: 'stream secret',
      apiToken: 'api-token',
      maxCalls: 5,
      uplinkMs: 60,
      logLevel: 'debug',
      logFormat: 'json',
      dataDir: '/data',
      databaseUrl: 'postgres://localhost/liveline',
    });
  });

  it('yields to the command line', () => {
    const environment = readEnvironment(
      { PORT: '1', AGENTS_CONFIG: 'a.yaml', GEMINI_API_KEY: 'key' },
      { port: 2, agentsFile: 'b.yaml', emulator: true },
    );
    expect(environment).toMatchObject({ port: 2, agentsFile: 'b.yaml', model: { kind: 'emulator' } });
  });
});

describe('a malformed value', () => {
  it.each([
    ['PORT', '80a', 'PORT must be a whole number from 0 to 65535'],
    ['PORT', '65536', 'PORT must be a whole number from 0 to 65535'],
    ['PORT', '-1', 'PORT must be a whole number from 0 to 65535'],
    ['PUBLIC_URL', 'phone.example.com', 'PUBLIC_URL must be the https:// address that Twilio reaches'],
    ['PUBLIC_URL', 'http://phone.example.com', 'PUBLIC_URL must be the https:// address that Twilio reaches'],
    ['PUBLIC_URL', 'https://phone.example.com/twilio', 'without a path'],
    ['TWILIO_ACCOUNT_SID', KEY_SID, 'TWILIO_ACCOUNT_SID must be AC and 32 characters'],
    ['TWILIO_ACCOUNT_SID', ACCOUNT.slice(1), 'TWILIO_ACCOUNT_SID must be AC and 32 characters'],
    ['TWILIO_AUTH_TOKEN', 'one two', 'TWILIO_AUTH_TOKEN must be without blanks'],
    ['TWILIO_AUTH_TOKEN', 'one,,two', 'TWILIO_AUTH_TOKEN must be without blanks'],
    ['TWILIO_API_BASE_URL', 'api.twilio.com', 'TWILIO_API_BASE_URL must be a URL such as https://host'],
    ['GEMINI_API_KEY', 'clé', 'GEMINI_API_KEY must be without blanks and in plain ASCII'],
    ['GOOGLE_GENAI_USE_VERTEXAI', 'yes', 'GOOGLE_GENAI_USE_VERTEXAI must be true or false'],
    ['GOOGLE_CLOUD_LOCATION', 'evil.example/', 'GOOGLE_CLOUD_LOCATION must be a location such as us-central1'],
    ['GOOGLE_GEMINI_BASE_URL', 'ws://127.0.0.1:1', 'GOOGLE_GEMINI_BASE_URL must be a URL such as https://host'],
    ['LIVELINE_MAX_CALLS', '0', 'LIVELINE_MAX_CALLS must be a whole number from 1 to 10000'],
    ['LIVELINE_UPLINK_MS', '30', 'LIVELINE_UPLINK_MS must be 20, 40, 60 or 100'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL must be trace, debug, info, warn, error, fatal or silent'],
    ['LOG_FORMAT', 'xml', 'LOG_FORMAT must be pretty or json'],
    ['DATABASE_URL', 'mysql://host/db', 'DATABASE_URL must be a URL such as postgres://user@host/database'],
  ])('of %s (%s) stops the start', (name, value, message) => {
    const error = refusal({ [name]: value });
    expect(error.code).toBe('ENVIRONMENT_INVALID');
    expect(error.detail).toContain(message);
  });

  it('is never quoted', () => {
    const names = ['PORT', 'PUBLIC_URL', 'TWILIO_AUTH_TOKEN', 'GEMINI_API_KEY', 'LIVELINE_API_TOKEN', 'DATABASE_URL'];
    const error = refusal(Object.fromEntries(names.map((name) => [name, 'a secret value'])));
    expect(error.detail.split('\n')).toHaveLength(1 + names.length);
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('a secret value');
  });

  it('is reported together with all the others', () => {
    const { detail } = refusal({ PORT: 'x', LOG_LEVEL: 'x', LIVELINE_PORT: '1' });
    expect(detail.split('\n')).toHaveLength(4);
    expect(detail).toMatch(/3 problems.*LIVELINE_PORT.*PORT must.*LOG_LEVEL must/s);
  });
});

describe('a misspelt name', () => {
  it.each([
    ['LIVELINE_MAXCALLS', 'LIVELINE_MAX_CALLS'],
    ['LIVLINE_SECRET', 'LIVELINE_SECRET'],
    ['TWILIO_AUTH_TOEKN', 'TWILIO_AUTH_TOKEN'],
    ['TWILO_ACCOUNT_SID', 'TWILIO_ACCOUNT_SID'],
    ['GEMINI_APIKEY', 'GEMINI_API_KEY'],
    ['GOOGLE_GENAI_USE_VERTEX_AI', 'GOOGLE_GENAI_USE_VERTEXAI'],
  ])('%s is answered with %s', (name, meant) => {
    expect(refusal({ [name]: 'value-of-it' }).detail).toContain(
      `${name} is not a variable that Liveline reads; did you mean ${meant}?`,
    );
    expect(refusal({ [name]: 'value-of-it' }).message).not.toContain('value-of-it');
  });

  it('of our own that is like nothing is answered with the list', () => {
    expect(refusal({ LIVELINE_COLOUR: 'red' }).detail).toContain(
      'LIVELINE_SECRET, LIVELINE_API_TOKEN, LIVELINE_MAX_CALLS, LIVELINE_UPLINK_MS',
    );
  });

  it('is not seen in what the SDKs read themselves', () => {
    const theirs = [
      'TWILIO_REGION',
      'TWILIO_EDGE',
      'TWILIO_LOG_LEVEL',
      'TWILIO_CA_BUNDLE',
      'GOOGLE_APPLICATION_CREDENTIALS',
      'GOOGLE_CLOUD_QUOTA_PROJECT',
      'GOOGLE_API_CERTIFICATE_CONFIG',
      'GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES',
      'GOOGLE_GENAI_USE_ENTERPRISE',
      'GCLOUD_PROJECT',
    ];
    expect(readEnvironment(Object.fromEntries(theirs.map((name) => [name, 'x'])))).toEqual(readEnvironment({}));
  });
});

describe('the model service', () => {
  it.each([
    [{ GEMINI_API_KEY: 'a' }, { kind: 'gemini-api', apiKey: 'a' }],
    [
      { GEMINI_API_KEY: 'a', GOOGLE_API_KEY: 'b' },
      { kind: 'gemini-api', apiKey: 'b' },
    ],
    [
      { GEMINI_API_KEY: 'a', GOOGLE_GENAI_USE_VERTEXAI: 'false' },
      { kind: 'gemini-api', apiKey: 'a' },
    ],
    [
      { GEMINI_API_KEY: 'a', GOOGLE_VERTEX_BASE_URL: 'http://h:1' },
      { kind: 'gemini-api', apiKey: 'a' },
    ],
    [
      { GOOGLE_GENAI_USE_VERTEXAI: 'True', GOOGLE_CLOUD_PROJECT: 'p', GOOGLE_CLOUD_LOCATION: 'global' },
      { kind: 'vertex-ai', project: 'p', location: 'global' },
    ],
    [
      {
        GOOGLE_GENAI_USE_VERTEXAI: '1',
        GOOGLE_CLOUD_PROJECT: 'p',
        GOOGLE_CLOUD_LOCATION: 'eu',
        GOOGLE_VERTEX_BASE_URL: 'http://h:1',
      },
      { kind: 'vertex-ai', project: 'p', location: 'eu', baseUrl: 'http://h:1' },
    ],
    [
      { GOOGLE_GENAI_USE_VERTEXAI: 'true', GOOGLE_API_KEY: 'k', GOOGLE_CLOUD_PROJECT: 'p' },
      { kind: 'vertex-ai', apiKey: 'k' },
    ],
  ])('for %o is %o', (env, service) => {
    expect(readEnvironment(env).model).toEqual(service);
  });

  it.each([
    [{ GOOGLE_GENAI_USE_VERTEXAI: 'true' }, 'also needs GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION'],
    [{ GOOGLE_GENAI_USE_VERTEXAI: 'true', GEMINI_API_KEY: 'k' }, 'or GOOGLE_API_KEY (express mode)'],
    [{ GOOGLE_GEMINI_BASE_URL: 'http://h:1' }, 'GOOGLE_GEMINI_BASE_URL is set without a key'],
    [{ TWILIO_AUTH_TOKEN: 't' }, 'real callers may come (Twilio credentials are set)'],
    [{ TWILIO_ACCOUNT_SID: ACCOUNT }, 'real callers may come (Twilio credentials are set)'],
    [{ K_SERVICE: 's' }, 'real callers may come (this is Cloud Run)'],
    [{ TWILIO_API_KEY_SID: KEY_SID }, 'set without TWILIO_API_KEY_SECRET'],
    [{ TWILIO_API_KEY_SECRET: 's' }, 'set without TWILIO_API_KEY_SID'],
    [{ TWILIO_API_KEY_SID: KEY_SID, TWILIO_API_KEY_SECRET: 's' }, 'needs TWILIO_ACCOUNT_SID'],
  ])('for %o is refused: %s', (env, reason) => {
    expect(refusal(env).detail).toContain(reason);
  });

  it.each([{ TWILIO_AUTH_TOKEN: 't' }, { K_SERVICE: 's' }, { GOOGLE_GENAI_USE_VERTEXAI: 'true' }])(
    'for %o is the emulator when that is asked for',
    (env) => {
      expect(readEnvironment(env, { emulator: true }).model).toEqual({ kind: 'emulator' });
    },
  );

  it.each([
    [{}, {}],
    [{ GEMINI_API_KEY: 'k', PORT: 'malformed' }, { backend: 'gemini-api' }],
    [{ GOOGLE_API_KEY: 'k', GOOGLE_GENAI_USE_VERTEXAI: 'false' }, { backend: 'gemini-api' }],
    [{ GOOGLE_API_KEY: 'k', GOOGLE_GENAI_USE_VERTEXAI: 'TRUE' }, { backend: 'vertex-ai' }],
    [{ AGENTS_CONFIG: 'mine.yaml' }, { agentsFile: 'mine.yaml' }],
  ])('that an agents file is checked for in %o is %o', (env, settings) => {
    expect(readAgentsSettings(env)).toEqual({ agentsFile: 'config/agents.yaml', ...settings });
  });
});

describe('.env', () => {
  const home = process.cwd();
  afterEach(() => {
    process.chdir(home);
    delete process.env['LIVELINE_TEST_A'];
    delete process.env['LIVELINE_TEST_B'];
  });

  it('adds to the environment, where what is set already stays', () => {
    process.chdir(mkdtempSync(join(tmpdir(), 'liveline-')));
    writeFileSync('.env', 'LIVELINE_TEST_A=from the file\nLIVELINE_TEST_B="with # quotes"\n');
    process.env['LIVELINE_TEST_A'] = 'set before';
    loadDotEnv();
    expect(process.env['LIVELINE_TEST_A']).toBe('set before');
    expect(process.env['LIVELINE_TEST_B']).toBe('with # quotes');
  });

  it('need not be there', () => {
    process.chdir(mkdtempSync(join(tmpdir(), 'liveline-')));
    expect(() => loadDotEnv()).not.toThrow();
  });
});
