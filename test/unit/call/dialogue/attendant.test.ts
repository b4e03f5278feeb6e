import { describe, expect, it } from 'vitest';
import type { WhileRunning } from '../../../../src/call/tools/running-tools.js';
import type { ToolAnswer } from '../../../../src/tools/tool.js';
import { callWithActions, settle } from '../../../support/call-with-actions.js';
import { activeCall } from '../../../support/placed-call.js';

const noInput = { promptAfterMs: 12_000, hangUpAfterMs: 30_000 };

type Placed = ReturnType<typeof activeCall>;

const prompts = ({ events }: Placed) => events.flatMap((event) => (event.type === 'prompted' ? [event.cause] : []));

/** The agent says something to its end, and the caller hears it. */
function say({ caller, model }: Placed, ms: number): void {
  model.speak(ms);
  model.handlers.onGenerationComplete();
  model.handlers.onTurnComplete(undefined);
  caller.hearAll();
}

/** A loud 300 Hz square wave in µ-law, or silence, 20 ms at a time. */
function sound({ caller, clock }: Placed, loud: boolean, ms: number, fromMs = 0): void {
  const frame = Uint8Array.from({ length: 160 }, (_, index) => (!loud ? 0xff : index % 27 < 13 ? 0x90 : 0x10));
  for (let at = 0; at < ms; at += 20) {
    caller.handlers.onAudio(frame, fromMs + at);
    clock.advance(20);
  }
}

describe('a call on which nobody says anything', () => {
  it('has the agent ask, then say goodbye, and ends with a reason of its own', () => {
    const placed = activeCall({ noInput });
    const { clock, model, caller, outcomes } = placed;
    say(placed, 500);
    clock.advance(12_000);
    expect(prompts(placed)).toEqual([]);
    clock.advance(1_500);
    expect(prompts(placed)).toEqual(['no-input']);
    expect(model.texts).toEqual([expect.stringContaining('still there')]);
    say(placed, 1_500);
    clock.advance(29_000);
    expect(prompts(placed)).toEqual(['no-input']);
    clock.advance(3_000);
    expect(prompts(placed)).toEqual(['no-input', 'giving-up']);
    expect(caller.closed).toBeUndefined();
    model.speak(800);
    model.handlers.onGenerationComplete();
    model.handlers.onTurnComplete(undefined);
    clock.advance(5_000);
    expect(caller.closed).toBeUndefined();
    caller.hearAll();
    clock.advance(1_000);
    expect(outcomes).toEqual([{ reason: 'no-input' }]);
    expect(caller.closed?.code).toBe(1000);
  });

  it('ends all the same where the agent has nothing more to say', () => {
    const placed = activeCall({ noInput, maxCallMs: 600_000 });
    placed.clock.advance(12_000 + 30_000 + 15_000);
    expect(placed.outcomes).toEqual([{ reason: 'no-input' }]);
  });

  it.each([
    ['speaks', (placed: Placed) => sound(placed, true, 400)],
    ['presses a key', ({ caller }: Placed) => caller.handlers.onDigit('#')],
    ['types', ({ call }: Placed) => call.say('Yes')],
  ])('goes on when the caller %s', (_how, act) => {
    const placed = activeCall({ noInput, maxCallMs: 600_000 });
    placed.clock.advance(13_500);
    expect(prompts(placed)).toEqual(['no-input']);
    placed.clock.advance(25_000);
    act(placed);
    placed.model.handlers.onTurnComplete(undefined);
    placed.clock.advance(11_000);
    expect(placed.outcomes).toEqual([]);
    placed.clock.advance(5_000);
    expect(prompts(placed)).toEqual(['no-input', 'no-input']);
  });

  it('does not count while the agent is heard, a tool runs, keys are collected or the connection is renewed', async () => {
    const placed = activeCall({ noInput, maxCallMs: 600_000 }, () => new Promise(() => undefined));
    placed.model.speak(40_000);
    placed.clock.advance(40_000);
    say(placed, 100);
    placed.model.handlers.onToolCalls([{ id: 'a', name: 'slow', args: {} }]);
    placed.clock.advance(40_000);
    placed.model.handlers.onToolCallsCancelled(['a']);
    const collecting = await callWithActions({ noInput, maxCallMs: 600_000 });
    void collecting.actions.collectDigits({ firstDigitMs: 40_000 });
    collecting.clock.advance(39_000);
    expect(prompts(placed)).toEqual([]);
    expect(collecting.types()).not.toContain('prompted');
  });

  it('is left alone where the agent sets no limit', () => {
    const placed = activeCall({ maxCallMs: 600_000 });
    placed.clock.advance(300_000);
    expect(prompts(placed)).toEqual([]);
  });
});

