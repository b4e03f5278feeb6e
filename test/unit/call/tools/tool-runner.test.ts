import { describe, expect, it } from 'vitest';
import type { Toolbox, ToolAnswer } from '../../../../src/tools/tool.js';
import { book, settle, startRunner, undoable } from '../../../support/runner.js';

describe('a call that is made twice', () => {
  it('runs once and is answered once, while it runs and after it was answered', async () => {
    const { runner, runs, answers, end } = startRunner();
    runner.start([book('a'), book('a')]);
    runner.start([book('a')]);
    expect(runs).toHaveLength(1);
    await end(0, { output: 1 });
    runner.start([book('a')]);
    expect(runs).toHaveLength(1);
    expect(answers).toEqual([{ id: 'a', name: 'book', response: { output: 1 } }]);
  });

  it('is answered again, and not run again, where the session was taken up from before its answer', async () => {
    const { runner, runs, answers, end } = startRunner();
    runner.start([book('a')]);
    runner.handleIssued();
    await end(0, { output: 1 });
    runner.detach();
    runner.attach(true);
    runner.start([book('a'), book('a')]);
    expect(runs).toHaveLength(1);
    expect(answers.map(({ id, response }) => [id, response])).toEqual([
      ['a', { output: 1 }],
      ['a', { output: 1 }],
    ]);
  });

  it('is another call in a fresh session', async () => {
    const { runner, runs, end } = startRunner();
    runner.start([book('a')]);
    await end(0, { output: 1 });
    runner.agentBegan();
    runner.detach();
    runner.attach(false);
    runner.start([book('a')]);
    expect(runs).toHaveLength(2);
  });

  it('goes on for a session that makes it anew because it was lost', async () => {
    const { runner, runs, answers, told, events, end } = startRunner();
    runner.start([book('a')]);
    runner.detach();
    runner.attach(false);
    runner.start([book('b', { hour: 9, day: 'monday' })]);
    expect(runs).toHaveLength(1);
    await end(0, { output: 1 });
    expect(answers).toEqual([{ id: 'b', name: 'book', response: { output: 1 } }]);
    expect(told).toEqual([]);
    expect(events[1]).toMatchObject({ phase: 'called', id: 'b', repeats: 'a' });
  });

  it('with other arguments is another call', () => {
    const { runner, runs } = startRunner();
    runner.start([book('a'), book('b', { day: 'friday', hour: 9 })]);
    expect(runs).toHaveLength(2);
  });

  it('is remembered for the latest calls only', async () => {
    const { runner, runs, end } = startRunner();
    for (let count = 0; count < 65; count += 1) {
      runner.start([book(`call-${count}`)]);
      await end(count, { output: count });
    }
    runner.start([book('call-64')]);
    expect(runs).toHaveLength(65);
    runner.start([book('call-0')]);
    expect(runs).toHaveLength(66);
  });
});

