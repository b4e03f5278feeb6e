import type { CallEndReason } from '../call/ports.js';
import type { CallView } from './call-view.js';
import type { LineInfo, LineProblem, MicrophoneProblem, Phase, ServerState } from './phone-state.js';

/** What the page says of where things stand: a title, and what to know or to do about it. */
export interface Status {
  tone: 'calm' | 'live' | 'bad';
  title: string;
  detail: string;
}

/** What went wrong with the model, by the server's error code; what is not here is told as the last one. */
const MODEL_FAILURES: Readonly<Record<string, readonly [title: string, detail: string]>> = {
  MODEL_UNREACHABLE: ['The model cannot be reached', 'Check the server’s network, and its base URL if one is set.'],
  MODEL_UNAUTHORIZED: ['The model refused the key', 'Check GEMINI_API_KEY, or the Google credentials of the server.'],
  MODEL_NOT_FOUND: ['There is no such model', 'Check the agent’s `model`, and whether your account has it.'],
  MODEL_REJECTED: ['The settings were refused', 'The server’s log says which. Correct the agents file.'],
  MODEL_QUOTA: ['The model’s quota is used up', 'Wait a moment, or check the quota of your Google account.'],
  MODEL_UNAVAILABLE: ['The model is not available', 'That is on Google’s side; try again in a moment.'],
  MODEL_TIMEOUT: ['The model took too long', 'Try again in a moment.'],
  MODEL_CLOSED: ['The model hung up', 'Call again to begin a new one.'],
};

const ENDINGS: Readonly<Record<Exclude<CallEndReason, 'model-failed'>, readonly [title: string, detail: string]>> = {
  'caller-hung-up': ['You hung up', ''],
  'agent-hung-up': ['The agent hung up', ''],
  'operator-hung-up': ['Ended from the console', ''],
  'never-started': ['The call never began', 'Try again.'],
  refused: ['The server refused the call', 'Call again; the server’s log says why.'],
  'caller-lost': ['The connection was lost', 'Call again.'],
  'time-limit': ['The time limit was reached', 'The agent’s `limits` in the agents file say how long it may be.'],
  'no-input': ['Nobody said anything', 'The agent’s `limits` in the agents file say how long silence may be.'],
  'machine-answered': ['A machine answered', ''],
  transferred: ['Put through', ''],
  'server-stopping': ['The server was stopped', 'Call again.'],
  'internal-error': ['The server failed', 'Its log says why.'],
};

const PROBLEMS: Readonly<Record<LineProblem, readonly [title: string, detail: string]>> = {
  'no-audio': ['No sound can be played here', 'Use a current Chrome, Edge, Firefox or Safari.'],
  'line-taken': ['Every line is taken', 'Try again when a call has ended.'],
  'token-needed': ['The server asks for its token', 'Enter LIVELINE_API_TOKEN.'],
  'not-allowed': ['The call was not allowed', 'Reload this page and call again.'],
  'no-such-agent': ['That agent is gone', 'Choose another one and call again.'],
  'server-failed': ['The server failed', 'Its log says why.'],
  'not-taken': ['The call was not taken', 'Every line may be taken, or the server refused it. Try again in a moment.'],
  'server-gone': ['The server did not answer', 'It is back: call again.'],
  'connection-lost': ['The connection was lost', 'Call again.'],
};

/** What keeps the page from calling, before how the last call ended. */
const SERVER_PROBLEMS: Readonly<Partial<Record<ServerState, readonly [title: string, detail: string]>>> = {
  gone: ['The server does not answer', 'It may have been stopped. This page goes on trying.'],
  closed: ['Locked to its own machine', 'Open this page there, or set LIVELINE_API_TOKEN to call from elsewhere.'],
  absent: ['There is no line here', 'Something else answers at this address. This page goes on trying.'],
  failing: ['The server fails', 'Its log says why. This page goes on trying.'],
};

const MICROPHONE_PROBLEMS: Readonly<Record<MicrophoneProblem, string>> = {
  refused: 'The microphone was refused. Allow it beside the page’s address, or type.',
  absent: 'No microphone was found. You can listen, type and press keys.',
  busy: 'Another program holds the microphone. You can listen, type and press keys.',
  'insecure-page': 'A microphone takes https or localhost. You can listen, type and press keys.',
  lost: 'The microphone was unplugged. You can still listen, type and press keys.',
};

const CALL_STATES: Readonly<Record<CallView['state'], string>> = {
  opening: 'Connecting to the model …',
  talking: 'In call',
  reopening: 'Connecting again …',
  ending: 'Saying goodbye …',
  ended: 'Call ended',
};

/** Where things stand, in words that a person understands. */
export function statusOf(now: {
  server: ServerState;
  phase: Phase;
  view: CallView;
  problem: LineProblem | undefined;
  microphoneProblem: MicrophoneProblem | undefined;
  muted: boolean;
}): Status {
  const { server, phase, view, problem, microphoneProblem, muted } = now;
  if (phase === 'in-call') {
    const microphone = microphoneProblem && MICROPHONE_PROBLEMS[microphoneProblem];
    const invitation = view.state === 'talking' ? 'Speak, type a line, or press keys.' : '';
    const hint = muted ? 'You are muted: the agent does not hear you.' : invitation;
    return { tone: 'live', title: CALL_STATES[view.state], detail: microphone ?? hint };
  }
  if (phase === 'dialling') {
    return { tone: 'live', title: 'Calling …', detail: 'If the browser asks for the microphone, allow it.' };
  }
  const obstacle = SERVER_PROBLEMS[server];
  if (phase === 'over') {
    const end = ending(view, problem);
    if (!obstacle) return end;
    // Why the call ended stays; a hang-up needs no reason.
    if (end.tone === 'bad' && problem !== 'server-gone')
      return { ...end, detail: `${obstacle[0]}. This page goes on trying.` };
  }
  if (obstacle) return bad(obstacle);
  return { tone: 'calm', title: 'Ready', detail: 'Press Call, then just talk. Headphones are optional.' };
}

/** One line on who is on the other end, and what is missing to talk to a real model. */
export function modelLine(line: LineInfo | undefined, model: string | undefined): string {
  if (!line || model === undefined) return '';
  if (line.service === 'emulator') {
    return `A built-in stand-in plays a script. Set GEMINI_API_KEY to talk to ${model}.`;
  }
  return `${model} on ${line.service === 'vertex-ai' ? 'Vertex AI' : 'the Gemini API'}`;
}

function ending(view: CallView, problem: LineProblem | undefined): Status {
  if (problem !== undefined) return bad(PROBLEMS[problem]);
  const reason = view.end?.reason ?? 'caller-hung-up';
  if (reason === 'model-failed') {
    const failure = MODEL_FAILURES[view.end?.code ?? ''] ?? ['The model failed', 'The server’s log says why.'];
    return bad(failure);
  }
  const [title, detail] = ENDINGS[reason];
  if (reason === 'agent-hung-up' || reason === 'caller-hung-up') return { tone: 'calm', title, detail };
  return bad([title, detail]);
}

function bad([title, detail]: readonly [title: string, detail: string]): Status {
  return { tone: 'bad', title, detail };
}

/** Minutes and seconds: `1:05`. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
