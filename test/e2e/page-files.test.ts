import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestLine, type TestLine } from '../support/liveline.js';

const AGENTS = `
agents:
  reception:
    instructions: You answer the phone.
`;
const MAX_GZIPPED_BYTES = 60_000;

let line: TestLine;
beforeAll(async () => {
  line = await startTestLine({ agents: AGENTS });
});
afterAll(() => line[Symbol.asyncDispose]());

async function assetPaths(): Promise<string[]> {
  const html = await (await fetch(line.server.url)).text();
  const named = [...html.matchAll(/(?:src|href)="\.\/(.+?)"/g)].map((match) => match[1]!);
  const script = await (await fetch(`${line.server.url}/${named.find((path) => path.endsWith('.js'))!}`)).text();
  const worklet = /handset-worklet-[\w-]+\.js/.exec(script);
  return [...named, `assets/${worklet![0]}`];
}

describe('the page', () => {
  it('is small, and made of files of this server only', async () => {
    const paths = await assetPaths();
    expect(paths.length).toBeGreaterThanOrEqual(4);
    const responses = await Promise.all(['', ...paths].map((path) => fetch(`${line.server.url}/${path}`)));
    expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 200));
    const bodies = await Promise.all(responses.map((response) => response.text()));
    const gzippedBytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
    expect(gzippedBytes).toBeLessThan(MAX_GZIPPED_BYTES);
    expect(bodies[0]).not.toMatch(/<script(?![^>]* src=)|<style|style=|\son\w+=/);
  });

  it('allows nothing inline and nothing from elsewhere', async () => {
    const policy = (await fetch(line.server.url)).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|data:|\*/);
  });

  it('is asked for anew each time, its files never', async () => {
    const caching = async (path: string) => (await fetch(`${line.server.url}/${path}`)).headers.get('cache-control');
    expect(await caching('')).toBe('no-cache');
    for (const path of await assetPaths()) expect(await caching(path)).toContain('immutable');
  });

  it('is for this machine alone without a token, and for anyone who knows it with one', async () => {
    const tunnelled = { 'x-forwarded-for': '203.0.113.7' };
    expect((await fetch(line.server.url, { headers: tunnelled })).status).toBe(403);
    await using locked = await startTestLine({ agents: AGENTS, server: { apiToken: 'sesame' } });
    expect((await fetch(locked.server.url, { headers: tunnelled })).status).toBe(200);
    expect((await fetch(`${locked.server.url}/api/line`, { headers: tunnelled })).status).toBe(401);
  });
});
