import { describe, expect, it } from 'vitest';
import type { CallEventBody } from '../../../src/call/events.js';
import { LivelineError } from '../../../src/errors.js';
import { callLog } from '../../../src/observability/call-log.js';
import { createLog, type LogOptions } from '../../../src/observability/log.js';

async function logTo(lines: string[], options: Partial<LogOptions> = {}) {
  return createLog({ level: 'trace', format: 'json', destination: { write: (line) => lines.push(line) }, ...options });
}

function read(line: string | undefined): Record<string, unknown> {
  return JSON.parse(line ?? '') as Record<string, unknown>;
}

describe('the JSON log', () => {
  it('speaks the words of Cloud Logging', async () => {
    const lines: string[] = [];
    const log = await logTo(lines);
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) log[level]({ port: 1 }, 'words');
    expect(lines.map((line) => read(line)['severity'])).toEqual([
      'DEBUG',
      'DEBUG',
      'INFO',
      'WARNING',
      'ERROR',
      'CRITICAL',
    ]);
    const { message, time, port } = read(lines[0]);
    expect({ message, port }).toEqual({ message: 'words', port: 1 });
    expect(new Date(String(time)).toISOString()).toBe(time);
  });

  it('drops what is private, wherever it stands', async () => {
    const lines: string[] = [];
    const log = await logTo(lines);
    log.info({ pii: { from: 'S' }, options: { apiKey: 'S', twilio: { authTokens: ['S'] } }, request: { token: 'S' } });
    const deep: Record<string, unknown> = { list: [{ secret: 'S' }], a: { b: { c: { d: { password: 'S' } } } } };
    deep['itself'] = deep;
    log.info(deep);
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain('S');
  });

  it('says where an error came from, without what a library quotes in its cause', async () => {
    const lines: string[] = [];
    const log = await logTo(lines);
    log.error({ err: new LivelineError('MODEL_UNREACHABLE', 'no way', { cause: new Error('?key=abc') }) }, 'words');
    log.error({ err: new TypeError('a mistake') }, 'words');
    expect(read(lines[0])['err']).toMatchObject({ code: 'MODEL_UNREACHABLE', message: 'no way' });
    expect(lines[0]).not.toContain('abc');
    const described = read(lines[1])['err'] as { message: string; stack: string };
    expect(described.message).toBe('a mistake');
    expect(described.stack).toContain('log.test.ts');
  });
});

describe('the pretty log', () => {
  it('is for people', async () => {
    const lines: string[] = [];
    const log = await logTo(lines, { format: 'pretty' });
    log.warn('words for people');
    expect(lines.join()).toMatch(/WARN.*: words for people\n/);
  });
});

describe('the log of a call', () => {
  async function linesOf(bodies: CallEventBody[], level: LogOptions['level']): Promise<Record<string, unknown>[]> {
    const lines: string[] = [];
    const observe = callLog(await logTo(lines, { level }));
    for (const body of bodies) observe({ callSid: 'CA1', atMs: 20, ...body });
    return lines.map(read);
  }

  const HEALTHY: CallEventBody[] = [
    { type: 'started', agent: 'desk', direction: 'inbound', beganWallMs: 0, pii: { from: 'PRIVATE', to: 'PRIVATE' } },
    { type: 'model-ready', setupMs: 3, resumed: false },
    { type: 'transcript', speaker: 'caller', pii: { text: 'PRIVATE' } },
    { type: 'turn', speaker: 'caller', turn: 1, pii: { text: 'PRIVATE' } },
    { type: 'tool', phase: 'called', id: '1', name: 'hours', pii: { args: { day: 'PRIVATE' } } },
    { type: 'tool', phase: 'answered', id: '1', name: 'hours', ms: 5, ok: true, pii: { response: 'PRIVATE' } },
    { type: 'digits', count: 2, pii: { digits: 'PRIVATE' } },
    { type: 'said', pii: { text: 'PRIVATE' } },
    { type: 'ended', reason: 'caller-hung-up', durationMs: 1000 },
  ];

  it('names the call on each line and keeps everything but what may identify a person', async () => {
    const lines = await linesOf(HEALTHY, 'debug');
    expect(lines.map(({ event }) => event)).toEqual(HEALTHY.map(({ type }) => type));
    expect(new Set(lines.map(({ callSid }) => callSid))).toEqual(new Set(['CA1']));
    expect(lines[5]).toMatchObject({
      severity: 'INFO',
      atMs: 20,
      name: 'hours',
      ms: 5,
      message: 'tool hours answered',
    });
    expect(JSON.stringify(lines)).not.toContain('PRIVATE');
  });

  it('at info leaves out what only a developer asks for', async () => {
    const lines = await linesOf(HEALTHY, 'info');
    expect(lines.map(({ message }) => message)).toEqual([
      'call started with desk',
      'the caller finished speaking',
      'tool hours answered',
      'call ended: caller-hung-up',
    ]);
  });

  it('raises its voice with what went wrong', async () => {
    const lines = await linesOf(
      [
        { type: 'model-lost', code: 'MODEL_CLOSED', detail: 'closed', closeCode: 1011, willRetry: true },
        { type: 'model-lost', code: 'MODEL_CLOSED', detail: 'closed', willRetry: false },
        { type: 'tool', phase: 'answered', id: '1', name: 'hours', ms: 5, ok: false, pii: { response: {} } },
        { type: 'irregular', peer: 'caller', kind: 'binary' },
        { type: 'tool-server', phase: 'lost', server: 'node' },
        { type: 'ended', reason: 'model-failed', durationMs: 1, error: { code: 'MODEL_CLOSED', detail: 'closed' } },
      ],
      'trace',
    );
    expect(lines.map(({ severity }) => severity)).toEqual([
      'WARNING',
      'ERROR',
      'WARNING',
      'WARNING',
      'WARNING',
      'ERROR',
    ]);
    expect(lines[4]?.['message']).toBe('the tool server node is lost');
    expect(lines[5]?.['error']).toEqual({ code: 'MODEL_CLOSED', detail: 'closed' });
  });
});
