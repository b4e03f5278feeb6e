import { createServer, request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { isDirectLoopback, publicBase, readRequestFacts, type RequestFacts } from '../../../src/twilio/public-url.js';

function facts(headers: RequestFacts['headers'], remoteAddress = '10.0.0.1'): RequestFacts {
  return { headers, remoteAddress, localPort: 8080 };
}

describe('the public base', () => {
  it.each([
    ['https://voice.example.test', 'https://voice.example.test', 'wss://voice.example.test'],
    ['https://voice.example.test/', 'https://voice.example.test', 'wss://voice.example.test'],
    [
      'https://voice.example.test:8443/bridge//',
      'https://voice.example.test:8443/bridge',
      'wss://voice.example.test:8443/bridge',
    ],
    ['http://localhost:9000', 'http://localhost:9000', 'ws://localhost:9000'],
  ])('is PUBLIC_URL %s, whatever the headers say', (publicUrl, http, webSocket) => {
    const headers = { host: 'evil.test', 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'http' };
    expect(publicBase(facts(headers), publicUrl)).toEqual({ http, webSocket });
    expect(publicBase(facts({ host: 'localhost:8080' }, '127.0.0.1'), publicUrl)).toEqual({ http, webSocket });
  });

  it.each([
    ['localhost:8080', 'localhost:8080'],
    ['localhost', 'localhost:8080'],
    ['127.0.0.1:9999', '127.0.0.1:8080'],
    ['[::1]:8080', '[::1]:8080'],
  ])('is plain HTTP on the local port for a direct loopback request to %s', (host, written) => {
    expect(publicBase(facts({ host }, '127.0.0.1'))).toEqual({
      http: `http://${written}`,
      webSocket: `ws://${written}`,
    });
  });

  it.each<[RequestFacts['headers'], string]>([
    [{ host: 'run.example.test', 'x-forwarded-proto': 'https' }, 'https://run.example.test'],
    [
      { host: 'app:8080', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'voice.example.test' },
      'https://voice.example.test',
    ],
    [{ host: 'a.test', 'x-forwarded-proto': 'https,http', 'x-forwarded-host': 'b.test, c.test' }, 'https://b.test'],
    [{ host: 'a.test:8443', 'x-forwarded-proto': 'wss' }, 'https://a.test:8443'],
    [{ host: 'a.test', 'x-forwarded-proto': 'http' }, 'http://a.test'],
    [{ host: 'a.test' }, 'http://a.test'],
    [{ host: 'a.test', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'b.test/"><x' }, 'https://a.test'],
  ])('is what the nearest proxy says: %j', (headers, http) => {
    expect(publicBase(facts(headers))).toEqual({ http, webSocket: http.replace('http', 'ws') });
    expect(publicBase(facts(headers, '127.0.0.1'))).toEqual({ http, webSocket: http.replace('http', 'ws') });
  });
});

describe('direct loopback', () => {
  it.each([
    ['127.0.0.1', 'localhost:8080'],
    ['127.8.8.8', '127.8.8.8'],
    ['::1', '[::1]:8080'],
    ['::ffff:127.0.0.1', 'LOCALHOST'],
  ])('is a socket from %s with the host %s', (remoteAddress, host) => {
    expect(isDirectLoopback(facts({ host }, remoteAddress))).toBe(true);
  });

  it.each([
    ['10.0.0.1', 'localhost'],
    ['::ffff:10.0.0.1', 'localhost'],
    ['2001:db8::1', 'localhost'],
    ['nonsense', 'localhost'],
    ['127.0.0.1', 'voice.example.test'],
    ['127.0.0.1', 'localhost.example.test'],
    ['127.0.0.1', '127.0.0.1.nip.io'],
    ['127.0.0.1', '10.0.0.1:8080'],
    ['127.0.0.1', 'localhost:8080@evil.test'],
    ['127.0.0.1', ''],
  ])('is not a socket from %s with the host %j', (remoteAddress, host) => {
    expect(isDirectLoopback(facts({ host }, remoteAddress))).toBe(false);
  });

  it('is not a socket that is gone, nor a request without a host', () => {
    expect(isDirectLoopback({ headers: { host: 'localhost' }, remoteAddress: undefined, localPort: 1 })).toBe(false);
    expect(isDirectLoopback(facts({}, '127.0.0.1'))).toBe(false);
  });

  it.each([
    'forwarded',
    'via',
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-host',
    'x-forwarded',
    'x-real-ip',
    'x-client-ip',
    'x-original-host',
    'x-envoy-external-address',
    'x-amzn-trace-id',
    'x-cloud-trace-context',
    'cf-connecting-ip',
    'cf-ray',
    'cdn-loop',
    'true-client-ip',
    'fastly-client-ip',
    'fly-client-ip',
    'ngrok-trace-id',
    'tailscale-user-login',
  ])('is not a request with %s', (name) => {
    expect(isDirectLoopback(facts({ host: 'localhost', [name]: '127.0.0.1' }, '127.0.0.1'))).toBe(false);
  });

  it('is what the ordinary headers of a client do not speak against', () => {
    const headers = {
      host: 'localhost',
      origin: 'http://localhost',
      'user-agent': 'x',
      'x-twilio-signature': 's',
      'x-requested-with': 'x',
      connection: 'upgrade',
      'sec-websocket-key': 'x',
    };
    expect(isDirectLoopback(facts(headers, '127.0.0.1'))).toBe(true);
  });

  it('is seen on a real request', async () => {
    const server = createServer((incoming, response) => {
      const seen = readRequestFacts(incoming);
      response.end(JSON.stringify({ direct: isDirectLoopback(seen), base: publicBase(seen) }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const body = await new Promise<string>((resolve, reject) => {
      request({ host: '127.0.0.1', port, agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        response.on('end', () => resolve(text));
      })
        .on('error', reject)
        .end();
    });
    await new Promise((resolve) => server.close(resolve));
    expect(JSON.parse(body)).toEqual({
      direct: true,
      base: { http: `http://127.0.0.1:${port}`, webSocket: `ws://127.0.0.1:${port}` },
    });
  });
});
