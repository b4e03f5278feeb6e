// A booking that takes its time, so that a caller can change their mind before it is made.
import { setTimeout } from 'node:timers/promises';

const TAKES_MS = 1_500;

export default async function bookService({ day }, { signal }) {
  await setTimeout(TAKES_MS, undefined, { signal });
  return { day, at: '9:00' };
}
