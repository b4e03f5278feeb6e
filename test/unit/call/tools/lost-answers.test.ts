import { describe, expect, it } from 'vitest';
import type { ToolRunnerOptions } from '../../../../src/call/tools/tool-runner.js';
import type { ToolCall } from '../../../../src/tools/tool.js';
import { book, settle, startRunner, undoable } from '../../../support/runner.js';

describe('a call that was answered when the connection was lost, and is made again under another id', () => {
  /** Answered, and the agent has not spoken of it. */
  async function answered(options: Partial<ToolRunnerOptions> = {}) {
    const placed = startRunner(options);
    placed.runner.start([book('a')]);
    await placed.end(0, { output: 5 });
    return placed;
  }
  function reconnect({ runner }: Pick<ReturnType<typeof startRunner>, 'runner'>, sameSession: boolean): void {
    runner.detach();
    runner.attach(sameSession);
  }

  it.each([true, false])('is given the same answer, once, and not run (the session is taken up: %s)', async (same) => {
    const placed = await answered();
    reconnect(placed, same);
    placed.runner.start([book('b', { hour: 9, day: 'monday' })]);
    expect(placed.runs).toHaveLength(1);
    expect(placed.answers.map(({ id, response }) => [id, response])).toEqual([
      ['a', { output: 5 }],
      ['b', { output: 5 }],
    ]);
    expect(placed.events.slice(2)).toMatchObject([
      { phase: 'called', id: 'b', repeats: 'a' },
      { phase: 'answered', id: 'b', ok: true },
    ]);
    placed.runner.start([book('c')]);
    expect(placed.runs).toHaveLength(2);
  });

  it('is given it again when that answer was lost, too', async () => {
    const placed = await answered();
    reconnect(placed, false);
    placed.runner.start([book('b')]);
    reconnect(placed, false);
    placed.runner.start([book('c')]);
    expect(placed.runs).toHaveLength(1);
    expect(placed.answers.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('runs within one session, with other arguments, half a minute later, and once the agent has spoken', async () => {
    const within = await answered();
    within.runner.start([book('b')]);
    expect(within.runs).toHaveLength(2);

    const later = await answered();
    reconnect(later, true);
    later.runner.start([book('b', { day: 'friday' })]);
    later.clock.advance(30_000);
    later.runner.start([book('c')]);
    expect(later.runs).toHaveLength(3);

    const spoken = await answered();
    spoken.runner.agentBegan();
    reconnect(spoken, true);
    spoken.runner.start([book('b')]);
    expect(spoken.runs).toHaveLength(2);
  });

  it('is not taken for spoken of by the rest of a sentence about something else', async () => {
    const placed = await answered({ isSpeakingBeside: () => true });
    placed.runner.agentBegan();
    reconnect(placed, true);
    placed.runner.start([book('b')]);
    expect(placed.runs).toHaveLength(1);

    const over = await answered({ isSpeakingBeside: () => true });
    over.runner.turnEnded();
    over.runner.agentBegan();
    reconnect(over, true);
    over.runner.start([book('b')]);
    expect(over.runs).toHaveLength(2);
  });

  it('runs again where it has changed nothing', async () => {
    const run = ({ id, name }: ToolCall) =>
      Promise.resolve({ id, name, response: { error: 'full' }, untouched: true as const });
    const placed = startRunner({}, { run });
    placed.runner.start([book('a')]);
    await settle();
    reconnect(placed, true);
    placed.runner.start([book('b')]);
    await settle();
    expect(placed.events.map(({ phase, id }) => `${phase} ${id}`)).toEqual([
      'called a',
      'answered a',
      'called b',
      'answered b',
    ]);
    expect(placed.events[2]).not.toHaveProperty('repeats');
  });

  it('is not run when it crosses with the line that tells of the answer', async () => {
    const { runner, runs, end, told, answers } = startRunner();
    runner.start([book('a')]);
    runner.detach();
    await end(0, { output: 5 });
    runner.attach(false);
    expect(told).toHaveLength(1);
    runner.start([book('b')]);
    expect(runs).toHaveLength(1);
    expect(answers.map(({ id }) => id)).toEqual(['b']);
  });

  it('is undone, and then run, where the model had called it off', async () => {
    const { runner, runs, end, undone } = startRunner({}, undoable);
    runner.start([book('a')]);
    await end(0, { output: 5 });
    runner.cancel(['a']);
    await settle();
    runner.detach();
    runner.attach(true);
    runner.start([book('b')]);
    expect(undone).toHaveLength(1);
    expect(runs).toHaveLength(2);
  });
});
