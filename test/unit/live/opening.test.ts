import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../src/errors.js';
import type { LiveCredentials } from '../../../src/live/credentials.js';
import { ManualClock } from '../../support/manual-clock.js';
import { openLeg } from '../../support/opened-leg.js';
import { refuseUpgrade, ScriptedLiveServer } from '../../support/scripted-live-server.js';

const SETUP_TIMEOUT_MS = 10_000;

/** Credentials that count, and change when they are renewed. */
function countingCredentials() {
  const asked: boolean[] = [];
  const credentials: LiveCredentials = {
    refreshable: true,
    headers(forceRefresh) {
      asked.push(forceRefresh);
      return Promise.resolve({ authorization: `Bearer token-${asked.length}` });
    },
  };
  return { asked, credentials };
}

describe('a session that is opened', () => {
  it('sends its key in a header and the setup first, and nothing more until it is complete', async () => {
    await using server = await ScriptedLiveServer.start();
    const { leg, recorder } = openLeg(server.baseUrl);
    const session = await server.nextSession();
    expect(session.request.headers['x-goog-api-key']).toBe('test-key');
    expect(session.request.url).not.toContain('test-key');
    expect(session.request.headers['sec-websocket-extensions']).toBeUndefined();
    leg.sendAudio(new Uint8Array(640));
    leg.sendText('too early');
    expect(leg.endAudio()).toBe(true);
    await session.setUp();
    await recorder.until('ready');
    leg.sendText('now');
    expect(await session.next()).toHaveProperty('clientContent');
    expect(session.unread).toBe(0);
    leg.close();
    await recorder.until('closed');
    expect(recorder.names).toEqual(['ready', 'closed']);
  });

  it.each([
    { setupComplete: {} },
    { setupComplete: { sessionId: 'a' } },
    { setupComplete: true },
    { setup_complete: {} },
  ])('stands at %j', async (answer) => {
    await using server = await ScriptedLiveServer.start();
    const { leg, recorder } = openLeg(server.baseUrl);
    await (await server.nextSession()).setUp(answer);
    await recorder.until('ready');
    leg.close();
    await recorder.until('closed');
  });

  it('reads nothing that comes before setupComplete, and what comes with it', async () => {
    await using server = await ScriptedLiveServer.start();
    const { leg, recorder } = openLeg(server.baseUrl);
    const session = await server.nextSession();
    session.send({ serverContent: { turnComplete: true } });
    session.send({ setupComplete: {}, usageMetadata: { totalTokenCount: 3 } });
    await recorder.until('usage');
    expect(recorder.names).toEqual(['irregular', 'ready', 'usage']);
    session.send({ setupComplete: {} });
    leg.close();
    await recorder.until('closed');
  });

  it('that is closed during setup ends with the code and the reason', async () => {
    await using server = await ScriptedLiveServer.start();
    const clock = new ManualClock();
    const { recorder } = openLeg(server.baseUrl, { clock });
    const session = await server.nextSession();
    session.socket.close(1008, 'models/x is not found');
    await recorder.until('closed');
    expect(recorder.names).toEqual(['closed']);
    expect(recorder.error).toMatchObject({
      code: 'MODEL_NOT_FOUND',
      closeCode: 1008,
      phase: 'setup',
      retryable: false,
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('that is refused ends with the status and the reason, whatever the length of the page', async () => {
    await using server = await ScriptedLiveServer.start();
    server.onUpgrade = refuseUpgrade(403, JSON.stringify({ error: { message: 'no such project' } }));
    const { recorder } = openLeg(server.baseUrl);
    await recorder.until('closed');
    expect(recorder.error).toMatchObject({ code: 'MODEL_UNAUTHORIZED', httpStatus: 403, phase: 'upgrade' });
    expect(recorder.error?.message).toContain('no such project');
    server.onUpgrade = refuseUpgrade(503, 'x'.repeat(1_000_000));
    const second = openLeg(server.baseUrl);
    await second.recorder.until('closed');
    expect(second.recorder.error).toMatchObject({ code: 'MODEL_UNAVAILABLE', httpStatus: 503, retryable: true });
    await server.idle();
  });

  it('that nobody answers ends as unreachable', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const baseUrl = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
    gone.close();
    await once(gone, 'close');
    const { recorder } = openLeg(baseUrl);
    await recorder.until('closed');
    expect(recorder.error).toMatchObject({ code: 'MODEL_UNREACHABLE', phase: 'upgrade', retryable: true });
  });

  it('that is not set up in time ends, and leaves no socket', async () => {
    await using server = await ScriptedLiveServer.start();
    const clock = new ManualClock();
    const { recorder } = openLeg(server.baseUrl, { clock });
    await (await server.nextSession()).next();
    clock.advance(SETUP_TIMEOUT_MS - 1);
    expect(recorder.events).toEqual([]);
    clock.advance(1);
    await recorder.until('closed');
    expect(recorder.error).toMatchObject({ code: 'MODEL_TIMEOUT', phase: 'setup', retryable: true });
    expect(clock.pendingTimers).toBe(0);
    await server.idle();
  });

  it('that waits for the upgrade or its credentials has the same deadline', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const clock = new ManualClock();
    const baseUrl = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const connected = once(mute, 'connection');
    const upgrading = openLeg(baseUrl, { clock });
    const never = { refreshable: true, headers: () => new Promise<never>(() => undefined) };
    const asking = openLeg(baseUrl, { clock, credentials: never });
    const [socket] = (await connected) as [Socket];
    clock.advance(SETUP_TIMEOUT_MS);
    await upgrading.recorder.until('closed');
    await asking.recorder.until('closed');
    expect(upgrading.recorder.error).toMatchObject({ code: 'MODEL_TIMEOUT', phase: 'upgrade' });
    expect(asking.recorder.error).toMatchObject({ code: 'MODEL_TIMEOUT', phase: 'credentials' });
    socket.destroy();
    mute.close();
  });
});

describe('provisioned throughput', () => {
  const header = 'x-vertex-ai-llm-request-type';

  it.each(['dedicated', 'shared'] as const)(
    'is asked for as %s at every upgrade, beside the credentials',
    async (provisioned) => {
      await using server = await ScriptedLiveServer.start();
      const { asked, credentials } = countingCredentials();
      server.onUpgrade = (request, socket) =>
        request.headers.authorization === 'Bearer token-1' && refuseUpgrade(401)(request, socket);
      const service = { backend: 'vertex-ai', project: 'p' } as const;
      const { leg, recorder } = openLeg(server.baseUrl, { service, credentials, settings: { provisioned } });
      await server.nextSession();
      expect(server.requests.map(({ headers }) => [headers.authorization, headers[header]])).toEqual([
        ['Bearer token-1', provisioned],
        ['Bearer token-2', provisioned],
      ]);
      expect(asked).toEqual([false, true]);
      leg.close();
      await recorder.until('closed');
    },
  );

  it('is not spoken of to the Gemini API, nor unless it is set', async () => {
    await using server = await ScriptedLiveServer.start();
    const gemini = openLeg(server.baseUrl, { settings: { provisioned: 'dedicated' } });
    const vertex = openLeg(server.baseUrl, { service: { backend: 'vertex-ai', apiKey: 'k' } });
    for (const { leg, recorder } of [gemini, vertex]) {
      const { request } = await server.nextSession();
      expect(request.headers).not.toHaveProperty(header);
      leg.close();
      await recorder.until('closed');
    }
  });
});

describe('credentials', () => {
  it('are renewed once when the service answers 401', async () => {
    await using server = await ScriptedLiveServer.start();
    const { asked, credentials } = countingCredentials();
    server.onUpgrade = (request, socket) =>
      request.headers.authorization === 'Bearer token-1' && refuseUpgrade(401)(request, socket);
    const { recorder } = openLeg(server.baseUrl, { credentials });
    const session = await server.nextSession();
    await session.setUp();
    await recorder.until('ready');
    expect(asked).toEqual([false, true]);
    session.socket.close(1011);
    await recorder.until('closed');
    expect(recorder.names).toEqual(['ready', 'closed']);
    expect(recorder.error).toMatchObject({ closeCode: 1011, phase: 'conversation' });
  });

  it('that are refused a second time are wrong', async () => {
    await using server = await ScriptedLiveServer.start();
    const { asked, credentials } = countingCredentials();
    server.onUpgrade = refuseUpgrade(401, 'go away');
    const { recorder } = openLeg(server.baseUrl, { credentials });
    await recorder.until('closed');
    expect(recorder.error).toMatchObject({ code: 'MODEL_UNAUTHORIZED', httpStatus: 401, retryable: false });
    expect(asked).toEqual([false, true]);
    expect(server.requests).toHaveLength(2);
    await server.idle();
  });

  it('that are a key are not tried twice', async () => {
    await using server = await ScriptedLiveServer.start();
    server.onUpgrade = refuseUpgrade(401);
    const { recorder } = openLeg(server.baseUrl);
    await recorder.until('closed');
    expect(server.requests).toHaveLength(1);
  });

  it('that cannot be had end the session with their own error', async () => {
    await using server = await ScriptedLiveServer.start();
    const error = new ModelError('MODEL_UNAUTHORIZED', 'none', { phase: 'credentials' });
    const { recorder } = openLeg(server.baseUrl, {
      credentials: { refreshable: true, headers: () => Promise.reject(error) },
    });
    await recorder.until('closed');
    expect(recorder.error).toBe(error);
    expect(server.requests).toHaveLength(0);
  });

  it('that no header can hold end the session', async () => {
    await using server = await ScriptedLiveServer.start();
    const { recorder } = openLeg(server.baseUrl, { service: { backend: 'gemini-api', apiKey: 'two\nlines' } });
    await recorder.until('closed');
    expect(recorder.error).toMatchObject({ code: 'MODEL_UNREACHABLE' });
    expect(recorder.error?.message).not.toContain('two');
  });
});

describe('a session that is closed by the call', () => {
  it('while it asks for credentials never dials', async () => {
    await using server = await ScriptedLiveServer.start();
    let give: (headers: Record<string, string>) => void = () => undefined;
    const pending = new Promise<Record<string, string>>((resolve) => (give = resolve));
    const opened = openLeg(server.baseUrl, { credentials: { refreshable: true, headers: () => pending } });
    opened.leg.close();
    await opened.recorder.until('closed');
    give({});
    await pending;
    const next = openLeg(server.baseUrl);
    await server.nextSession();
    expect(server.requests.map(({ headers }) => headers['x-goog-api-key'])).toEqual(['test-key']);
    expect(opened.recorder.events).toEqual([['closed', undefined]]);
    next.leg.close();
    await next.recorder.until('closed');
  });

  it('while it is being upgraded leaves no socket', async () => {
    await using server = await ScriptedLiveServer.start();
    const upgraded = new Promise<void>((resolve) => {
      server.onUpgrade = () => {
        resolve();
        return true;
      };
    });
    const { leg, recorder } = openLeg(server.baseUrl);
    await upgraded;
    leg.close();
    await recorder.until('closed');
    expect(recorder.events).toEqual([['closed', undefined]]);
    await server.idle();
  });

  it('while it is being set up does not become ready', async () => {
    await using server = await ScriptedLiveServer.start();
    const { leg, recorder } = openLeg(server.baseUrl);
    const session = await server.nextSession();
    await session.next();
    leg.close();
    session.send({ setupComplete: {} });
    expect(await session.closed).toMatchObject({ code: 1000 });
    await recorder.until('closed');
    expect(recorder.events).toEqual([['closed', undefined]]);
  });

  it('at something odd in the message that completes the setup does not become ready', async () => {
    await using server = await ScriptedLiveServer.start();
    const { leg, recorder } = openLeg(server.baseUrl);
    recorder.onEvent = (name) => {
      if (name === 'irregular') leg.close();
    };
    await (await server.nextSession()).setUp({ setupComplete: {}, novelty: 1 });
    await recorder.until('closed');
    expect(recorder.names).toEqual(['irregular', 'closed']);
    expect(recorder.error).toBeUndefined();
  });

  it('while a refusal is being read ends without an error', async () => {
    await using server = await ScriptedLiveServer.start();
    const answered = new Promise<void>((resolve) => {
      server.onUpgrade = (_request, socket) => {
        socket.write('HTTP/1.1 403 Refused\r\nContent-Length: 100\r\n\r\nthe rest never comes', () => resolve());
        return true;
      };
    });
    const { leg, recorder } = openLeg(server.baseUrl);
    await answered;
    leg.close();
    await recorder.until('closed');
    expect(recorder.events).toEqual([['closed', undefined]]);
    await server.idle();
  });
});
