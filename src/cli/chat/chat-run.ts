import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Call } from '../../call/call.js';
import type { CallEvent } from '../../call/events.js';
import type { CallEndReason } from '../../call/ports.js';
import { createSystemClock } from '../../clock.js';
import { CallError, LivelineError } from '../../errors.js';
import type { LineInfo } from '../../http/line-info.js';
import type { LivelineServer } from '../../server.js';
import { startCallServer } from '../call/call-server.js';
import { speakerLine } from '../call/call-timeline.js';
import { ChatAnswers } from './chat-answers.js';
import { ChatCaller } from './chat-caller.js';
import { ChatPrompt } from './chat-prompt.js';
import { ChatScreen } from './chat-screen.js';
import { loadDotEnv } from '../environment.js';
import type { Terminal } from '../terminal.js';

export interface ChatOptions {
  agent: string | undefined;
  agentsFile: string | undefined;
  json: true | undefined;
}

/** What the operator's API takes at once, too. */
const MAX_LINE_CHARACTERS = 4_000;
const KEYS = /^\/keys\s+([0-9*#A-D]+)$/;

/** Ends that are none but the end. */
const GOOD_ENDS: ReadonlySet<CallEndReason> = new Set<CallEndReason>([
  'caller-hung-up',
  'agent-hung-up',
  'operator-hung-up',
  'time-limit',
]);

/**
 * Holds one conversation in writing; returns when it is over.
 * @throws LivelineError when it could not be had, or the agent failed or left a line from a pipe unanswered
 */
export async function runChat(options: ChatOptions, terminal: Terminal): Promise<void> {
  loadDotEnv();
  const watchers: ((event: CallEvent) => void)[] = [];
  const observe = (event: CallEvent): void => watchers.forEach((watch) => watch(event));
  await using server = await startCallServer(terminal, { agentsFile: options.agentsFile, observers: [observe] });
  const agent = chooseAgent(server, options.agent);
  const caller = new ChatCaller(agent.name);
  const answers = new ChatAnswers(createSystemClock(), agent.greets);
  const input = terminal.input ?? process.stdin;
  const prompts = terminal.isInteractive && input.isTTY === true && options.json === undefined;
  const prompt = prompts ? new ChatPrompt(input, process.stdout) : undefined;
  const print = (text: string): void => (prompt ? prompt.print(text) : terminal.print(text));
  watchers.push(options.json ? jsonLines(print) : new ChatScreen(print, { echo: !prompt }).onEvent, answers.onEvent);
  if (!options.json) introduce(server, agent, print, prompt !== undefined);

  const onInterrupt = (): void => caller.hangUp();
  process.once('SIGINT', onInterrupt);
  const call = server.takeCall(caller.accept);
  const talk = { call, caller, answers, complain: (text: string) => terminal.complain(text) };
  const unanswered = prompt ? await talkAtPrompt(prompt, talk) : await talkByPipe(input, talk);
  process.off('SIGINT', onInterrupt);
  const { reason, error } = await call.finished;
  if (error) throw error;
  if (!GOOD_ENDS.has(reason)) throw new CallError('CALL_REFUSED', `the chat was ended: ${reason}`);
  if (unanswered) throw new CallError('CALL_REFUSED', 'the agent did not answer');
}

interface Talk {
  call: Call;
  caller: ChatCaller;
  answers: ChatAnswers;
  complain: (text: string) => void;
}

/** @throws CallError CALL_REFUSED when there is no such agent */
function chooseAgent(server: LivelineServer, wanted: string | undefined) {
  const { agents } = server.lineInfo();
  const agent = agents.find(({ name, isDefault }) => (wanted === undefined ? isDefault : name === wanted));
  if (agent) return agent;
  const names = agents.map(({ name }) => name).join(', ');
  const detail = wanted === undefined ? 'no agent is the default one' : `there is no agent "${wanted}"`;
  throw new CallError('CALL_REFUSED', `${detail}; there are: ${names}`);
}

function introduce(
  server: LivelineServer,
  { name, model, disclosure }: LineInfo['agents'][number],
  print: (text: string) => void,
  prompts: boolean,
): void {
  const services = {
    emulator: 'played by the embedded emulator, which knows a script and no language',
    'gemini-api': 'on the Gemini API',
    'vertex-ai': 'on Vertex AI',
  };
  print(speakerLine('line', `this is ${name}: ${model}, ${services[server.lineInfo().service]}`));
  if (disclosure !== undefined) print(speakerLine('line', `a caller on the telephone hears first: ${disclosure}`));
  if (prompts) print(speakerLine('line', 'type a line and press Enter; Ctrl-D ends the chat'));
}

function jsonLines(print: (text: string) => void): (event: CallEvent) => void {
  return ({ atMs, type, ...rest }) => print(`${JSON.stringify({ atMs, type, ...rest })}\n`);
}

/** Each line as it is typed, whatever the agent is saying. */
async function talkAtPrompt(prompt: ChatPrompt, talk: Talk): Promise<boolean> {
  prompt.open({
    onLine: (line) => give(line, talk),
    onLeft: () => talk.caller.hangUp(),
  });
  await talk.call.finished;
  prompt.close();
  return false;
}

/**
 * Each line when the one before was answered, to the end of the input.
 * @returns whether a line was not answered
 */
async function talkByPipe(input: Readable, talk: Talk): Promise<boolean> {
  const { call, caller, answers, complain } = talk;
  const typing = createInterface({ input });
  // What is read by the end of the call is handed out all the same.
  const lines = typing[Symbol.asyncIterator]();
  void call.finished.then(() => typing.close());
  let unanswered = (await answers.settled()) === 'silent';
  let leftOver = 0;
  for await (const line of lines) {
    // The agent may hang up after it has answered, too.
    if ((await answers.settled()) === 'over') leftOver += line.trim() === '' ? 0 : 1;
    else if (give(line, talk) && (await answers.settled()) === 'silent') unanswered = true;
  }
  if (leftOver > 0) complain(`liveline: the call had ended; lines left over: ${leftOver}\n`);
  caller.hangUp();
  return unanswered;
}

/** @returns whether something was given that the agent may answer */
function give(line: string, { call, caller, answers, complain }: Talk): boolean {
  const text = line.trim();
  if (text === '') return false;
  if (text.length > MAX_LINE_CHARACTERS) {
    complain(`liveline: a line holds at most ${MAX_LINE_CHARACTERS} characters; this one was not given\n`);
    return false;
  }
  answers.expect();
  try {
    const keys = KEYS.exec(text)?.[1];
    if (keys === undefined) call.say(text);
    else caller.press(keys);
    return true;
  } catch (thrown) {
    complain(`liveline: ${LivelineError.from(thrown).detail}\n`);
    return false;
  }
}
