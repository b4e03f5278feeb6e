import { GoogleGenAI, type GoogleGenAIOptions, type Session } from '@google/genai';
import { OAuth2Client } from 'google-auth-library';
import type { LiveService } from '../../src/live/live-service.js';
import { openLeg, type OpenedLegOptions } from './opened-leg.js';
import { ScriptedLiveServer, type ScriptedSession } from './scripted-live-server.js';

/** One of the services, as Google's client and as this project's knows it. */
export interface SdkBackend {
  name: string;
  sdk: GoogleGenAIOptions;
  service: Omit<LiveService, 'baseUrl'>;
}

const authClient = new OAuth2Client();
authClient.setCredentials({ access_token: 'preset', expiry_date: Date.now() + 3_600_000 });

export const GEMINI: SdkBackend = {
  name: 'the Gemini API',
  sdk: { apiKey: 'k' },
  service: { backend: 'gemini-api', apiKey: 'k' },
};
export const VERTEX: SdkBackend = {
  name: 'Vertex AI',
  sdk: { vertexai: true, project: 'p', location: 'us-central1', googleAuthOptions: { authClient } },
  service: { backend: 'vertex-ai', project: 'p', location: 'us-central1' },
};
export const EXPRESS: SdkBackend = {
  name: 'Vertex AI in express mode',
  sdk: { vertexai: true, apiKey: 'k' },
  service: { backend: 'vertex-ai', apiKey: 'k' },
};

/** What a session of Google's client sends to a server that writes it down. */
export async function withSdk<T>(
  { sdk }: SdkBackend,
  model: string,
  config: object,
  run: (session: Session, server: ScriptedSession, setup: unknown) => Promise<T>,
): Promise<T> {
  await using server = await ScriptedLiveServer.start();
  const ai = new GoogleGenAI({ ...sdk, httpOptions: { ...sdk.httpOptions, baseUrl: server.baseUrl } });
  const connecting = ai.live.connect({
    model,
    config: structuredClone(config),
    callbacks: { onmessage: () => undefined, onerror: () => undefined },
  });
  const session = await server.nextSession();
  const setup = await session.setUp();
  const connected = await connecting;
  const result = await run(connected, session, setup);
  connected.close();
  await session.closed;
  return result;
}

/** The same for a leg of this project's. */
export async function withLeg<T>(
  { service }: SdkBackend,
  options: OpenedLegOptions,
  run: (leg: ReturnType<typeof openLeg>['leg'], server: ScriptedSession, setup: unknown) => Promise<T>,
): Promise<T> {
  await using server = await ScriptedLiveServer.start();
  const credentials = { refreshable: false, headers: () => Promise.resolve({ authorization: 'Bearer preset' }) };
  const { leg, recorder } = openLeg(server.baseUrl, { ...options, service, credentials });
  const session = await server.nextSession();
  const setup = await session.setUp();
  await recorder.until('ready');
  const result = await run(leg, session, setup);
  leg.close();
  await recorder.until('closed');
  return result;
}
