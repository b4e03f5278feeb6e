const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Resolves at the first SIGTERM or SIGINT. From then on another one ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    function onFirst(): void {
      for (const signal of SIGNALS) {
        process.off(signal, onFirst);
        process.on(signal, () => process.exit(1));
      }
      resolve();
    }
    for (const signal of SIGNALS) process.on(signal, onFirst);
  });
}
