import type { Entry } from '../call-view.js';
import type { DeskPhone } from '../desk-phone.js';

/** Reads finished turns and tools out to those who cannot see the transcript; half sentences are left out. */
export function Announcer({ phone }: { phone: DeskPhone }) {
  const latest = phone.view.value.entries.findLast(isFinished);
  return (
    <p class="hidden" aria-live="polite">
      {latest && announcement(latest, phone.speaker.value)}
    </p>
  );
}

type FinishedEntry = Extract<Entry, { kind: 'speech' | 'tool' | 'remark' }>;

function isFinished(entry: Entry): entry is FinishedEntry {
  if (entry.kind === 'speech') return entry.done && entry.speaker === 'agent';
  return entry.kind === 'remark' || entry.kind === 'tool';
}

function announcement(entry: FinishedEntry, agentName: string): string {
  if (entry.kind === 'remark') return entry.text;
  if (entry.kind === 'tool') return `${agentName} uses the tool ${entry.name}: ${entry.state}.`;
  return `${agentName}: ${entry.text}${entry.cutOffAfterMs === undefined ? '' : ' (cut off)'}`;
}
