import { describe, expect, it } from 'vitest';
import { TurnLatency } from '../../../src/console/audio/turn-latency.js';
import { silence, speechLike } from '../../support/sounds.js';

/** A conversation in frames of 20 ms: what the caller does, and when the agent is heard. */
function createConversation() {
  const measuredMs: number[] = [];
  const latency = new TurnLatency((ms) => measuredMs.push(ms));
  let nowMs = 0;
  function hear(pcm: Int16Array): void {
    for (let at = 0; at < pcm.length; at += 160) {
      nowMs += 20;
      latency.hear(pcm.subarray(at, at + 160), nowMs);
    }
  }
  return {
    latency,
    measuredMs,
    speak: (ms: number) => hear(speechLike(ms, 8_000)),
    wait: (ms: number) => hear(silence(ms, 8_000)),
    agent: (heard: boolean) => latency.agent(heard, nowMs),
  };
}

describe('the answer time', () => {
  it('runs from the caller’s last sound to the agent’s first', () => {
    const { measuredMs, speak, wait, agent } = createConversation();
    wait(500);
    speak(800);
    wait(700);
    agent(true);
    expect(measuredMs).toHaveLength(1);
    expect(Math.abs(measuredMs[0]! - 700)).toBeLessThanOrEqual(30);
  });

  it('is right for an answer that comes before the caller’s silence is sure', () => {
    const { measuredMs, speak, wait, agent } = createConversation();
    speak(800);
    wait(120);
    agent(true);
    wait(300);
    expect(measuredMs).toHaveLength(1);
    expect(Math.abs(measuredMs[0]! - 120)).toBeLessThanOrEqual(30);
  });

  it('counts from the end when the caller goes on after a pause', () => {
    const { measuredMs, speak, wait, agent } = createConversation();
    speak(500);
    wait(600);
    speak(500);
    wait(400);
    agent(true);
    expect(measuredMs).toHaveLength(1);
    expect(Math.abs(measuredMs[0]! - 400)).toBeLessThanOrEqual(30);
  });

  it('is not taken where the agent speaks first, speaks on, or answers something that was typed', () => {
    const { latency, measuredMs, speak, wait, agent } = createConversation();
    agent(true);
    wait(500);
    speak(300);
    wait(500);
    agent(false);
    wait(500);
    agent(true);
    agent(false);
    speak(500);
    wait(500);
    latency.forget();
    agent(true);
    agent(false);
    expect(measuredMs).toEqual([]);
  });

  it('is taken once a turn', () => {
    const { measuredMs, speak, wait, agent } = createConversation();
    speak(500);
    wait(400);
    for (const heard of [true, false, true, false]) agent(heard);
    expect(measuredMs).toHaveLength(1);
  });

  it('gives up after a long time', () => {
    const { measuredMs, speak, wait, agent } = createConversation();
    speak(500);
    wait(25_000);
    agent(true);
    expect(measuredMs).toEqual([]);
  });
});
