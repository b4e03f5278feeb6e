import type { CallEvent, PromptCause } from '../call/events.js';
import { codeLine, sourcesLine } from './report-lines.js';
import { usageLine } from './usage-line.js';

/** One thing that happened on a call, as it is shown. Times count from the call's beginning. */
export type Entry = { id: number; atMs: number } & (
  | {
      kind: 'speech';
      speaker: 'caller' | 'agent';
      /** What was heard of it. */
      text: string;
      /** What the caller did not get to hear. */
      unheard: string;
      /** The turn it belongs to is over. */
      done: boolean;
      cutOffAfterMs?: number;
    }
  | { kind: 'typed'; text: string }
  | { kind: 'pressed'; digits: string }
  | {
      kind: 'tool';
      callId: string;
      name: string;
      args: unknown;
      state: 'running' | 'answered' | 'failed' | 'cancelled' | 'undone' | 'not-undone';
      tookMs?: number;
      response?: unknown;
    }
  /** What the model tells beside what it says. */
  | { kind: 'report'; about: 'sources' | 'code'; text: string }
  | { kind: 'remark'; text: string }
);

export type SpeechEntry = Extract<Entry, { kind: 'speech' }>;
type ToolEntry = Extract<Entry, { kind: 'tool' }>;

/** Where a call stands, as its own server tells it. */
export interface CallView {
  /** Whose call it is, as soon as that is known. */
  agent?: string;
  state: 'opening' | 'talking' | 'reopening' | 'ending' | 'ended';
  entries: readonly Entry[];
  end?: { reason: Extract<CallEvent, { type: 'ended' }>['reason']; code?: string };
}

export const NEW_CALL: CallView = { state: 'opening', entries: [] };

/** The caller's words come as text a little later than the answer to them: they are put before it. */
const LATE_WORDS_MS = 1_500;
/** A very long call shows its latest part. */
const MAX_ENTRIES = 1_000;

/** What a call looks like after one more event. */
export function withEvent(view: CallView, event: CallEvent): CallView {
  switch (event.type) {
    case 'started':
      return withStart(view, event);
    case 'model-ready':
      return { ...view, state: 'talking' };
    case 'model-lost':
      // What was never there is not lost.
      if (!event.willRetry || view.state === 'opening') return view;
      return { ...remark(view, event, 'The connection to the model was lost. Connecting again …'), state: 'reopening' };
    case 'model-unwell':
      return event.remedy === 'nudge'
        ? remark(view, event, 'The model did not answer as it should. It was told so.')
        : view;
    case 'draining':
      return { ...view, state: 'ending' };
    case 'end-called-off':
      return { ...view, state: 'talking' };
    case 'ended':
      return endCall(view, event);
    case 'playout-overflowed':
      return remark(view, event, 'The agent said more than the line holds; the rest was left out.');
    case 'transcript':
      return withWords(view, event);
    case 'turn':
      return event.speaker === 'agent' ? endAgentTurn(view, event) : endCallerTurn(view);
    case 'said':
      return append(view, { kind: 'typed', text: event.pii.text, ...stamp(view, event) });
    case 'digits':
      return append(view, { kind: 'pressed', digits: event.pii.digits, ...stamp(view, event) });
    case 'handed-over':
      return { ...remark(view, event, `${event.from} hands over to ${event.agent}.`), agent: event.agent };
    case 'digits-sent':
      return remark(view, event, `The agent pressed ${event.pii.digits}.`);
    case 'digits-collected':
      return withCollected(view, event);
    case 'prompted':
      return remark(view, event, PROMPTS[event.cause]);
    case 'message-received':
      return remark(view, event, messageLine(event));
    case 'tool':
      return withTool(view, event);
    case 'tool-server':
      return remark(view, event, TOOL_SERVERS[event.phase](event.server));
    case 'grounded':
      return append(view, { kind: 'report', about: 'sources', text: sourcesLine(event), ...stamp(view, event) });
    case 'code':
      return append(view, { kind: 'report', about: 'code', text: codeLine(event), ...stamp(view, event) });
    default:
      return view;
  }
}

/** What the agent was told. */
const PROMPTS: Readonly<Record<PromptCause, string>> = {
  'no-input': 'Nobody says anything: the agent is to ask.',
  'giving-up': 'Nobody is there: the agent is to say goodbye.',
  'time-limit': 'The call must end soon: the agent is to wrap up.',
  'slow-tool': 'A tool takes long: the agent is to say so.',
};

const TOOL_SERVERS: Readonly<Record<EventOf<'tool-server'>['phase'], (server: string) => string>> = {
  lost: (server) => `The server ${server} is not there: its tools do not work.`,
  back: (server) => `The server ${server} is back.`,
};

type EventOf<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>;

function withStart(view: CallView, event: EventOf<'started'>): CallView {
  const { agent, returned } = event;
  if (!returned) return { ...view, agent };
  const why = returned.why.replaceAll('-', ' ');
  return { ...remark(view, event, `${returned.from} did not take the call (${why}): the caller is back.`), agent };
}

/** Of a private number only how long it was. */
function withCollected(view: CallView, event: EventOf<'digits-collected'>): CallView {
  const digits = event.pii.digits ?? '•'.repeat(event.count);
  return event.count === 0 ? view : append(view, { kind: 'pressed', digits, ...stamp(view, event) });
}

