/**
 * Calls `send(0)` … `send(count - 1)` once every `periodMs` each, evenly spread over it as real calls are, by absolute
 * deadlines: what is late is made up for. Stop it by the function returned.
 */
export function startPacer(count: number, periodMs: number, send: (index: number) => void): () => void {
  const startedMs = performance.now();
  let sent = 0;
  let timer = setTimeout(run, 1);
  function run(): void {
    timer = setTimeout(run, 1);
    const due = ((performance.now() - startedMs) * count) / periodMs;
    while (sent < due) send(sent++ % count);
  }
  return () => clearTimeout(timer);
}
