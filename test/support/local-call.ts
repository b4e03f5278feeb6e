import type { TurnPlan } from '../../src/call/caller/caller-turns.js';
import type { CallPlan } from '../../src/call/plan.js';
import { activeCall, placeCall } from './placed-call.js';

/** What a caller does for 20 ms, as the scripted detector hears it: by the first byte. */
const FRAMES = { voice: 1, murmur: 2, silence: 0xff } as const;
type Sound = keyof typeof FRAMES;
const LEVELS_DB: Partial<Record<number, number>> = { [FRAMES.voice]: -20, [FRAMES.murmur]: -42 };

export type LocalPlan = Extract<TurnPlan, { detection: 'local' }>;

export function localPlan(plan: Partial<LocalPlan> = {}): LocalPlan {
  return {
    detection: 'local',
    createDetector: () => ({ hear: ([first = 0]) => LEVELS_DB[first] ?? -Infinity, dispose: () => undefined }),
    strictness: 'usual',
    voiceMs: 100,
    silenceMs: 600,
    bargeIn: true,
    ...plan,
  };
}

/** A call on which the bridge finds the caller's turns, and a caller who makes sounds in real time. */
export function localCall(local: Partial<LocalPlan> = {}, plan: Partial<CallPlan> = {}) {
  return withSounds(activeCall({ protectGreeting: false, turns: localPlan(local), ...plan }));
}

/** The same before its session stands. */
export function openingLocalCall(plan: Partial<CallPlan> = {}) {
  return withSounds(placeCall({ protectGreeting: false, turns: localPlan(), ...plan }));
}

function withSounds<T extends ReturnType<typeof placeCall>>(call: T) {
  let atMs = 0;
  const { caller, clock } = call;
  const hear = (ms: number, frameAt: (ms: number) => Uint8Array) => {
    for (let done = 0; done < ms; done += 20, atMs += 20) {
      caller.handlers.onAudio(frameAt(done), atMs);
      clock.advance(20);
    }
  };
  return {
    ...call,
    make: (sound: Sound, ms: number) => hear(ms, () => new Uint8Array(160).fill(FRAMES[sound])),
    /** µ-law at 8 kHz, a whole number of frames. */
    play: (mulaw: Uint8Array) =>
      hear(Math.floor(mulaw.length / 160) * 20, (ms) => mulaw.subarray(ms * 8, ms * 8 + 160)),
    clears: () => caller.log.filter((entry) => entry === 'clear').length,
  };
}
