import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLiveCredentials } from '../../../src/live/credentials.js';

// Workload identity federation is the one kind of Google credentials whose token server may be anywhere.

let directory: string;
let answer: (response: ServerResponse, count: number) => void;
let asked: number;
let tokenServer: ReturnType<typeof createServer>;

beforeEach(async () => {
  asked = 0;
  answer = (response, count) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        access_token: `token-${count}`,
        expires_in: 3_600,
        token_type: 'Bearer',
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      }),
    );
  };
  tokenServer = createServer((request, response) => {
    asked += 1;
    const count = asked;
    request.resume().on('end', () => answer(response, count));
  });
  tokenServer.listen(0, '127.0.0.1');
  await once(tokenServer, 'listening');
  const tokenUrl = `http://127.0.0.1:${(tokenServer.address() as AddressInfo).port}/token`;
  directory = mkdtempSync(join(tmpdir(), 'liveline-credentials-'));
  const subjectFile = join(directory, 'subject');
  writeFileSync(subjectFile, 'subject-token');
  const file = join(directory, 'credentials.json');
  writeFileSync(
    file,
    JSON.stringify({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: tokenUrl,
      credential_source: { file: subjectFile },
      quota_project_id: 'billed',
    }),
  );
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
  tokenServer.closeAllConnections();
  tokenServer.close();
  await once(tokenServer, 'close');
});

describe('default credentials', () => {
  it('are a bearer token, with the project that is billed', async () => {
    const credentials = createLiveCredentials({ backend: 'vertex-ai', project: 'p' });
    expect(await credentials.headers(false)).toEqual({
      authorization: 'Bearer token-1',
      'x-goog-user-project': 'billed',
    });
  });

  it('are fetched once while they are valid', async () => {
    const credentials = createLiveCredentials({ backend: 'vertex-ai', project: 'p' });
    await credentials.headers(false);
    await Promise.all([credentials.headers(false), credentials.headers(false)]);
    expect(asked).toBe(1);
  });

  it('are renewed when the service refused them, once for all who ask together', async () => {
    const credentials = createLiveCredentials({ backend: 'vertex-ai', project: 'p' });
    await credentials.headers(false);
    const renewed = await Promise.all([
      credentials.headers(true),
      credentials.headers(true),
      credentials.headers(false),
    ]);
    expect(renewed.map((headers) => headers['authorization'])).toEqual(Array(3).fill('Bearer token-2'));
    expect((await credentials.headers(false))['authorization']).toBe('Bearer token-2');
    expect(asked).toBe(2);
  });

  it('that are refused by their own server are an error without secrets, and may be had later', async () => {
    const grant = answer;
    answer = (response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: 'invalid_grant', error_description: 'no such pool' }));
    };
    const credentials = createLiveCredentials({ backend: 'vertex-ai', project: 'p' });
    const error: unknown = await credentials.headers(false).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'MODEL_UNAUTHORIZED', phase: 'credentials', retryable: false });
    expect((error as Error).message).toContain('invalid_grant');
    expect((error as Error).message).not.toContain('subject-token');
    expect((error as Error).cause).toBeUndefined();
    answer = grant;
    expect(await credentials.headers(false)).toHaveProperty('authorization');
  });

  it('whose server does not answer are worth another try', async () => {
    answer = (response) => response.destroy();
    const credentials = createLiveCredentials({ backend: 'vertex-ai', project: 'p' });
    await expect(credentials.headers(false)).rejects.toMatchObject({ code: 'MODEL_UNREACHABLE', retryable: true });
  });

  it('that do not exist are an error that says so', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(directory, 'none.json'));
    const credentials = createLiveCredentials({ backend: 'vertex-ai', project: 'p' });
    await expect(credentials.headers(false)).rejects.toMatchObject({ code: 'MODEL_UNAUTHORIZED' });
  });
});

describe('an API key', () => {
  it.each(['gemini-api', 'vertex-ai'] as const)('is a header on %s, and asks nobody', async (backend) => {
    const credentials = createLiveCredentials({ backend, apiKey: 'k' });
    expect(credentials.refreshable).toBe(false);
    expect(await credentials.headers(false)).toEqual({ 'x-goog-api-key': 'k' });
    expect(asked).toBe(0);
  });
});
