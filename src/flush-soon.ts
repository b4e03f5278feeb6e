/** More would make the first of them wait long for the reading of all the others. */
const MOST_WAITING = 24;

const waiting: (() => void)[] = [];

/**
 * Runs `flush`, which writes to a connection, when what has arrived by now was read, or enough have gathered; never
 * before its caller is done. Writes that follow each other closely are cheaper than the same ones between reads: whoever
 * reads at the other end is woken once for all. Called again before it ran, it runs again.
 */
export function flushSoon(flush: () => void): void {
  const count = waiting.push(flush);
  if (count === MOST_WAITING) queueMicrotask(flushAll);
  else if (count === 1) setImmediate(flushAll);
}

function flushAll(): void {
  for (const flush of waiting.splice(0)) {
    try {
      flush();
    } catch (thrown) {
      // A fault of one is not for the others to suffer: it comes to light as one of a timer's would.
      setImmediate(() => {
        throw thrown;
      });
    }
  }
}
