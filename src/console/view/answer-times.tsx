const BAR = 8;
const STEP = 12;
const BARS = 24;
const HEIGHT = 36;
/** The chart's top, unless an answer took longer. */
const TOP_MS = 1_500;
/** An answer later than this feels slow on a telephone. */
const SLOW_MS = 1_000;

/** How long the caller waited for each answer: the latest and the middle one as numbers, all as a chart. */
export function AnswerTimes({ latenciesMs }: { latenciesMs: readonly number[] }) {
  const latest = latenciesMs.at(-1);
  return (
    <div class="answer-times">
      <p title="From the last sound you make to the first one you hear, measured in this page">
        <span class="label">Answer time</span>
        <span class="latest">{latest === undefined ? '–' : `${latest} ms`}</span>
        <span class="label median">{latenciesMs.length > 1 ? `median ${middle(latenciesMs)} ms` : ''}</span>
      </p>
      <Chart latenciesMs={latenciesMs} />
    </div>
  );
}

function Chart({ latenciesMs }: { latenciesMs: readonly number[] }) {
  const topMs = Math.max(TOP_MS, ...latenciesMs);
  const slowY = HEIGHT - (SLOW_MS / topMs) * HEIGHT;
  const label =
    latenciesMs.length === 0 ? 'No answer was timed yet' : `Answer times in milliseconds: ${latenciesMs.join(', ')}`;
  return (
    <svg viewBox={`0 0 ${STEP * BARS} ${HEIGHT}`} role="img" aria-label={label}>
      <line class="second" x1="0" x2={STEP * BARS} y1={slowY} y2={slowY} />
      <line class="base" x1="0" x2={STEP * BARS} y1={HEIGHT} y2={HEIGHT} />
      {latenciesMs.map((ms, index) => {
        const height = Math.max(2, (ms / topMs) * HEIGHT);
        return <rect key={index} x={index * STEP} y={HEIGHT - height} width={BAR} height={height} rx="1.5" />;
      })}
      <text x={STEP * BARS} y={slowY - 3} aria-hidden="true">
        1 s
      </text>
    </svg>
  );
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return Math.round(((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2);
}