describe('a call that nears its longest time', () => {
  it('has the agent wrap up a minute before, and ends after what is being said', () => {
    const placed = activeCall({ maxCallMs: 30 * 60_000 });
    placed.clock.advance(29 * 60_000 - 1);
    expect(prompts(placed)).toEqual([]);
    placed.clock.advance(1);
    expect(prompts(placed)).toEqual(['time-limit']);
    expect(placed.model.texts[0]).toContain('60 seconds');
    placed.model.handlers.onTurnComplete(undefined);
    placed.clock.advance(61_000);
    expect(placed.outcomes).toEqual([{ reason: 'time-limit' }]);
  });

  it('has it wrap up when a tenth is left of a short one', () => {
    const placed = activeCall({ maxCallMs: 60_000 });
    placed.clock.advance(54_000);
    expect(placed.model.texts[0]).toContain('6 seconds');
  });
});

describe('a line of the bridge’s own', () => {
  it('waits until the agent was heard to the end, so that it cuts nothing', () => {
    const placed = activeCall({ maxCallMs: 60_000 });
    placed.model.speak(3_000);
    placed.clock.advance(55_000);
    expect(placed.model.texts).toEqual([]);
    say(placed, 100);
    placed.clock.advance(1_000);
    expect(placed.model.texts).toHaveLength(1);
  });

  it('waits for a tool that the model waits for: a line would call it off', async () => {
    let finish: (answer: ToolAnswer) => void = () => undefined;
    const placed = activeCall(
      { maxCallMs: 600_000, whileRunning: () => ({ blocks: true }) },
      () => new Promise((resolve) => (finish = resolve)),
    );
    placed.model.handlers.onToolCalls([{ id: 'a', name: 'slow', args: {} }]);
    placed.clock.advance(590_000);
    expect(placed.model.texts).toEqual([]);
    finish({ id: 'a', name: 'slow', response: {} });
    await settle();
    placed.model.handlers.onTurnComplete(undefined);
    placed.clock.advance(1_000);
    expect(placed.model.texts).toHaveLength(1);
  });

  it('is given as it is when the model is never at rest', () => {
    const placed = activeCall({ maxCallMs: 600_000 });
    placed.model.speak(60_000);
    placed.clock.advance(549_000);
    expect(placed.model.texts).toEqual([]);
    placed.clock.advance(2_000);
    expect(placed.model.texts).toHaveLength(1);
  });

  it('is a tool’s, too, and told as said', async () => {
    const { actions, clock, events, model } = await callWithActions();
    actions.say('Ask for the postcode.');
    clock.advance(1_000);
    expect(model.texts).toEqual(['Ask for the postcode.']);
    expect(events.find((event) => event.type === 'said')).toMatchObject({ pii: { text: 'Ask for the postcode.' } });
  });
});

