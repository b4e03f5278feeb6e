import { useEffect, useRef } from 'preact/hooks';
import type { Entry, SpeechEntry } from '../call-view.js';
import type { DeskPhone } from '../desk-phone.js';
import { clockTime } from '../words.js';
import { inBrief } from './in-brief.js';

/** Reading further up than this, the reader is not pulled down by what comes. */
const NEAR_END_PX = 60;

/** Everything that was said and done on the call, as it happens. */
export function Transcript({ phone }: { phone: DeskPhone }) {
  const { view, agent } = phone;
  const { entries } = view.value;
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    function stayAtEnd(): void {
      if (element && atEnd.current) element.scrollTop = element.scrollHeight;
    }
    stayAtEnd();
    // A telephone's own keyboard takes half of the screen.
    const resized = new ResizeObserver(stayAtEnd);
    resized.observe(element);
    return () => resized.disconnect();
  }, [entries]);
  return (
    <div
      ref={box}
      class="transcript"
      role="region"
      aria-label="Transcript"
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) =>
        (atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX)
      }
    >
      {entries.length === 0 && (
        <p class="empty">What you and the agent say appears here, with the tools that the agent uses.</p>
      )}
      <ol>
        {entries.map((entry) => (
          <Row key={entry.id} entry={entry} agentName={agent.value?.name ?? 'Agent'} />
        ))}
      </ol>
    </div>
  );
}

function Row({ entry, agentName }: { entry: Entry; agentName: string }) {
  const who = whoOf(entry, agentName);
  return (
    <li class={entry.kind === 'speech' ? `row ${entry.speaker}` : `row ${entry.kind}`}>
      <span class="who">{who}</span>
      <Content entry={entry} />
      <time>{clockTime(entry.atMs)}</time>
    </li>
  );
}

function whoOf(entry: Entry, agentName: string): string {
  if (entry.kind === 'tool') return 'Tool';
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

const TOOL_STATES = { running: 'running …', answered: '', failed: 'failed', cancelled: 'cancelled' } as const;

function ToolUse({ entry }: { entry: Extract<Entry, { kind: 'tool' }> }) {
  const { name, args, state, tookMs, response } = entry;
  return (
    <p class={state}>
      <code>
        <b>{name}</b> {inBrief(args)}
      </code>
      <code class="answer">
        {response === undefined ? TOOL_STATES[state] : `→ ${inBrief(response)}`}
        {tookMs !== undefined && <small> {tookMs} ms</small>}
      </code>
    </p>
  );
}
