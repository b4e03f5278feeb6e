import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Entry, SpeechEntry } from '../call-view.js';
import type { DeskPhone } from '../desk-phone.js';
import { clockTime } from '../words.js';
import { FollowEnd } from './follow-end.js';
import { inBrief } from './in-brief.js';

/** Everything that was said and done on the call, as it happens. */
export function Transcript({ phone }: { phone: DeskPhone }) {
  const { view, speaker } = phone;
  const { entries } = view.value;
  const box = useRef<HTMLDivElement>(null);
  const end = useMemo(() => new FollowEnd(), []);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    end.resized(element);
    // A telephone's own keyboard takes half of the screen.
    const resized = new ResizeObserver(() => end.resized(element));
    resized.observe(element);
    return () => resized.disconnect();
  }, [end, entries]);
  return (
    <div
      ref={box}
      class="transcript"
      role="region"
      aria-label="Transcript"
      tabIndex={0}
      onScroll={({ currentTarget }) => end.scrolled(currentTarget)}
    >
      {entries.length === 0 && (
        <p class="empty">What you and the agent say appears here, with the tools that the agent uses.</p>
      )}
      <ol>
        {entries.map((entry) => (
          <Row key={entry.id} entry={entry} agentName={speaker.value} />
        ))}
      </ol>
    </div>
  );
}

function Row({ entry, agentName }: { entry: Entry; agentName: string }) {
  const who = whoOf(entry, agentName);
  return (
    <li class={entry.kind === 'speech' ? `row ${entry.speaker}` : `row ${entry.kind}`}>
      <span class="who" title={who}>
        {who}
      </span>
      <Content entry={entry} />
      <time>{clockTime(entry.atMs)}</time>
    </li>
  );
}

function whoOf(entry: Entry, agentName: string): string {
  if (entry.kind === 'tool') return 'Tool';
  if (entry.kind === 'report') return entry.about === 'code' ? 'Code' : 'Sources';
  if (entry.kind === 'remark') return 'Line';
  return entry.kind === 'speech' && entry.speaker === 'agent' ? agentName : 'You';
}

function Content({ entry }: { entry: Entry }) {
  switch (entry.kind) {
    case 'speech':
      return <Speech entry={entry} />;
    case 'typed':
      return (
        <p>
          {entry.text} <small>typed</small>
        </p>
      );
    case 'pressed':
      return (
        <p>
          <kbd>{entry.digits}</kbd> <small>pressed</small>
        </p>
      );
    case 'tool':
      return <ToolUse entry={entry} />;
    case 'report':
      return entry.about === 'code' ? (
        <p>
          <code>{inBrief(entry.text)}</code>
        </p>
      ) : (
        <p>
          <small>{inBrief(entry.text)}</small>
        </p>
      );
    case 'remark':
      return <p>{entry.text}</p>;
  }
}

function Speech({ entry: { text, unheard, cutOffAfterMs } }: { entry: SpeechEntry }) {
  return (
    <p>
      {text}
      {unheard !== '' && <del aria-label={`not heard: ${unheard}`}>{unheard}</del>}
      {cutOffAfterMs !== undefined && <small> cut off after {(cutOffAfterMs / 1_000).toFixed(1)} s</small>}
    </p>
  );
}

const TOOL_STATES = {
  running: 'running …',
  answered: '',
  failed: 'failed',
  cancelled: 'cancelled',
  undone: 'cancelled and undone',
  'not-undone': 'cancelled, could not be undone',
} as const;

function ToolUse({ entry }: { entry: Extract<Entry, { kind: 'tool' }> }) {
  const { name, args, state, tookMs, response } = entry;
  return (
    <p class={state}>
      <code>
        <b>{name}</b> {inBrief(args)}
      </code>
      <code class="answer">
        {response !== undefined && `→ ${inBrief(response)} `}
        {(response === undefined || !(state === 'answered' || state === 'failed')) && TOOL_STATES[state]}
        {tookMs !== undefined && <small> · {tookMs} ms</small>}
      </code>
    </p>
  );
}