describe('while a tool runs', () => {
  const SOUND = new Uint8Array(8_000).fill(0x23);
  const blocking: WhileRunning = { blocks: true, fill: { afterMs: 2_000, sound: SOUND } };

  function running(manner: WhileRunning) {
    let finish: (answer: ToolAnswer) => void = () => undefined;
    const placed = activeCall({ whileRunning: () => manner }, () => new Promise((resolve) => (finish = resolve)));
    const callAgain = (id: string) => placed.model.handlers.onToolCalls([{ id, name: 'slow', args: {} }]);
    say(placed, 500);
    callAgain('a');
    return {
      ...placed,
      callAgain,
      done: async (id = 'a') => {
        finish({ id, name: 'slow', response: { output: 1 } });
        await settle();
      },
    };
  }

  /** What the caller gets to hear in a time in which they hear all that was sent. */
  function sentIn({ caller, clock }: Placed, ms: number): number {
    const sent = caller.sentBytes;
    for (let at = 0; at < ms; at += 100) {
      clock.advance(100);
      caller.hearAll();
    }
    return caller.sentBytes - sent;
  }

  it('the caller is never left in silence for four seconds', () => {
    const { caller, clock } = running(blocking);
    let [silentMs, longestMs] = [0, 0];
    for (let at = 0; at < 20_000; at += 100) {
      const sent = caller.sentBytes;
      clock.advance(100);
      silentMs = caller.sentBytes > sent ? 0 : silentMs + 100;
      longestMs = Math.max(longestMs, silentMs);
      caller.hearAll();
    }
    expect(longestMs).toBeLessThan(2_100);
  });

  it('the sound goes on when the tool has answered, until the agent speaks', async () => {
    const placed = running(blocking);
    placed.clock.advance(3_000);
    await placed.done();
    expect(sentIn(placed, 10_000)).toBeGreaterThan(9_000 * 8);
    say(placed, 500);
    expect(sentIn(placed, 10_000)).toBe(0);
  });

  it('the sound begins behind the answer where the agent has not spoken by then', async () => {
    const placed = running(blocking);
    placed.clock.advance(1_000);
    await placed.done();
    expect(sentIn(placed, 900)).toBe(0);
    expect(sentIn(placed, 200)).toBeGreaterThan(0);
  });

  it('the silence of one tool after another counts as one', async () => {
    const placed = running(blocking);
    placed.clock.advance(1_000);
    await placed.done();
    placed.clock.advance(500);
    placed.callAgain('b');
    expect(sentIn(placed, 400)).toBe(0);
    expect(sentIn(placed, 200)).toBeGreaterThan(0);
  });

  it('the silence before the model called it counts, too, but a moment of the tool is left quiet', () => {
    const placed = activeCall({ whileRunning: () => blocking });
    say(placed, 500);
    placed.clock.advance(4_000);
    placed.model.handlers.onToolCalls([{ id: 'a', name: 'slow', args: {} }]);
    expect(sentIn(placed, 400)).toBe(0);
    expect(sentIn(placed, 200)).toBeGreaterThan(0);
  });

  it.each([
    ['half a minute after the answer', () => undefined, 30_000],
    [
      'ten seconds after a turn in which it was silent',
      ({ model }: Placed) => model.handlers.onTurnComplete(undefined),
      10_000,
    ],
  ])('the sound is over where the agent never speaks, %s', async (_when, then, ms) => {
    const placed = running(blocking);
    await placed.done();
    then(placed);
    expect(sentIn(placed, ms - 200)).toBeGreaterThan(0);
    sentIn(placed, 400);
    expect(sentIn(placed, 10_000)).toBe(0);
  });

  it('the sound is over with the answer where the agent is not to speak of it', async () => {
    const placed = running({ ...blocking, blocks: false, isSilent: true });
    placed.clock.advance(3_000);
    await placed.done();
    expect(sentIn(placed, 10_000)).toBe(0);
  });

  it('the sound stops at once when the agent speaks, and none of it is in the way', () => {
    const { caller, clock, model } = running(blocking);
    clock.advance(3_000);
    model.speak(200);
    expect(caller.log.slice(-3)).toEqual([
      expect.stringContaining('clear'),
      expect.stringContaining('audio'),
      expect.stringContaining('mark:g1'),
    ]);
  });

  it('the sound stops at once when the caller speaks', () => {
    const placed = running(blocking);
    sound(placed, false, 3_000);
    const sent = placed.caller.sentBytes;
    expect(placed.caller.log).not.toContain('clear');
    sound(placed, true, 1_500, 3_000);
    expect(placed.caller.log.filter((entry) => entry === 'clear')).toHaveLength(1);
    expect(placed.caller.sentBytes - sent).toBeLessThan(3_000);
  });

  it('the sound is not heard of a tool of which the agent speaks before', async () => {
    const placed = running(blocking);
    placed.clock.advance(1_500);
    await placed.done();
    placed.clock.advance(400);
    say(placed, 500);
    expect(placed.caller.log).not.toContain('clear');
    expect(sentIn(placed, 10_000)).toBe(0);
  });

  it('the model may be told to say something, once, where it does not wait', async () => {
    const { clock, done, events, model } = running({ blocks: false, say: { afterMs: 3_000, text: 'Say you look.' } });
    clock.advance(2_900);
    expect(model.texts).toEqual([]);
    clock.advance(10_000);
    expect(model.texts).toEqual(['Say you look.']);
    expect(events.filter((event) => event.type === 'prompted')).toMatchObject([{ cause: 'slow-tool' }]);
    await done();
  });

  it('nothing of it outlives the call', () => {
    const { clock, leave, model } = running({ ...blocking, say: { afterMs: 3_000, text: 'x' } });
    clock.advance(2_500);
    leave();
    model.handlers.onClosed(undefined);
    expect(clock.pendingTimers).toBe(0);
  });
});
