import { useEffect, useRef } from 'preact/hooks';
import type { LevelHistory } from '../level-history.js';

const BAR_PX = 2;
const GAP_PX = 1;
const FRAMES_PER_BAR = 4;
/** For those who want no motion: one meter a side, this high. */
const STILL_PX = 6;

/** Both sides' levels over the last seconds, now at the right edge: the agent's above the line, the caller's below. */
export function Voices(props: { levels: LevelHistory; running: boolean; agentName: string }) {
  const { levels, running, agentName } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    draw(element, levels);
    const redraw = () => draw(element, levels);
    const resized = new ResizeObserver(redraw);
    resized.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', redraw);
    let frame = 0;
    function step(): void {
      if (element) draw(element, levels);
      frame = requestAnimationFrame(step);
    }
    if (running) step();
    return () => {
      cancelAnimationFrame(frame);
      resized.disconnect();
      dark.removeEventListener('change', redraw);
    };
  }, [levels, running]);
  return (
    <figure class="voices">
      <figcaption>
        <span class="agent-name" title={agentName}>
          {agentName}
        </span>
        <span>You</span>
      </figcaption>
      <canvas ref={canvas} role="img" aria-label={`Sound levels: ${agentName} above the line, you below it`} />
    </figure>
  );
}

function draw(canvas: HTMLCanvasElement, levels: LevelHistory): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { width, height } = fit(canvas, context);
  const style = getComputedStyle(canvas);
  const middle = Math.round(height / 2);
  context.clearRect(0, 0, width, height);
  context.fillStyle = style.getPropertyValue('--hairline');
  context.fillRect(0, middle - 0.5, width, 1);

  const colours = { agent: style.getPropertyValue('--accent'), caller: style.getPropertyValue('--caller') };
  // Bars hold the same frames for as long as they are seen, or they would flicker as they move.
  const newest = Math.floor(levels.count / FRAMES_PER_BAR);
  const reach = middle - 3;
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
    const now = (newest - 1) * FRAMES_PER_BAR;
    context.fillStyle = colours.agent;
    context.fillRect(0, middle - reach / 2 - STILL_PX / 2, width * loudest(levels.agent, now), STILL_PX);
    context.fillStyle = colours.caller;
    context.fillRect(0, middle + reach / 2 - STILL_PX / 2, width * loudest(levels.caller, now), STILL_PX);
    return;
  }
  for (let bar = 0; bar < Math.min(newest, width / (BAR_PX + GAP_PX)); bar += 1) {
    const x = width - bar * (BAR_PX + GAP_PX) - BAR_PX;
    const first = (newest - bar - 1) * FRAMES_PER_BAR;
    const agentPx = loudest(levels.agent, first) * reach;
    context.fillStyle = colours.agent;
    context.fillRect(x, middle - 1 - agentPx, BAR_PX, agentPx);
    context.fillStyle = colours.caller;
    context.fillRect(x, middle + 1, BAR_PX, loudest(levels.caller, first) * reach);
  }
}

function loudest(history: Float32Array, first: number): number {
  let level = 0;
  for (let i = 0; i < FRAMES_PER_BAR; i += 1) level = Math.max(level, history[(first + i) % history.length] ?? 0);
  return level;
}

/** Makes the canvas as fine as the screen. @returns its size in CSS pixels */
function fit(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D): { width: number; height: number } {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = devicePixelRatio;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { width, height };
}
