import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGuardedDispatchers, type GuardedDispatchers } from '../../../src/tools/guarded-dispatcher.js';
import { createImageFetcher, type ImageFetcherOptions, MAX_IMAGE_BYTES } from '../../../src/twilio/fetch-image.js';
import { type LocalServer, startLocalServer } from '../../support/local-server.js';

const JPEG = Buffer.from('ffd8ffe0', 'hex');
const PNG = Buffer.from('89504e470d0a1a0a0000', 'hex');
const WEBP = Buffer.from('RIFF\x10\x00\x00\x00WEBPVP8 ', 'latin1');

let dispatchers: GuardedDispatchers;
let api: LocalServer;
let answer: (path: string, response: ServerResponse) => void;

beforeEach(async () => {
  dispatchers = createGuardedDispatchers({ maxResponseBytes: MAX_IMAGE_BYTES });
  api = await startLocalServer(({ path }, response) => answer(path, response));
});

afterEach(async () => {
  await dispatchers[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

function fetchImage(url = `${api.origin}/Media/ME1`, options: Partial<ImageFetcherOptions> = {}) {
  const fetcher = createImageFetcher({
    authToken: 'secret',
    baseUrl: api.origin,
    openDispatcher: dispatchers.allowing(['127.0.0.1']),
    ...options,
  });
  return fetcher({ url, accountSid: 'AC1' }, new AbortController().signal);
}

describe('a picture', () => {
  it.each([
    ['image/jpeg', JPEG],
    ['image/png', PNG],
    ['image/webp', WEBP],
  ])('is %s by its first bytes, whatever it is called', async (mimeType, bytes) => {
    answer = (_, response) => response.setHeader('content-type', 'text/plain').end(bytes);
    expect(await fetchImage()).toEqual({ mimeType, bytes: new Uint8Array(bytes) });
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['something else', (response) => response.end('GIF89a'), 'neither JPEG, PNG nor WebP'],
    [
      'too large',
      (response) => response.end(Buffer.concat([JPEG, Buffer.alloc(MAX_IMAGE_BYTES)])),
      'larger than 4 MiB',
    ],
    ['not there', (response) => response.writeHead(404).end(), 'HTTP 404'],
    ['cut off', (response) => response.destroy(), 'UND_ERR_SOCKET'],
  ])('that is %s is not had', async (_what, respond, why) => {
    answer = (_path, response) => respond(response);
    await expect(fetchImage()).rejects.toThrow(why);
  });

  it('is asked for with an API key where there is one, else with the token and the account it belongs to', async () => {
    answer = (_, response) => response.end(JPEG);
    await fetchImage();
    await fetchImage(undefined, { accountSid: 'AC2' });
    await fetchImage(undefined, { apiKeySid: 'SK1', apiKeySecret: 'key' });
    const users = api.requests.map(({ headers }) =>
      Buffer.from(headers.authorization?.split(' ')[1] ?? '', 'base64').toString(),
    );
    expect(users).toEqual(['AC1:secret', 'AC2:secret', 'SK1:key']);
  });

  it('is asked of the proxy where Twilio’s own address is given', async () => {
    answer = (_, response) => response.end(JPEG);
    await fetchImage('https://api.twilio.com/2010-04-01/Accounts/AC1/Media/ME1?x=1', {
      baseUrl: `${api.origin}/proxy/`,
    });
    expect(api.requests.map(({ path }) => path)).toEqual(['/proxy/2010-04-01/Accounts/AC1/Media/ME1?x=1']);
  });

  it.each(['https://evil.example.test/ME1', 'https://api.twilio.com.evil.test/ME1', 'http://api.twilio.com/ME1', ''])(
    'is never asked of %j',
    async (url) => {
      answer = (_, response) => response.end(JPEG);
      await expect(fetchImage(url)).rejects.toThrow('not one of Twilio’s API');
      expect(api.requests).toEqual([]);
    },
  );
});

describe('a redirect', () => {
  it('is followed without the credentials, and to no private address', async () => {
    await using store = await startLocalServer((_, response) => response.end(JPEG));
    let location = `${store.origin}/picture`;
    answer = (_, response) => response.writeHead(307, { location }).end();
    await fetchImage();
    expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    location = location.replace('127.0.0.1', 'localhost');
    await expect(fetchImage()).rejects.toThrow('TOOL_BLOCKED_ADDRESS');
    expect(store.requests).toHaveLength(1);
  });

  it.each([
    ['nowhere', ''],
    ['a file', 'file:///etc/passwd'],
    ['itself, for ever', '/again'],
  ])('to %s is not followed', async (_where, location) => {
    answer = (_, response) => response.writeHead(302, { location }).end();
    await expect(fetchImage()).rejects.toThrow(/redirects/);
    expect(api.requests.length).toBeLessThanOrEqual(4);
  });
});
