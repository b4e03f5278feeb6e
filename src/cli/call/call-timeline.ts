import pc from 'picocolors';
import type { CallEvent, PromptCause } from '../../call/events.js';
import type { PhoneEvent } from '../../emulator/phone/phone-event.js';
import { modelWords } from './model-words.js';
import { describeUsage } from './describe-usage.js';

/** Prints a call as it happens: what the wire saw, and what the server tells of it. */
export interface CallTimeline {
  onWire(event: PhoneEvent): void;
  /** @param atMs when it happened, on the scale of the wire's events */
  onServer(event: CallEvent, atMs: number): void;
}

/** @param atMs when it happened, on the wire's clock */
type Print = (atMs: number, text: string) => void;
type Speaker = 'line' | 'caller' | 'agent' | 'tool';

/** One JSON object an event and line: `{ atMs, type, source: 'wire' | 'server', … }`. */
export function createJsonTimeline(print: Print): CallTimeline {
  const line = (source: 'wire' | 'server', { atMs, type, ...rest }: PhoneEvent | CallEvent): void =>
    print(atMs, `${JSON.stringify({ atMs: Math.round(atMs * 1000) / 1000, type, source, ...rest })}\n`);
  return {
    onWire: (event) => line('wire', event),
    onServer: (event, atMs) => line('server', { ...event, atMs }),
  };
}

const COLOURS: Record<Speaker, (text: string) => string> = {
  line: pc.gray,
  caller: pc.cyan,
  agent: pc.green,
  tool: pc.yellow,
};

/** A line of a table: who, and what. */
export function speakerLine(who: Speaker, text: string): string {
  return `${COLOURS[who](who.padEnd(6))}  ${text}\n`;
}

/** A table for people: when, who, what. Single messages of audio and marks are summed up. */
export function createReadableTimeline(print: Print): CallTimeline {
  let marks = 0;
  let startedMs = 0;
  const line = (atMs: number, who: Speaker, text: string): void =>
    print(atMs, `${pc.dim(formatTime(atMs))}  ${speakerLine(who, text)}`);
  return {
    onWire(event) {
      if (event.type === 'mark' && event.phase === 'reached') marks += 1;
      if (event.type === 'agent-audio' && event.phase === 'started') {
        [marks, startedMs] = [0, event.heardMs];
      }
      if (event.type === 'agent-audio' && event.phase === 'ended') {
        const how = event.cut ? 'cut off after' : 'heard';
        line(event.atMs, 'agent', `■ ${how} ${seconds(event.heardMs - startedMs)}${countMarks(marks)}`);
        return;
      }
      const told = describeWire(event);
      if (told) line(event.atMs, ...told);
    },
    onServer(event, atMs) {
      const told = describeServerEvent(event);
      if (told) line(atMs, ...told);
    },
  };
}

function describeWire(event: PhoneEvent): [Speaker, string] | undefined {
  switch (event.type) {
    case 'ringing':
      return ['line', `ringing, ${event.from} calls ${event.to} (${event.callSid})`];
    case 'start':
      return ['line', 'connected'];
    case 'agent-audio':
      return ['agent', '▶ is heard'];
    case 'caller-audio':
      return ['caller', event.phase === 'started' ? '▶ speaks' : '■ has spoken'];
    case 'dtmf':
      return ['caller', `presses ${event.digit}`];
    case 'clear':
      return ['line', `clear: ${seconds(event.droppedMs)} not heard${countMarks(event.marks)}`];
    case 'said':
      return ['line', pc.red(`announcement: “${event.text}”`)];
    case 'played':
      return ['line', `plays ${event.url}`];
    case 'dialed':
      return ['line', `transferred to ${event.to}`];
    case 'warning':
      return ['line', pc.red(`Twilio would log ${event.code}: ${event.detail}`)];
    case 'closed':
      return ['line', `stream closed by the ${event.by} (${event.code})`];
    case 'ended':
      return ['line', `ended: ${event.reason}, ${seconds(event.heardMs)}`];
    default:
      return undefined;
  }
}

/** What an event is for people: who did what; undefined for one that is told otherwise, or not worth a line. */
export function describeServerEvent(event: CallEvent): [Speaker, string] | undefined {
  switch (event.type) {
    case 'started':
      return event.returned && ['line', describeReturn(event.agent, event.returned)];
    case 'outbound':
      return ['line', describeOutbound(event)];
    case 'turn':
      return [event.speaker, `“${event.pii.text.trim()}”${event.cutOff === true ? ' (cut off)' : ''}`];
    case 'interrupted':
      return describeInterruption(event);
    case 'tool':
      return ['tool', describeTool(event)];
    case 'tool-server':
      return ['tool', describeToolServer(event)];
    case 'grounded':
      return ['tool', describeSources(event)];
    case 'code':
      return ['tool', describeCode(event)];
    case 'activity-reported':
      return ['line', `the service hears the caller ${event.phase === 'began' ? 'begin' : 'end'}`];
    case 'digits':
      return ['caller', `keys ${event.pii.digits}`];
    case 'handed-over':
      return ['line', `${event.from} hands over to ${event.agent}${event.pii.note && `: ${event.pii.note}`}`];
    case 'digits-sent':
      return ['agent', `presses ${event.pii.digits}`];
    case 'digits-collecting':
      return ['tool', event.sensitive ? 'waits for keys, in private' : 'waits for keys'];
    case 'digits-collected':
      return ['caller', describeCollected(event)];
    case 'prompted':
      return ['line', `tells the agent: ${PROMPTS[event.cause]}`];
    case 'said':
      return ['caller', `types “${event.pii.text}”`];
    case 'message-received':
      return ['caller', describeMessage(event)];
    case 'playout-overflowed':
      return ['line', pc.red(`playout overflowed: ${seconds(event.heldMs)} held`)];
    case 'caller-audio-dropped':
      return ['line', pc.red(`${seconds(event.ms)} of the caller were lost`)];
    case 'ended':
      return describeEnd(event);
    default: {
      const told = modelWords(event);
      return told && ['line', told.isBad ? pc.red(told.text) : told.text];
    }
  }
}

