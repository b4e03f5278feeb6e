import type { CallEvent, CallObserver } from '../call/events.js';

type EventOf<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>;

/** What is told of a call once it is over. Times are ISO 8601; `ms` fields count from the call's beginning. */
export interface CallReport {
  type: 'call.ended';
  /** Names the report: of a call that comes back each conversation has its own. */
  id: string;
  callSid: string;
  /** The report of the conversation that this one goes on with, because nobody took the caller, and from whom and why. */
  continues?: string;
  returned?: { from: string; why: string };
  /** The agent that answered. */
  agent: string;
  direction: 'inbound' | 'outbound';
  from: string;
  to: string;
  startedAt: string;
  endedAt: string;
  durationMs: number;
  /** `why`: the agent’s own words for why it hung up. */
  outcome: { reason: string; why?: string; error?: { code: string; detail: string } };
  /** What both sides said, as far as it was heard; empty for a side whose transcript is not kept. */
  transcript: { atMs: number; speaker: 'caller' | 'agent'; text: string; cutOff?: boolean }[];
  tools: { atMs: number; name: string; ok: boolean; ms: number }[];
  usage?: NonNullable<EventOf<'ended'>['usage']>;
}

/** Of a very long call the latest part is told: the report has to be sent. */
const MAX_TURNS = 2_000;
const MAX_TOOLS = 1_000;

interface Running {
  started: EventOf<'started'>;
  transcript: CallReport['transcript'];
  tools: CallReport['tools'];
}

/**
 * Gathers what happens on each call into a report of it.
 * @param options.wants asked once a call, when it begins; other calls cost nothing
 */
export function createCallReporter(options: {
  wants: (agent: string) => boolean;
  onReport: (report: CallReport) => void;
}): CallObserver {
  const running = new Map<string, Running>();
  return (event) => {
    if (event.type === 'started') {
      if (!options.wants(event.agent)) return;
      running.set(event.callSid, { started: event, transcript: [], tools: [] });
      return;
    }
    const call = running.get(event.callSid);
    if (!call) return;
    if (event.type === 'turn') noteTurn(call, event);
    else if (event.type === 'tool') noteTool(call, event);
    else if (event.type === 'ended') {
      running.delete(event.callSid);
      options.onReport(report(call, event));
    }
  };
}

function noteTurn({ transcript }: Running, { atMs, speaker, cutOff, pii }: EventOf<'turn'>): void {
  if (pii.text === '') return;
  transcript.push({ atMs, speaker, text: pii.heard ?? pii.text, ...(cutOff === true && { cutOff }) });
  if (transcript.length > MAX_TURNS) transcript.shift();
}

function noteTool({ tools }: Running, event: EventOf<'tool'>): void {
  if (event.phase !== 'answered' || tools.length >= MAX_TOOLS) return;
  tools.push({ atMs: event.atMs, name: event.name, ok: event.ok, ms: event.ms });
}

/** @param beganWallMs when the conversation began */
function reportId(callSid: string, beganWallMs: number): string {
  return `call-${callSid}-${beganWallMs}`;
}

function report({ started, transcript, tools }: Running, ended: EventOf<'ended'>): CallReport {
  const { callSid, reason, error, durationMs, pii } = ended;
  const { beganWallMs, returned } = started;
  return {
    type: 'call.ended',
    id: reportId(callSid, beganWallMs),
    callSid,
    ...(returned && {
      continues: reportId(callSid, returned.beganWallMs),
      returned: { from: returned.from, why: returned.why },
    }),
    agent: started.agent,
    direction: started.direction,
    from: started.pii.from,
    to: started.pii.to,
    startedAt: new Date(beganWallMs).toISOString(),
    endedAt: new Date(beganWallMs + durationMs).toISOString(),
    durationMs,
    outcome: { reason, ...(pii && { why: pii.why }), ...(error && { error }) },
    transcript,
    tools,
    ...(ended.usage && { usage: ended.usage }),
  };
}
