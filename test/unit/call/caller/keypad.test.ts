import { describe, expect, it } from 'vitest';
import { decodeMulaw } from '../../../../src/audio/mulaw.js';
import type { CallRecording } from '../../../../src/call/ports.js';
import { ToolError } from '../../../../src/errors.js';
import type { CollectDigitsOptions } from '../../../../src/tools/tool.js';
import { callWithActions, settle } from '../../../support/call-with-actions.js';
import { decodeDtmf } from '../../../support/dtmf-decoder.js';

type Placed = Awaited<ReturnType<typeof callWithActions>>;

const DIGITS = '4111111111111111';

function press({ caller }: Placed, digits: string): void {
  for (const digit of digits) caller.handlers.onDigit(digit);
}

/** Starts collecting, with the question heard. */
async function collect(placed: Placed, options: CollectDigitsOptions = {}) {
  const result = placed.actions.collectDigits(options);
  await settle();
  return result;
}

describe('pressing keys', () => {
  it('waits for what is being said to be heard, then sends tones that a receiver understands', async () => {
    const { actions, caller, clock, events, model } = await callWithActions();
    model.speak(900);
    model.handlers.onGenerationComplete();
    const sent = actions.sendDigits('12#');
    await settle();
    clock.advance(2_000);
    await settle();
    expect(events.some((event) => event.type === 'digits-sent')).toBe(false);
    caller.hearAll();
    clock.advance(100);
    await settle();
    const tones = decodeMulaw(Buffer.concat(caller.audio));
    expect(
      decodeDtmf(tones)
        .map(({ key }) => key)
        .join(''),
    ).toBe('12#');
    expect(events.find((event) => event.type === 'digits-sent')).toMatchObject({ count: 3, pii: { digits: '12#' } });
    caller.hearAll();
    await sent;
  });

  it('is not cut by a caller who speaks', async () => {
    const { actions, caller, model } = await callWithActions();
    const sent = actions.sendDigits('1');
    await settle();
    model.handlers.onInterrupted();
    expect(caller.log).not.toContain('clear');
    caller.hearAll();
    await sent;
  });

  it('is done one after the other', async () => {
    const { actions, caller } = await callWithActions();
    const first = actions.sendDigits('1');
    const second = actions.sendDigits('2');
    await settle();
    expect(decodeDtmf(decodeMulaw(Buffer.concat(caller.audio)))).toHaveLength(1);
    caller.hearAll();
    await first;
    await settle();
    expect(decodeDtmf(decodeMulaw(Buffer.concat(caller.audio)))).toHaveLength(2);
    caller.hearAll();
    await second;
  });

  it.each(['', '12x', '+1555', '1'.repeat(33), ','.repeat(16)])('refuses %j', async (digits) => {
    const { actions, caller } = await callWithActions();
    await expect(actions.sendDigits(digits)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS' });
    expect(caller.audio).toEqual([]);
  });

  it('fails with the end of the call', async () => {
    const { actions, model, leave } = await callWithActions();
    model.speak(900);
    const sent = actions.sendDigits('1');
    leave();
    await expect(sent).rejects.toBeInstanceOf(ToolError);
  });
});

describe('collecting keys', () => {
  it('gives the digits up to the terminator, and tells the model nothing of them', async () => {
    const placed = await callWithActions();
    const collected = collect(placed);
    press(placed, '123#');
    expect(await collected).toEqual({ ok: true, digits: '123' });
    placed.clock.advance(5_000);
    expect(placed.model.texts).toEqual([]);
    expect(placed.events.find((event) => event.type === 'digits-collected')).toMatchObject({
      outcome: 'ok',
      count: 3,
      sensitive: false,
      pii: { digits: '123' },
    });
  });

  it('is complete with as many as there can be, and knows the terminator that a caller presses all the same', async () => {
    const placed = await callWithActions();
    const collected = collect(placed, { max: 4 });
    press(placed, '1234#');
    expect(await collected).toEqual({ ok: true, digits: '1234' });
    placed.clock.advance(5_000);
    expect(placed.model.texts).toEqual([]);
    press(placed, '#');
    expect(placed.model.texts).toHaveLength(1);
  });

  it('is complete when no further key comes in time', async () => {
    const placed = await callWithActions();
    const collected = collect(placed, { nextDigitMs: 2_000 });
    press(placed, '12');
    placed.clock.advance(1_999);
    press(placed, '3');
    placed.clock.advance(2_000);
    expect(await collected).toEqual({ ok: true, digits: '123' });
  });

  it('counts the time for the first key from the end of the question', async () => {
    const placed = await callWithActions();
    placed.model.speak(5_000);
    placed.model.handlers.onGenerationComplete();
    const collected = collect(placed, { firstDigitMs: 3_000 });
    placed.clock.advance(4_000);
    placed.caller.hearAll();
    placed.clock.advance(100);
    await settle();
    placed.clock.advance(2_900);
    let over = false;
    void collected.then(() => (over = true));
    await settle();
    expect(over).toBe(false);
    placed.clock.advance(200);
    expect(await collected).toEqual({ ok: false, why: 'timeout', count: 0 });
  });

  it('takes keys that were pressed ahead of the question’s end', async () => {
    const placed = await callWithActions();
    press(placed, '12');
    const collected = collect(placed);
    press(placed, '3#');
    expect(await collected).toEqual({ ok: true, digits: '123' });
  });

  it.each([
    [{ min: 4 }, '123#', 'too_short'],
    [{ pattern: /1|12/ }, '123#', 'no_match'],
    [{ pattern: /[0-8]+/g }, '19#', 'no_match'],
    [{}, '#', 'too_short'],
  ])('says why %j does not take %s', async (options, keys, why) => {
    const placed = await callWithActions();
    const collected = collect(placed, options);
    press(placed, keys);
    expect(await collected).toMatchObject({ ok: false, why });
  });

  it('takes star and hash as keys where nothing ends the entry', async () => {
    const placed = await callWithActions();
    const collected = collect(placed, { terminator: null, max: 3, pattern: /\*\d#/ });
    press(placed, '*1#');
    expect(await collected).toEqual({ ok: true, digits: '*1#' });
  });

  it('is refused while other keys are being collected', async () => {
    const placed = await callWithActions();
    const first = collect(placed);
    expect(await collect(placed)).toEqual({ ok: false, why: 'busy', count: 0 });
    press(placed, '1#');
    expect(await first).toMatchObject({ ok: true });
  });

  it('lets keys go to the model as usual when nobody waits for them any more', async () => {
    const placed = await callWithActions();
    const calledOff = new AbortController();
    const collected = collect(placed, { signal: calledOff.signal });
    press(placed, '12');
    calledOff.abort();
    expect(await collected).toEqual({ ok: false, why: 'cancelled', count: 2 });
    press(placed, '3#');
    expect(placed.model.texts).toEqual(['The caller pressed 123# on the telephone keypad.']);
  });

  it('ends with the call, and leaves no timer', async () => {
    const placed = await callWithActions();
    const collected = collect(placed, { sensitive: true });
    press(placed, '12');
    placed.leave();
    placed.model.handlers.onClosed(undefined);
    expect(await collected).toMatchObject({ ok: false, why: 'cancelled' });
    expect(placed.clock.pendingTimers).toBe(0);
  });
});

describe('collecting a sensitive number', () => {
  function recorded() {
    const log: string[] = [];
    const recording: CallRecording = {
      pause: () => {
        log.push('pause');
        return Promise.resolve();
      },
      resume: () => log.push('resume'),
    };
    return { log, recording };
  }

  const isSilent = (pcm: Uint8Array) => pcm.every((byte) => byte === 0);

  it('leaves no digit in any event, nor anything of the caller for the model, and pauses a recording meanwhile', async () => {
    const { log, recording } = recorded();
    const placed = await callWithActions({}, { recordingOf: () => recording });
    placed.talk(200);
    expect(placed.model.heard.every(isSilent)).toBe(false);
    const collected = collect(placed, { sensitive: true, as: 'card' });
    await settle();
    expect(log).toEqual(['pause']);
    const heardBefore = placed.model.heard.length;
    for (const digit of DIGITS) {
      press(placed, digit);
      placed.talk(200, 400);
    }
    press(placed, '#');
    expect(await collected).toEqual({ ok: true, digits: DIGITS });
    placed.talk(900, 4_000);
    // The filter's memory of what came before is the first message's.
    const during = placed.model.heard.slice(heardBefore + 1);
    expect(during.length).toBeGreaterThan(100);
    expect(during.every(isSilent)).toBe(true);
    await settle();
    expect(log).toEqual(['pause']);
    placed.talk(400, 5_000);
    await settle();
    expect(log).toEqual(['pause', 'resume']);
    expect(placed.model.heard.slice(-5).some((pcm) => !isSilent(pcm))).toBe(true);
    expect(JSON.stringify(placed.events)).not.toMatch(/41111|"4"/);
    expect(placed.events.find((event) => event.type === 'digits-collected')).toMatchObject({ count: 16, pii: {} });
    expect(placed.model.texts).toEqual([]);
  });

  it.each([
    ['takes keys that were pressed ahead of it', {}, false, { ok: true, digits: '4111' }],
    ['drops what was pressed ahead beyond its length', { max: 2 }, false, { ok: true, digits: '41' }],
    ['drops what was pressed ahead of an entry that is called off at once', {}, true, { ok: false, count: 0 }],
  ])('%s; the model and events learn nothing of them', async (_what, options, isOff, result) => {
    const placed = await callWithActions();
    press(placed, '41');
    placed.clock.advance(1_400);
    press(placed, '11');
    const signal = isOff ? AbortSignal.abort() : new AbortController().signal;
    const collected = collect(placed, { ...options, sensitive: true, signal });
    await settle();
    placed.clock.advance(2_000);
    press(placed, '#');
    expect(await collected).toMatchObject(result);
    placed.clock.advance(30_000);
    expect(placed.model.texts).toEqual([]);
    expect(placed.events.filter(({ type }) => type === 'digits')).toEqual([]);
    expect(JSON.stringify(placed.events)).not.toMatch(/"4?1+"/);
  });

  it('stays private while the caller still types into an entry that was called off', async () => {
    const placed = await callWithActions();
    const calledOff = new AbortController();
    const collected = collect(placed, { sensitive: true, signal: calledOff.signal });
    press(placed, '41');
    calledOff.abort();
    expect(await collected).toMatchObject({ ok: false, why: 'cancelled' });
    for (const digit of '1111') {
      placed.clock.advance(3_000);
      press(placed, digit);
    }
    placed.clock.advance(10_000);
    expect(placed.model.texts).toEqual([]);
    expect(JSON.stringify(placed.events)).not.toContain('41');
    press(placed, '7#');
    expect(placed.model.texts).toEqual(['The caller pressed 7# on the telephone keypad.']);
  });

  it.each([
    ['another one', '1234', {}, 900, { ok: true, digits: '56' }],
    ['another try at one that was too short', '12', { min: 4 }, 3_900, { ok: true, digits: '56' }],
    ['one that is not sensitive', '1234', {}, 900, { ok: true, digits: '56' }],
  ])('stays private for its time when %s follows at once', async (what, keys, options, restMs, result) => {
    const { log, recording } = recorded();
    const placed = await callWithActions({}, { recordingOf: () => recording });
    const first = collect(placed, { ...options, sensitive: true });
    await settle();
    press(placed, `${keys}#`);
    await first;
    const second = collect(placed, { sensitive: what !== 'one that is not sensitive' });
    await settle();
    expect(log).toEqual(['pause']);
    press(placed, '56#');
    expect(await second).toEqual(result);
    const heardBefore = placed.model.heard.length;
    placed.talk(restMs);
    await settle();
    expect(log).toEqual(['pause']);
    expect(placed.model.heard.slice(heardBefore).every(isSilent)).toBe(true);
    placed.talk(400, 5_000);
    await settle();
    expect(log).toEqual(['pause', 'resume']);
    expect(placed.model.heard.slice(-5).some((pcm) => !isSilent(pcm))).toBe(true);
    expect(JSON.stringify(placed.events)).not.toMatch(/"1234?"/);
    placed.leave();
    placed.model.handlers.onClosed(undefined);
    expect(placed.clock.pendingTimers).toBe(0);
  });

  it('asks once more for a pause where the one before was refused', async () => {
    let refusals = 1;
    let resumed = 0;
    const recording: CallRecording = {
      pause: () => (refusals-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve()),
      resume: () => (resumed += 1),
    };
    const placed = await callWithActions({}, { recordingOf: () => recording });
    expect(await collect(placed, { sensitive: true })).toMatchObject({ why: 'recorded' });
    const second = collect(placed, { sensitive: true });
    await settle();
    press(placed, '1#');
    expect(await second).toMatchObject({ ok: true });
    placed.clock.advance(10_000);
    await settle();
    expect(resumed).toBe(1);
  });

  it('is not taken where a recording cannot be paused', async () => {
    const placed = await callWithActions(
      {},
      { recordingOf: () => ({ pause: () => Promise.reject(new Error('no')), resume: () => undefined }) },
    );
    const collected = collect(placed, { sensitive: true });
    expect(await collected).toMatchObject({ ok: false, why: 'recorded' });
  });

  it('is not taken where a recording takes too long to pause, which goes on in the end', async () => {
    let paused: () => void = () => undefined;
    let resumed = 0;
    const placed = await callWithActions(
      {},
      {
        recordingOf: () => ({
          pause: () => new Promise((resolve) => (paused = resolve)),
          resume: () => (resumed += 1),
        }),
      },
    );
    const collected = collect(placed, { sensitive: true });
    placed.clock.advance(3_000);
    expect(await collected).toMatchObject({ ok: false, why: 'recorded' });
    placed.clock.advance(10_000);
    paused();
    await settle();
    expect(resumed).toBe(1);
  });
});