const PROMPTS: Readonly<Record<PromptCause, string>> = {
  'no-input': 'nobody says anything',
  'giving-up': 'nobody is there',
  'time-limit': 'the call must end soon',
  'slow-tool': 'a tool takes long',
};

/** A reply that had stopped, or that a line of text follows, is interrupted on the wire, but the caller lost none of it. */
function describeInterruption({ sentMs, heardMs }: Extract<CallEvent, { type: 'interrupted' }>): [Speaker, string] {
  if (heardMs >= sentMs) return ['line', 'the reply ends here; the caller has heard all that came of it'];
  return ['caller', `interrupts: ${seconds(heardMs)} of ${seconds(sentMs)} were heard`];
}

function describeCollected({ outcome, count, pii }: Extract<CallEvent, { type: 'digits-collected' }>): string {
  const keys = pii.digits ?? '•'.repeat(count);
  return outcome === 'ok' ? `keys ${keys}` : `keys ${keys} (${outcome.replaceAll('_', ' ')})`;
}

function describeEnd({ usage, pii }: Extract<CallEvent, { type: 'ended' }>): [Speaker, string] | undefined {
  const parts = [
    ...(pii ? [`the agent hung up: ${pii.why}`] : []),
    ...(usage && usage.replies > 0 ? [describeUsage(usage)] : []),
  ];
  return parts.length > 0 ? ['line', parts.join('; ')] : undefined;
}

function describeReturn(
  agent: string,
  { from, why }: NonNullable<Extract<CallEvent, { type: 'started' }>['returned']>,
): string {
  return `${from} did not take the call (${why.replaceAll('-', ' ')}): back to ${agent}`;
}

function describeOutbound({ status, answeredBy, error, durationS }: Extract<CallEvent, { type: 'outbound' }>): string {
  const parts = [
    status.replaceAll('-', ' '),
    answeredBy === undefined ? '' : `answered by ${answeredBy.replaceAll('_', ' ')}`,
    durationS === undefined ? '' : `${durationS} s`,
    error ? pc.red(error.detail) : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function describeMessage({ images, unseen, pii }: Extract<CallEvent, { type: 'message-received' }>): string {
  const what = [
    ...(pii.text === '' ? [] : [`“${pii.text}”`]),
    ...(images > 0 ? [`${images} shown`] : []),
    ...(unseen > 0 ? [pc.red(`${unseen} not shown`)] : []),
  ];
  return `sends a message: ${what.join(', ')}`;
}

function describeTool(event: Extract<CallEvent, { type: 'tool' }>): string {
  switch (event.phase) {
    case 'called':
      return `${event.name}(${JSON.stringify(event.pii.args)})${event.repeats === undefined ? '' : ' again'}`;
    case 'updated':
      return `${event.name} so far: ${JSON.stringify(event.pii.response)}${event.sent ? '' : ' (not sent)'}`;
    case 'answered':
      return `${event.name} ${event.ok ? 'answers' : pc.red('fails')} after ${seconds(event.ms)}: ${JSON.stringify(event.pii.response)}`;
    case 'cancelled':
      return `${event.name} cancelled after ${seconds(event.ms)}`;
    case 'undone':
      return event.ok
        ? `${event.name} undone`
        : pc.red(`${event.name} could not be undone: ${JSON.stringify(event.pii.response)}`);
  }
}

function describeToolServer({ server, phase, code }: Extract<CallEvent, { type: 'tool-server' }>): string {
  if (phase === 'back') return `the server ${server} is back`;
  return pc.red(`the server ${server} is not there${code === undefined ? '' : ` (${code})`}`);
}

function describeSources({ pii: { queries, sources } }: Extract<CallEvent, { type: 'grounded' }>): string {
  const asked = queries.map((query) => `“${query}”`).join(', ');
  const names = sources.map(({ title, uri = '', failed }) => `${title ?? uri}${failed ? ' (not read)' : ''}`);
  return `looked up ${asked === '' ? 'something' : asked}${names.length === 0 ? '' : `, found ${names.join(', ')}`}`;
}

function describeCode(event: Extract<CallEvent, { type: 'code' }>): string {
  if (event.phase === 'written') return `writes ${event.language}: ${JSON.stringify(event.pii.code)}`;
  const output = JSON.stringify(event.pii.output);
  return event.ok ? `the program prints ${output}` : pc.red(`the program fails: ${output}`);
}

/** `mm:ss.mmm`. */
function formatTime(atMs: number): string {
  const ms = Math.round(atMs);
  const [minutes, wholeSeconds] = [Math.floor(ms / 60_000), Math.floor(ms / 1000) % 60];
  return `${pad(minutes, 2)}:${pad(wholeSeconds, 2)}.${pad(ms % 1000, 3)}`;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function countMarks(marks: number): string {
  if (marks === 0) return '';
  return marks === 1 ? ', 1 mark' : `, ${marks} marks`;
}