function endCall(view: CallView, event: EventOf<'ended'>): CallView {
  const { reason, usage, error, pii } = event;
  const why = pii ? remark(view, event, `The agent hung up: ${pii.why}`) : view;
  const told = usage && usage.replies > 0 ? remark(why, event, usageLine(usage)) : why;
  return { ...told, state: 'ended', end: { reason, ...(error && { code: error.code }) } };
}

function messageLine({ images, unseen, pii }: EventOf<'message-received'>): string {
  const files = [
    ...(images > 0 ? [`${images === 1 ? 'a picture' : `${images} pictures`} that the agent was shown`] : []),
    ...(unseen > 0 ? [`${unseen === 1 ? 'a file' : `${unseen} files`} that it was not`] : []),
  ];
  const withFiles = files.length > 0 ? ` with ${files.join(' and ')}` : '';
  return `A text message came${withFiles}${pii.text === '' ? '.' : `: “${pii.text}”`}`;
}

function withWords(view: CallView, event: EventOf<'transcript'>): CallView {
  const { speaker, pii } = event;
  const open = view.entries.findLastIndex((entry) => isOpen(entry, speaker));
  const entry = view.entries[open];
  // What is said after a tool was used is shown below it.
  const goesOn = speaker === 'caller' || !view.entries.slice(open).some(({ kind }) => kind === 'tool');
  if (entry?.kind === 'speech' && goesOn) {
    return { ...view, entries: view.entries.with(open, { ...entry, text: entry.text + pii.text }) };
  }
  const words: Entry = {
    kind: 'speech',
    speaker,
    text: pii.text.trimStart(),
    unheard: '',
    done: false,
    ...stamp(view, event),
  };
  const last = view.entries.at(-1);
  const answered = speaker === 'caller' && last && isOpen(last, 'agent') && event.atMs - last.atMs < LATE_WORDS_MS;
  return answered ? { ...view, entries: [...view.entries.slice(0, -1), words, last] } : append(view, words);
}

/** What was typed or pressed stands there already. */
function endCallerTurn(view: CallView): CallView {
  return {
    ...view,
    entries: view.entries.map((entry) => (isOpen(entry, 'caller') ? { ...entry, done: true } : entry)),
  };
}

function endAgentTurn(view: CallView, event: EventOf<'turn'>): CallView {
  const { cutOff = false, heardMs = 0, pii } = event;
  const turn = view.entries.filter((entry) => isOpen(entry, 'agent'));
  let heardLetters = pii.heard === undefined ? Infinity : lettersIn(pii.heard);
  const ended = new Map<number, SpeechEntry>();
  for (const entry of turn) {
    const heard = upToLetter(entry.text, heardLetters);
    heardLetters -= lettersIn(heard);
    ended.set(entry.id, { ...entry, text: heard, unheard: entry.text.slice(heard.length), done: true });
  }
  const last = turn.at(-1);
  const lastEnded = last && ended.get(last.id);
  if (cutOff && lastEnded) ended.set(lastEnded.id, { ...lastEnded, cutOffAfterMs: heardMs });
  return { ...view, entries: view.entries.map((entry) => ended.get(entry.id) ?? entry) };
}

/** Spaces do not count: between what was said before a tool was used and after it, they are not shown. */
function lettersIn(text: string): number {
  return text.replace(/\s+/g, '').length;
}

/** The beginning of a text that holds so many letters. */
function upToLetter(text: string, letters: number): string {
  let end = 0;
  for (let left = letters; left > 0 && end < text.length; end += 1) left -= lettersIn(text.charAt(end));
  return text.slice(0, end);
}

function withTool(view: CallView, event: EventOf<'tool'>): CallView {
  if (event.phase === 'called') {
    const { id: callId, name, pii } = event;
    return append(view, { kind: 'tool', callId, name, args: pii.args, state: 'running', ...stamp(view, event) });
  }
  const at = view.entries.findLastIndex((entry) => entry.kind === 'tool' && entry.callId === event.id);
  const entry = view.entries[at];
  if (entry?.kind !== 'tool') return view;
  return { ...view, entries: view.entries.with(at, { ...entry, ...progress(event) }) };
}

function progress(
  event: Exclude<EventOf<'tool'>, { phase: 'called' }>,
): Partial<Pick<ToolEntry, 'state' | 'tookMs' | 'response'>> {
  switch (event.phase) {
    case 'updated':
      return { response: event.pii.response };
    case 'answered':
      return { state: event.ok ? 'answered' : 'failed', tookMs: event.ms, response: event.pii.response };
    case 'cancelled':
      return { state: 'cancelled', tookMs: event.ms };
    case 'undone':
      return { state: event.ok ? 'undone' : 'not-undone' };
  }
}

/** The same call with a line about it. */
export function remark(view: CallView, event: CallEvent, text: string): CallView {
  return append(view, { kind: 'remark', text, ...stamp(view, event) });
}

function append(view: CallView, entry: Entry): CallView {
  return { ...view, entries: [...view.entries, entry].slice(-MAX_ENTRIES) };
}

function stamp(view: CallView, { atMs }: CallEvent): { id: number; atMs: number } {
  return { id: view.entries.reduce((highest, { id }) => Math.max(highest, id), 0) + 1, atMs };
}

function isOpen(entry: Entry, speaker: 'caller' | 'agent'): entry is SpeechEntry {
  return entry.kind === 'speech' && entry.speaker === speaker && !entry.done;
}
