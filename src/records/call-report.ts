import type { CallEvent, CallObserver } from '../call/events.js';

type EventOf<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>;

/** What is told of a call once it is over. Times are ISO 8601; `ms` fields count from the call's beginning. */
export interface CallReport {
  type: 'call.ended';
  callSid: string;
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
  startedMs: number;
  transcript: CallReport['transcript'];
  tools: CallReport['tools'];
}

/**
 * Gathers what happens on each call into a report of it.
 * @param options.wants asked once a call, when it begins; other calls cost nothing
 * @param options.wallMs milliseconds since the epoch
 */
export function createCallReporter(options: {
  wants: (agent: string) => boolean;
  wallMs: () => number;
  onReport: (report: CallReport) => void;
}): CallObserver {
  const running = new Map<string, Running>();
  return (event) => {
    if (event.type === 'started') {
      if (!options.wants(event.agent)) return;
      const startedMs = options.wallMs() - event.atMs;
      running.set(event.callSid, { started: event, startedMs, transcript: [], tools: [] });
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

function report({ started, startedMs, transcript, tools }: Running, ended: EventOf<'ended'>): CallReport {
  const { reason, error, durationMs, pii } = ended;
  return {
    type: 'call.ended',
    callSid: ended.callSid,
    agent: started.agent,
    direction: started.direction,
    from: started.pii.from,
    to: started.pii.to,
    startedAt: new Date(startedMs).toISOString(),
    endedAt: new Date(startedMs + durationMs).toISOString(),
    durationMs,
    outcome: { reason, ...(pii && { why: pii.why }), ...(error && { error }) },
    transcript,
    tools,
    ...(ended.usage && { usage: ended.usage }),
  };
}
