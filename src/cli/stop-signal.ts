const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const PARENT_CHECK_MS = 250;
/** Under npm one Ctrl-C may arrive twice: from the terminal, and passed on by npm. */
const ONE_KEYPRESS_MS = 200;

/** Resolves at the first SIGTERM or SIGINT. From then on another one ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const parentWatch = process.env['npm_lifecycle_event'] === undefined ? undefined : watchParent(onFirst);
    function onFirst(): void {
      clearInterval(parentWatch);
      const firstMs = performance.now();
      function onAnother(): void {
        if (performance.now() - firstMs > ONE_KEYPRESS_MS) process.exit(1);
      }
      for (const signal of SIGNALS) {
        process.off(signal, onFirst);
        process.on(signal, onAnother);
      }
      resolve();
    }
    for (const signal of SIGNALS) process.on(signal, onFirst);
  });
}

/** `npm start` and `npx` put a shell in between, which dies of a signal without passing it on. */
function watchParent(onGone: () => void): NodeJS.Timeout {
  const parent = process.ppid;
  return setInterval(() => {
    if (process.ppid !== parent) onGone();
  }, PARENT_CHECK_MS).unref();
}
