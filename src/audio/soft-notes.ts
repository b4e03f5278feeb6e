import { encodeMulaw, MULAW_SILENCE } from './mulaw.js';

const SAMPLE_RATE_HZ = 8_000;
/** Far below the loudness of speech. */
const AMPLITUDE = 900;
/** A pair of notes begins this often. */
const EVERY_MS = 2_000;

/** Two notes, rising: somebody is away and will be back. */
const AWAY = [
  { hz: 440, ms: 160 },
  { hz: 554, ms: 240 },
];
/** Two short ones, lower: somebody is at work. */
const WORKING = [
  { hz: 330, ms: 110 },
  { hz: 392, ms: 110 },
];

/** Two soft notes and a pause, µ-law at 8 kHz, to be played over and over: the connection to the agent is being renewed. */
export function awaySound(): Uint8Array {
  return sound(AWAY);
}

/** The same with other notes: the agent waits for a tool. */
export function workingSound(): Uint8Array {
  return sound(WORKING);
}

function sound(notes: readonly { hz: number; ms: number }[]): Uint8Array {
  const mulaw = new Uint8Array((EVERY_MS * SAMPLE_RATE_HZ) / 1_000).fill(MULAW_SILENCE);
  mulaw.set(encodeMulaw(Int16Array.from(notes.flatMap(note))));
  return mulaw;
}

/** Rises and falls like half a sine, so that it begins and ends without a click. */
function note({ hz, ms }: { hz: number; ms: number }): number[] {
  const length = (ms * SAMPLE_RATE_HZ) / 1_000;
  return Array.from({ length }, (_, index) => {
    const envelope = Math.sin((Math.PI * index) / length);
    return Math.round(AMPLITUDE * envelope * Math.sin((2 * Math.PI * hz * index) / SAMPLE_RATE_HZ));
  });
}
