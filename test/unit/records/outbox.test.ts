import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Outbox, type OutboxMessage } from '../../../src/records/outbox.js';
import { ManualClock } from '../../support/manual-clock.js';

const MESSAGE: OutboxMessage = { id: 'call-CA1', recipient: 'reception', body: '{"said":"secret"}' };
const DAY_MS = 24 * 60 * 60_000;

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'liveline-outbox-')), 'outbox');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

/** An outbox whose receiver answers what the test says, `true` for a message that arrived. */
async function openOutbox(answers: boolean[]) {
  const clock = new ManualClock();
  const tried: OutboxMessage[] = [];
  const lost: string[] = [];
  const outbox = await Outbox.open({
    folder,
    clock,
    deliver: (message) => {
      tried.push(message);
      return (answers.shift() ?? true) ? Promise.resolve() : Promise.reject(new Error('the receiver is away'));
    },
    onLost: (id, why) => lost.push(`${id}: ${why}`),
  });
  return { clock, tried, lost, outbox };
}

async function files(): Promise<string[]> {
  return (await readdir(folder)).sort();
}

describe('an outbox', () => {
  it('delivers a message once, and forgets it', async () => {
    const { outbox, tried } = await openOutbox([]);
    outbox.put(MESSAGE);
    outbox.put(MESSAGE);
    await vi.waitFor(() => expect(outbox.size).toBe(0));
    expect(tried).toEqual([MESSAGE]);
    await outbox[Symbol.asyncDispose]();
    expect(await files()).toEqual([]);
  });

  it('tries again, at longer and longer intervals, for as long as the receiver is away', async () => {
    const { outbox, tried, clock } = await openOutbox([false, false, false]);
    outbox.put(MESSAGE);
    const tries: number[] = [];
    for (const [count, delayMs] of [1_000, 5_000, 30_000].entries()) {
      await vi.waitFor(() => expect([tried.length, clock.pendingTimers]).toEqual([count + 1, 1]));
      clock.advance(delayMs - 1);
      tries.push(tried.length);
      clock.advance(1);
    }
    await vi.waitFor(() => expect(outbox.size).toBe(0));
    expect(tries).toEqual([1, 2, 3]);
    expect(tried).toHaveLength(4);
    await outbox[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps what is not delivered, for its user alone, and delivers it when it is opened again', async () => {
    const first = await openOutbox([false]);
    first.outbox.put(MESSAGE);
    await vi.waitFor(() => expect(first.clock.pendingTimers).toBe(1));
    await first.outbox[Symbol.asyncDispose]();
    expect(first.clock.pendingTimers).toBe(0);
    expect(await files()).toEqual(['call-CA1.json']);
    expect((await stat(join(folder, 'call-CA1.json'))).mode & 0o777).toBe(0o600);

    const second = await openOutbox([]);
    await vi.waitFor(() => expect(second.outbox.size).toBe(0));
    expect(second.tried).toEqual([MESSAGE]);
    await second.outbox[Symbol.asyncDispose]();
    expect(await files()).toEqual([]);
  });

  it('gives a message up after seven days, and says so', async () => {
    const { outbox, lost, clock, tried } = await openOutbox(Array.from({ length: 1_000 }, () => false));
    outbox.put(MESSAGE);
    await vi.waitFor(() => expect(clock.pendingTimers).toBe(1));
    clock.stall(7 * DAY_MS);
    await vi.waitFor(() => expect(outbox.size).toBe(0));
    expect(tried).toHaveLength(2);
    expect(lost).toEqual([expect.stringMatching(/^call-CA1: it could not be delivered for seven days/)]);
    await outbox[Symbol.asyncDispose]();
    expect(await files()).toEqual([]);
  });

  it('says which file it cannot read, and goes on with the rest', async () => {
    await (await openOutbox([])).outbox[Symbol.asyncDispose]();
    await writeFile(join(folder, 'call-CA0.json'), 'no json');
    await writeFile(join(folder, 'call-CA1.json'), JSON.stringify({ ...MESSAGE, storedMs: 0 }));
    const { outbox, lost, tried } = await openOutbox([]);
    await vi.waitFor(() => expect(outbox.size).toBe(0));
    expect(lost).toEqual(['call-CA0.json: its file cannot be read']);
    expect(tried).toEqual([MESSAGE]);
    await outbox[Symbol.asyncDispose]();
  });

  it('cannot be opened where nothing can be written, and says what to do', async () => {
    await writeFile(join(folder, '..', 'file'), '');
    folder = join(folder, '..', 'file', 'outbox');
    await expect(openOutbox([])).rejects.toMatchObject({
      code: 'DATA_UNWRITABLE',
      detail: expect.stringContaining('DATA_DIR'),
    });
    folder = join(folder, '..', '..', 'outbox');
  });
});
