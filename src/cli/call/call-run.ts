import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { writeWav } from '../../audio/wav.js';
import type { CallEvent } from '../../call/events.js';
import { followScript, listenToAgent } from '../../emulator/phone/caller-script.js';
import type { PhoneEvent } from '../../emulator/phone/phone-event.js';
import type { PhoneCall } from '../../emulator/phone/phone-call.js';
import { placeCall } from '../../emulator/phone/phone.js';
import { CallError, LivelineError } from '../../errors.js';
import { CallApi } from './call-api.js';
import { prepareCaller, TELEPHONE_HZ, type CallerLine, type PreparedCaller } from './call-lines.js';
import { startCallServer } from './call-server.js';
import { createJsonTimeline, createReadableTimeline, type CallTimeline } from './call-timeline.js';
import { loadDotEnv } from '../environment.js';
import { OrderedLines } from './ordered-lines.js';
import type { Terminal } from '../terminal.js';

/** When a caller speaks next, and when there is nothing left to say. */
const BETWEEN_LINES = { quietMs: 700, silenceMs: 8_000 };
const AT_THE_END = { quietMs: 5_000, silenceMs: 30_000 };
/** How long the server's last events may take once the call is over. */
const LAST_EVENTS_MS = 1_000;
/** How soon the API is asked again for a call that it does not know yet. */
const ASK_AGAIN_MS = 50;

export interface CallOptions {
  agent: string | undefined;
  /** What the caller says from the start. */
  wavFile?: string | undefined;
  /** Where the recording goes. */
  out?: string | undefined;
  /** A server that runs already. */
  url?: string | undefined;
  json?: true | undefined;
  maxSeconds: number;
  lines: readonly CallerLine[];
}

/**
 * Places one call and tells it as it happens; returns when it is over and its recording is written.
 * @throws LivelineError when the call did not come about, or the agent failed or stayed silent
 */
export async function runCall(options: CallOptions, terminal: Terminal): Promise<void> {
  loadDotEnv();
  const caller = await prepareCaller(options.wavFile, options.lines);
  await using server = options.url === undefined ? await startCallServer(terminal) : undefined;
  const url = server?.url ?? options.url ?? '';
  const lines = new OrderedLines((text) => terminal.print(text));
  const print = (atMs: number, text: string): void => lines.add(atMs, text);
  const timeline = options.json ? createJsonTimeline(print) : createReadableTimeline(print);
  await using api = new CallApi(url, terminal.env['LIVELINE_API_TOKEN']);
  await using phone = dial(url, options, timeline, terminal.env);
  const onInterrupt = (): void => phone.hangUp();
  process.once('SIGINT', onInterrupt);
  try {
    const modelError = await converse(phone, caller, api, timeline);
    await assertAnswered(phone, modelError);
  } finally {
    process.off('SIGINT', onInterrupt);
    phone.hangUp();
    await phone.ended;
    lines.flush();
    if (options.out !== undefined) writeRecording(options.out, phone.heard);
  }
}

function dial(url: string, options: CallOptions, timeline: CallTimeline, env: NodeJS.ProcessEnv): PhoneCall {
  // The list's first token is the one that Twilio signs with.
  const authToken = env['TWILIO_AUTH_TOKEN']?.split(',')[0]?.trim();
  const accountSid = env['TWILIO_ACCOUNT_SID'];
  return placeCall({
    url,
    maxCallMs: options.maxSeconds * 1000,
    onEvent: (event) => timeline.onWire(event),
    ...(options.agent === undefined ? {} : { agent: options.agent }),
    ...(authToken ? { authToken } : {}),
    ...(accountSid ? { accountSid } : {}),
  });
}

/**
 * Plays the caller's part to its end and hangs up.
 * @returns why the model failed, if the server said that it did
 */
async function converse(
  phone: PhoneCall,
  caller: PreparedCaller,
  api: CallApi,
  timeline: CallTimeline,
): Promise<string | undefined> {
  let modelError: string | undefined;
  const told = tellServerEvents(phone, api, timeline, (event) => {
    if (event.type === 'model-lost') modelError = event.detail;
    if (event.type === 'ended' && event.error) modelError = event.error.detail;
  });
  if (caller.recording) await phone.speak(caller.recording);
  const steps = caller.steps.map(({ cutsIn, act }) => ({ cutsIn, act: (line: PhoneCall) => act(line, api) }));
  const since = await followScript(phone, steps, BETWEEN_LINES);
  await listenToAgent(phone, AT_THE_END, since);
  phone.hangUp();
  await phone.ended;
  await Promise.race([told, setTimeout(LAST_EVENTS_MS, undefined, { ref: false })]);
  return modelError;
}

/**
 * Puts the server's own events into the timeline, on the wire's clock. Its zero lies between two bounds: the server
 * cannot have seen `start` before it was sent, nor can any event arrive before it happened.
 */
async function tellServerEvents(
  phone: PhoneCall,
  api: CallApi,
  timeline: CallTimeline,
  onEvent: (event: CallEvent) => void,
): Promise<void> {
  const start = await phone.waitFor('start').catch(() => undefined);
  if (!start) return;
  let earliestMs = 0;
  let latestMs = Infinity;
  const onServerEvent = (event: CallEvent): void => {
    if (event.type === 'started') earliestMs = start.atMs - event.atMs;
    latestMs = Math.min(latestMs, phone.nowMs - event.atMs);
    const originMs = Math.max(earliestMs, latestMs);
    timeline.onServer(event, originMs + event.atMs);
    onEvent(event);
  };
  await api.follow(phone.callSid, onServerEvent, async () => {
    await phone.sleep(ASK_AGAIN_MS);
    return !phone.over;
  });
}

/** @throws CallError when the agent was not there */
async function assertAnswered(phone: PhoneCall, modelError: string | undefined): Promise<void> {
  const { reason, error } = await phone.ended;
  if (error) throw error;
  const has = (type: PhoneEvent['type']): boolean => phone.events.some((event) => event.type === type);
  const warning = phone.events.find((event) => event.type === 'warning');
  if (reason === 'rejected') throw new CallError('CALL_REFUSED', 'the server rejected the call');
  if (has('said')) {
    const why = modelError === undefined ? '' : `: ${modelError}`;
    throw new CallError('CALL_REFUSED', `the agent failed, and the caller heard the fallback${why}`);
  }
  if (has('agent-audio') || reason === 'transferred') return;
  if (!has('start') && reason === 'agent-hung-up') {
    throw new CallError('CALL_REFUSED', `the call got no stream${warning ? `: ${warning.detail}` : ''}`);
  }
  throw new CallError('CALL_REFUSED', 'nothing was heard of the agent');
}

function writeRecording(file: string, heard: Int16Array): void {
  try {
    writeFileSync(file, writeWav(heard, TELEPHONE_HZ));
  } catch (cause) {
    throw new LivelineError('AUDIO_INVALID', `${file} cannot be written`, { cause });
  }
}
