const BAR = 8;
const STEP = 12;
const BARS = 22;
const WIDTH = 288;
const HEIGHT = 40;
/** Room for the scale's label, right of the bars. */
const LABEL = WIDTH - STEP * BARS;
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
  const shown = latenciesMs.slice(-BARS);
  const topMs = Math.max(TOP_MS, ...shown);
  const slowY = HEIGHT - 1 - (SLOW_MS / topMs) * (HEIGHT - 2);
  const label = shown.length === 0 ? 'No answer was timed yet' : `Answer times in milliseconds: ${shown.join(', ')}`;
  return (
    // The latest stand on the right: where there is less room, it is the older ones that are left out.
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="xMaxYMax slice" role="img" aria-label={label}>
      <line class="second" x1="0" x2={WIDTH - LABEL} y1={slowY} y2={slowY} />
      <line x1="0" x2={WIDTH - LABEL} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {shown.map((ms, index) => {
        const height = Math.max(2, (ms / topMs) * (HEIGHT - 2));
        const x = WIDTH - LABEL - (shown.length - index) * STEP + STEP - BAR;
        return <rect key={index} x={x} y={HEIGHT - 1 - height} width={BAR} height={height} rx="1.5" />;
      })}
      <text x={WIDTH - LABEL + 6} y={slowY + 4} aria-hidden="true">
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
