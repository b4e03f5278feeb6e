import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallEffect, type CallInput, type CallState, step } from '../../../src/call/machine.js';
import { ModelError } from '../../../src/errors.js';

const passing = new ModelError('MODEL_UNAVAILABLE', 'down for a moment', { phase: 'setup', retryable: true });
const fatal = new ModelError('MODEL_UNAUTHORIZED', 'the key is wrong', { phase: 'setup' });

function run(from: CallState, ...inputs: CallInput[]): { state: CallState; effects: CallEffect['type'][] } {
  const effects: CallEffect['type'][] = [];
  let state = from;
  for (const input of inputs) {
    const next = step(state, input);
    state = next.state;
    effects.push(...next.effects.map((effect) => effect.type));
  }
  return { state, effects };
}

const START: CallState = { name: 'awaiting-start' };
function lost(error: ModelError, livedMs = 0): CallInput {
  return { type: 'model-closed', error, livedMs, retryable: error.retryable };
}

describe('the call machine', () => {
  it('opens one session when the caller starts and lets both talk when it stands', () => {
    expect(run(START, { type: 'caller-started' }, { type: 'model-ready' })).toEqual({
      state: { name: 'active', reopened: 0 },
      effects: ['open-model', 'attach-model'],
    });
  });

  it('opens no session for a caller that never starts', () => {
    const { state, effects } = run(START, { type: 'deadline-passed' });
    expect(state).toMatchObject({ name: 'ended', reason: 'never-started' });
    expect(effects).not.toContain('open-model');
  });

  it('tries a passing fault of the first session twice more, then fails', () => {
    const { state, effects } = run(
      START,
      { type: 'caller-started' },
      lost(passing),
      { type: 'retry-due' },
      lost(passing),
      { type: 'retry-due' },
      lost(passing),
    );
    expect(state).toMatchObject({ name: 'ended', reason: 'model-failed', error: passing });
    expect(effects.filter((effect) => effect === 'open-model')).toHaveLength(3);
    expect(effects).toContain('close-caller');
  });

  it('ends for the reason for which the carrier was asked to take the call away, once it does', () => {
    const active: CallState = { name: 'active', reopened: 0 };
    const expected = 'machine-answered';
    const moved = run(active, { type: 'caller-closed', reason: 'stopped', expected });
    expect(moved.state).toEqual({ name: 'ended', reason: 'machine-answered' });
    const lostMeanwhile = run(active, { type: 'caller-closed', reason: 'disconnected', expected });
    expect(lostMeanwhile.state).toEqual({ name: 'ended', reason: 'caller-lost' });
  });

  it('does not try a lasting fault again', () => {
    const { state, effects } = run(START, { type: 'caller-started' }, lost(fatal));
    expect(state).toMatchObject({ name: 'ended', reason: 'model-failed', error: fatal });
    expect(effects).not.toContain('retry-after');
  });

  it('replaces a lost connection at once, and later and later those that do not last, until three did not', () => {
    let state: CallState = { name: 'active', reopened: 0 };
    const delays: (number | undefined)[] = [];
    for (let reopened = 1; reopened <= 3; reopened += 1) {
      const [first] = step(state, lost(passing, 500)).effects;
      delays.push(first?.type === 'retry-after' ? first.delayMs : undefined);
      state = run(state, lost(passing, 500), { type: 'retry-due' }, { type: 'model-ready' }).state;
      expect(state).toEqual({ name: 'active', reopened });
    }
    expect(delays).toEqual([undefined, 400, 800]);
    expect(run(state, lost(passing, 500)).state).toMatchObject({ name: 'ended', reason: 'model-failed' });
    expect(run(state, lost(passing, 60_000)).state).toEqual({ name: 'resuming', reopened: 1, attempt: 1 });
  });

  it('fails the call when the session cannot be reopened in three attempts, or in time', () => {
    const resuming: CallState = { name: 'resuming', reopened: 1, attempt: 1 };
    const again = run(resuming, lost(passing), { type: 'retry-due' }, lost(passing), { type: 'retry-due' });
    expect(again.effects.filter((effect) => effect === 'open-model')).toHaveLength(2);
    expect(run(again.state, lost(passing)).state).toMatchObject({ reason: 'model-failed' });
    expect(run(resuming, lost(fatal)).state).toMatchObject({ reason: 'model-failed' });
    expect(run(resuming, { type: 'deadline-passed' }).state).toMatchObject({ reason: 'model-failed' });
  });

  it('changes a connection that will end without counting it as a loss', () => {
    const active: CallState = { name: 'active', reopened: 0 };
    const changed = run(active, { type: 'handoff-due' }, { type: 'model-ready' });
    expect(changed).toEqual({ state: active, effects: ['replace-model', 'attach-model'] });
  });

  it('replaces a connection whose model is unwell, by the same session or a fresh one, or gives it up', () => {
    const active: CallState = { name: 'active', reopened: 0 };
    const remedied = (remedy: 'resume' | 'renew' | 'give-up') =>
      step(active, { type: 'model-unwell', remedy, error: fatal });
    expect(remedied('resume').effects).toEqual([{ type: 'replace-model', fresh: false }]);
    expect(remedied('renew').effects).toEqual([{ type: 'replace-model', fresh: true }]);
    expect(remedied('renew').state).toMatchObject({ name: 'resuming' });
    expect(remedied('give-up').state).toMatchObject({ name: 'ended', reason: 'model-failed', error: fatal });
    const draining: CallState = { name: 'draining', reason: 'agent-hung-up' };
    expect(step(draining, { type: 'model-unwell', remedy: 'renew', error: fatal }).effects).toEqual([]);
  });

  it('lets the last words be heard before the agent hangs up', () => {
    const active: CallState = { name: 'active', reopened: 0 };
    const draining = run(active, { type: 'end-requested', reason: 'agent-hung-up' });
    expect(draining).toEqual({ state: { name: 'draining', reason: 'agent-hung-up' }, effects: [] });
    expect(run(draining.state, { type: 'drained' }).state).toEqual({ name: 'ended', reason: 'agent-hung-up' });
    expect(run(draining.state, { type: 'deadline-passed' }).state).toMatchObject({ name: 'ended' });
    expect(run(draining.state, lost(passing)).state).toMatchObject(draining.state);
  });

  it('goes on when the end was called off, where there is a session to go on with', () => {
    const active: CallState = { name: 'active', reopened: 0 };
    const draining: CallState = { name: 'draining', reason: 'agent-hung-up' };
    const off: CallInput = { type: 'end-called-off' };
    expect(run(draining, off)).toEqual({ state: active, effects: [] });
    expect(run(draining, lost(passing), off).state).toMatchObject({ name: 'draining' });
    const resuming: CallState = { name: 'resuming', reopened: 1, attempt: 1 };
    const alone = run(resuming, { type: 'end-requested', reason: 'agent-hung-up' }, off);
    expect(alone.state).toMatchObject({ name: 'draining' });
    expect(run(alone.state, { type: 'model-ready' }, off).state).toEqual(active);
    for (const state of [
      { name: 'ended', reason: 'agent-hung-up' },
      { name: 'departing', otherwise: 'caller-lost' },
    ] as const) {
      expect(step(state, off)).toEqual({ state, effects: [], expected: true });
    }
  });

  it('keeps the reason of a call that the agent was ending when the caller hangs up first', () => {
    const draining: CallState = { name: 'draining', reason: 'agent-hung-up' };
    expect(run(draining, { type: 'caller-closed', reason: 'stopped' }).state).toMatchObject({
      reason: 'agent-hung-up',
    });
  });

  it('finds out first where the caller is who may have been taken by somebody, and is bounded in that', () => {
    const active: CallState = { name: 'active', reopened: 0 };
    const gone = run(active, { type: 'caller-closed', reason: 'stopped', unsure: true });
    expect(gone).toEqual({
      state: { name: 'departing', otherwise: 'caller-hung-up' },
      effects: ['close-model', 'find-caller'],
    });
    expect(run(gone.state, { type: 'caller-found', taken: 'transferred' }).state).toMatchObject({
      reason: 'transferred',
    });
    for (const input of [{ type: 'caller-found' }, { type: 'deadline-passed' }] as const) {
      expect(run(gone.state, input).state).toEqual({ name: 'ended', reason: 'caller-hung-up' });
    }
    const broken = run(active, { type: 'caller-closed', reason: 'disconnected', unsure: true });
    expect(broken.state).toEqual({ name: 'ended', reason: 'caller-lost' });
  });

  it('closes the caller with the code that tells the carrier why', () => {
    const active: CallState = { name: 'active', reopened: 1 };
    const codes = (input: CallInput) =>
      step(active, input).effects.flatMap((effect) => (effect.type === 'close-caller' ? [effect.code] : []));
    expect(codes(lost(fatal))).toEqual([1011]);
    expect(codes({ type: 'end-ordered', reason: 'operator-hung-up' })).toEqual([1000]);
    expect(codes({ type: 'end-ordered', reason: 'server-stopping' })).toEqual([1001]);
    expect(codes({ type: 'end-ordered', reason: 'internal-error' })).toEqual([1011]);
  });

  it('says of an input it does not expect that it ignored it', () => {
    const result = step(START, { type: 'model-ready' });
    expect(result).toEqual({ state: START, effects: [], expected: false });
  });

  it('ends at the caller’s leaving from every state, closes both sides, and never wakes again', () => {
    const inputs = fc.constantFrom<CallInput>(
      { type: 'caller-started' },
      { type: 'model-ready' },
      lost(passing, 20_000),
      lost(fatal),
      { type: 'retry-due' },
      { type: 'handoff-due' },
      { type: 'model-unwell', remedy: 'renew', error: passing },
      { type: 'deadline-passed' },
      { type: 'end-requested', reason: 'time-limit' },
      { type: 'drained' },
    );
    fc.assert(
      fc.property(fc.array(inputs, { maxLength: 12 }), fc.array(inputs, { maxLength: 6 }), (before, after) => {
        const there = run(START, ...before);
        const gone = run(there.state, { type: 'caller-closed', reason: 'stopped' });
        expect(gone.state.name).toBe('ended');
        if (there.state.name !== 'ended') expect(gone.effects).toEqual(['close-model', 'close-caller']);
        const later = run(gone.state, ...after);
        expect(later.state).toEqual(gone.state);
        expect(later.effects).toEqual([]);
      }),
    );
  });
});
