import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../../src/errors.js';
import type { CallEndReason } from '../../../src/call/ports.js';
import { NEW_CALL } from '../../../src/console/call-view.js';
import { clockTime, modelLine, statusOf } from '../../../src/console/words.js';

const IDLE: Parameters<typeof statusOf>[0] = {
  server: 'there',
  phase: 'idle',
  view: NEW_CALL,
  problem: undefined,
  microphoneProblem: undefined,
  muted: false,
};

function ended(reason: CallEndReason, code?: string) {
  return statusOf({
    ...IDLE,
    phase: 'over',
    view: { ...NEW_CALL, state: 'ended', end: { reason, ...(code && { code }) } },
  });
}

describe('the page’s words', () => {
  it('tell every way in which a model fails apart, and say what to do', () => {
    const codes = ERROR_CODES.filter((code) => code.startsWith('MODEL_') && code !== 'MODEL_PROTOCOL');
    const told = codes.map((code) => ended('model-failed', code));
    expect(new Set(told.map(({ title }) => title)).size).toBe(codes.length);
    for (const { tone, detail } of told) expect([tone, detail !== '']).toEqual(['bad', true]);
    expect(ended('model-failed', 'INTERNAL').title).toBe('The model failed');
  });

  it('take a hang-up for what it is, and everything else for a failure', () => {
    expect(ended('caller-hung-up').tone).toBe('calm');
    expect(ended('agent-hung-up').tone).toBe('calm');
    expect(ended('time-limit').tone).toBe('bad');
  });

  it('put a missing server before how the last call ended', () => {
    const over = { ...IDLE, phase: 'over', server: 'gone' } as const;
    expect(statusOf(over).title).toBe('The server does not answer');
    expect(statusOf({ ...over, server: 'closed' }).detail).toContain('LIVELINE_API_TOKEN');
  });

  it('tell a server that lets nobody in from one that fails, and from none at all', () => {
    const states = ['gone', 'closed', 'absent', 'failing'] as const;
    const told = states.map((server) => statusOf({ ...IDLE, server }));
    expect(new Set(told.map(({ title }) => title)).size).toBe(states.length);
    expect(told.every(({ tone }) => tone === 'bad')).toBe(true);
  });

  it('keep the reason of a call’s end while the server is away, and say to call again when it is back', () => {
    const end = { reason: 'server-stopping' } as const;
    const stopped = { ...IDLE, phase: 'over', view: { ...NEW_CALL, state: 'ended', end } } as const;
    expect(statusOf({ ...stopped, server: 'gone' })).toMatchObject({ title: 'The server was stopped' });
    expect(statusOf({ ...stopped, server: 'gone' }).detail).toContain('does not answer');
    expect(statusOf(stopped).detail).toBe('Call again.');
    const unanswered = { ...IDLE, phase: 'over', problem: 'server-gone' } as const;
    expect(statusOf({ ...unanswered, server: 'gone' }).title).toBe('The server does not answer');
    expect(statusOf(unanswered).detail).toContain('call again');
  });

  it('invite the caller to speak only when somebody listens', () => {
    const inCall = { ...IDLE, phase: 'in-call' } as const;
    expect(statusOf({ ...inCall, view: NEW_CALL })).toMatchObject({ title: 'Connecting to the model …', detail: '' });
    expect(statusOf({ ...inCall, view: { ...NEW_CALL, state: 'talking' } }).detail).toContain('Speak');
  });

  it('say in a call whether the caller can be heard', () => {
    const inCall = { ...IDLE, phase: 'in-call' } as const;
    expect(statusOf({ ...inCall, muted: true }).detail).toContain('muted');
    expect(statusOf({ ...inCall, microphoneProblem: 'insecure-page' }).detail).toContain('https');
  });

  it('name the model on the other end, and what a real one takes', () => {
    const agents = [{ name: 'reception', isDefault: true, model: 'gemini-x', fallback: 'Call later.' }];
    expect(modelLine({ agents, service: 'emulator' }, 'gemini-x')).toContain('GEMINI_API_KEY');
    expect(modelLine({ agents, service: 'gemini-api' }, 'gemini-x')).toBe('gemini-x on the Gemini API');
    expect(modelLine({ agents, service: 'vertex-ai' }, 'gemini-x')).toBe('gemini-x on Vertex AI');
    expect(modelLine(undefined, undefined)).toBe('');
  });

  it('count time as a clock does', () => {
    expect([0, 59_999, 60_000, 3_605_000].map(clockTime)).toEqual(['0:00', '0:59', '1:00', '60:05']);
  });
});
