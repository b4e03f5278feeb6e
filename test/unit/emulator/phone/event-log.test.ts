import { beforeEach, describe, expect, it } from 'vitest';
import { EventLog } from '../../../../src/emulator/phone/event-log.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('EventLog', () => {
  let clock: ManualClock;
  let log: EventLog;

  beforeEach(() => {
    clock = new ManualClock();
    clock.advance(5000);
    log = new EventLog(clock, undefined);
  });

  it('counts time from the moment the call was placed', () => {
    clock.advance(20);
    log.emit({ type: 'action' });
    expect(log.events).toEqual([{ atMs: 20, type: 'action' }]);
  });

  it('finds what has happened already', async () => {
    log.emit({ type: 'dtmf', digit: '1' });
    log.emit({ type: 'dtmf', digit: '2' });
    expect(await log.waitFor('dtmf', ({ digit }) => digit === '2')).toMatchObject({ digit: '2' });
  });

  it('waits for what comes after an index, whatever came before', async () => {
    log.emit({ type: 'dtmf', digit: '1' });
    const next = log.waitFor('dtmf', undefined, log.events.length);
    log.emit({ type: 'action' });
    log.emit({ type: 'dtmf', digit: '2' });
    expect(await next).toMatchObject({ digit: '2' });
  });

  it('rejects every wait at the end of the call, and those that come later', async () => {
    const waiting = log.waitFor('start');
    log.emit({ type: 'ended', reason: 'rejected', heardMs: 0 });
    await expect(waiting).rejects.toMatchObject({ code: 'CALL_ENDED' });
    await expect(log.waitFor('start', undefined, log.events.length)).rejects.toMatchObject({ code: 'CALL_ENDED' });
    expect(await log.waitFor('ended')).toMatchObject({ reason: 'rejected' });
  });
});
