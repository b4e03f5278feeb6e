// Loaded into each measured process before its own code (`node --import`), and plain JavaScript for that reason: no
// loader stands between the process and what is measured. Answers questions over IPC; without it, it does nothing.
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 10 });
let gcMs = 0;
let gcCount = 0;
let began = { cpu: process.cpuUsage(), at: performance.now() };

new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    gcMs += entry.duration;
    gcCount += 1;
  }
}).observe({ entryTypes: ['gc'] });

const answers = {
  begin() {
    gcMs = 0;
    gcCount = 0;
    delay.reset();
    delay.enable();
    began = { cpu: process.cpuUsage(), at: performance.now() };
  },
  end() {
    const { user, system } = process.cpuUsage(began.cpu);
    delay.disable();
    return {
      cpuMs: (user + system) / 1000,
      wallMs: performance.now() - began.at,
      // The histogram holds whole intervals of its own timer.
      loopDelayP99Ms: Math.max(0, delay.percentile(99) / 1e6 - 10),
      loopDelayMaxMs: Math.max(0, delay.max / 1e6 - 10),
      gcMs,
      gcCount,
    };
  },
  memory() {
    for (let i = 0; i < 3; i++) globalThis.gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heldBytes: heapUsed + external, rssBytes: rss };
  },
};

process.on('message', ({ id, question }) => process.send({ id, answer: answers[question]() ?? null }));
process.on('disconnect', () => process.exit());