describe('a call that is called off', () => {
  it('stops at once where nothing can be undone, and leaves no timer', async () => {
    const { runner, clock, runs, answers, undone, phases } = startRunner();
    runner.start([book('a')]);
    runner.cancel(['a', 'unknown']);
    await settle();
    expect(runs[0]?.context.signal.aborted).toBe(true);
    expect(answers).toEqual([]);
    expect(undone).toEqual([]);
    expect(phases()).toEqual(['called a', 'cancelled a']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is undone with its result when it ends within two seconds', async () => {
    const { runner, clock, runs, answers, undone, end, phases } = startRunner({}, undoable);
    runner.start([book('a')]);
    runner.cancel(['a']);
    clock.advance(1_999);
    expect(runs[0]?.context.signal.aborted).toBe(false);
    await end(0, { output: { booking: 5 } });
    expect(undone).toEqual([[book('a'), { id: 'a', name: 'book', response: { output: { booking: 5 } } }]]);
    expect(answers).toEqual([]);
    expect(phases()).toEqual(['called a', 'cancelled a', 'undone a']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is stopped after that, and undone without a result', async () => {
    const { runner, clock, runs, undone } = startRunner({}, undoable);
    runner.start([book('a')]);
    runner.cancel(['a']);
    clock.advance(2_000);
    await settle();
    expect(runs[0]?.context.signal.aborted).toBe(true);
    expect(undone).toEqual([[book('a'), undefined]]);
  });

  it('is not undone when it has changed nothing', async () => {
    const { runner, undone, phases } = startRunner(
      {},
      {
        canUndo: () => true,
        run: ({ id, name }) => Promise.resolve({ id, name, response: { error: 'full' }, untouched: true as const }),
      },
    );
    runner.start([book('a')]);
    runner.cancel(['a']);
    await settle();
    expect(undone).toEqual([]);
    expect(phases()).toEqual(['called a', 'cancelled a']);
  });

  it('is undone, once, when it has been answered already', async () => {
    const { runner, undone, end, phases } = startRunner({}, undoable);
    runner.start([book('a')]);
    await end(0, { output: 5 });
    runner.cancel(['a']);
    runner.cancel(['a']);
    await settle();
    expect(undone).toHaveLength(1);
    expect(undone[0]?.[1]).toMatchObject({ response: { output: 5 } });
    expect(phases()).toEqual(['called a', 'answered a', 'cancelled a', 'undone a']);
  });

  it('is undone when the caller leaves meanwhile, and nothing more is told', async () => {
    const { runner, clock, undone, phases } = startRunner({}, undoable);
    runner.start([book('a'), book('b', {})]);
    runner.cancel(['a']);
    runner.dispose();
    await settle();
    expect(undone.map(([call]) => call.id)).toEqual(['a']);
    expect(phases()).toEqual(['called a', 'called b', 'cancelled a', 'cancelled b']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('tells of no undoing where nothing had been done', async () => {
    const { runner, end, phases } = startRunner({}, { ...undoable, undo: () => Promise.resolve(undefined) });
    runner.start([book('a')]);
    await end(0, { output: { status: 'not_done_yet' } });
    runner.cancel(['a']);
    await settle();
    expect(phases()).toEqual(['called a', 'answered a', 'cancelled a']);
  });

  it('tells that it could not be undone', async () => {
    const failing: Partial<Toolbox> = {
      canUndo: () => true,
      undo: ({ id, name }) => Promise.resolve({ id, name, response: { error: 'gone' } }),
    };
    const { runner, end, events } = startRunner({}, failing);
    runner.start([book('a')]);
    await end(0, { output: 5 });
    runner.cancel(['a']);
    await settle();
    expect(events.at(-1)).toMatchObject({ phase: 'undone', ok: false, pii: { response: { error: 'gone' } } });
  });
});

describe('a model that makes calls again which it called off', () => {
  const repeating = { expectsRepeats: true };

  it('is given the result of the first', async () => {
    const { runner, runs, answers, end, phases } = startRunner(repeating);
    runner.start([book('a')]);
    runner.cancel(['a']);
    expect(runs[0]?.context.signal.aborted).toBe(false);
    runner.start([book('b')]);
    await end(0, { output: 5 });
    expect(runs).toHaveLength(1);
    expect(answers).toEqual([{ id: 'b', name: 'book', response: { output: 5 } }]);
    expect(phases()).toEqual(['called a', 'cancelled a', 'called b', 'answered b']);
  });

  it('is given it at once when it has come meanwhile, or was given before', async () => {
    const { runner, runs, answers, end } = startRunner(repeating);
    runner.start([book('a')]);
    runner.cancel(['a']);
    await end(0, { output: 5 });
    runner.start([book('b')]);
    runner.cancel(['b']);
    runner.start([book('c')]);
    expect(runs).toHaveLength(1);
    expect(answers.map(({ id }) => id)).toEqual(['b', 'c']);
  });

  it('has what acts on the telephone stop at once all the same, and run anew', async () => {
    const { runner, clock, runs, answers, end } = startRunner(repeating, { isRevocable: (name) => name === 'book' });
    runner.start([book('a')]);
    runner.cancel(['a']);
    expect(runs[0]?.context.signal.aborted).toBe(true);
    runner.start([book('b')]);
    expect(runs).toHaveLength(2);
    await end(1, { output: 5 });
    runner.cancel(['b']);
    runner.start([book('c')]);
    expect(runs).toHaveLength(3);
    expect(answers.map(({ id }) => id)).toEqual(['b']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('may take half a minute for it; then the work stops and is undone', async () => {
    const { runner, clock, runs, undone } = startRunner(repeating, undoable);
    runner.start([book('a')]);
    runner.cancel(['a']);
    clock.advance(30_000);
    await settle();
    expect(undone).toHaveLength(1);
    runner.start([book('b')]);
    expect(runs).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it('holds no more than 32 of them', () => {
    const { runner, clock, runs } = startRunner(repeating);
    for (let count = 0; count < 33; count += 1) {
      runner.start([book(`call-${count}`, { count })]);
      runner.cancel([`call-${count}`]);
    }
    expect(runs.map(({ context }) => context.signal.aborted).indexOf(false)).toBe(1);
    expect(clock.pendingTimers).toBe(32);
    runner.dispose();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('pieces of an answer', () => {
  const piece = (value: unknown): ToolAnswer => ({ id: 'a', name: 'book', response: { output: value } });

  it('go to the model while the tool runs, and not after it', async () => {
    const { runner, runs, updates, end, phases } = startRunner();
    runner.start([book('a')]);
    runs[0]?.context.onUpdate(piece(1));
    await end(0, { output: 2 });
    runs[0]?.context.onUpdate(piece(3));
    expect(updates).toEqual([piece(1)]);
    expect(phases()).toEqual(['called a', 'updated a', 'answered a']);
  });

  it('are told as not sent where the model takes none, or does not know of the call', () => {
    const { runner, runs, events, updates } = startRunner({ update: () => false });
    runner.start([book('a')]);
    runs[0]?.context.onUpdate(piece(1));
    expect(events.at(-1)).toMatchObject({ phase: 'updated', sent: false });
    runner.detach();
    runs[0]?.context.onUpdate(piece(2));
    runner.attach(false);
    runs[0]?.context.onUpdate(piece(3));
    expect(events.slice(1)).toMatchObject([{ sent: false }, { sent: false }, { sent: false }]);
    expect(updates).toEqual([]);
  });

  it('of a call that was called off go nowhere', () => {
    const { runner, runs, updates } = startRunner();
    runner.start([book('a')]);
    runner.cancel(['a']);
    runs[0]?.context.onUpdate(piece(1));
    expect(updates).toEqual([]);
  });
});
