import { writeFileSync } from 'node:fs';
import type { PhoneCall } from '../../emulator/phone/phone-call.js';
import { createSpeech } from '../../emulator/speech/create-speech.js';
import type { SpeechSource } from '../../emulator/speech/speech-source.js';
import { LivelineError } from '../../errors.js';
import { CallApi } from '../call/call-api.js';
import { toTelephone } from '../call/call-lines.js';
import { loadTestFiles, type TestFile } from './test-file.js';
import type { AgentTest } from './test-file-schema.js';
import { type TestFailure, TestConversation } from './test-conversation.js';
import { type TestLine, startTestLine } from './test-line.js';
import { junitReport, readableResult, summary, type TestResult } from './test-report.js';
import { readEnvironment } from '../environment.js';
import type { Terminal } from '../terminal.js';

export interface TestOptions {
  files: readonly string[];
  /** Against the model that the environment has credentials for. */
  real: boolean;
  /** Conversations at once. */
  parallel: number;
  /** Only tests whose name has this in it. */
  only?: string | undefined;
  junit?: string | undefined;
  json: boolean;
}

interface Job {
  file: TestFile;
  test: AgentTest;
}

/**
 * Plays every test of the files, some at once, and tells each as it is over.
 * @returns whether all passed
 * @throws ConfigError for files or an environment that cannot be used; LivelineError when there is nothing to play
 */
export async function runTests(options: TestOptions, terminal: Terminal): Promise<boolean> {
  const files = await loadTestFiles(options.files, { env: terminal.env, real: options.real });
  const { model } = readEnvironment(terminal.env, { port: 0, emulator: !options.real });
  if (options.real && model.kind === 'emulator') {
    throw new LivelineError('USAGE', '--real needs credentials for a model: set GEMINI_API_KEY, or those of Vertex AI');
  }
  const jobs = files
    .flatMap((file) => file.tests.map((test): Job => ({ file, test })))
    .filter(({ test }) => options.only === undefined || test.name.includes(options.only));
  if (jobs.length === 0) throw new LivelineError('USAGE', 'there is no test of that name');
  await using speech = createSpeech();
  const startedMs = performance.now();
  const results: TestResult[] = [];
  const waiting = [...jobs];
  async function work(): Promise<void> {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const result = await play(job, speech, options.real, terminal.env);
      results.push(result);
      terminal.print(options.json ? `${JSON.stringify(result)}\n` : readableResult(result));
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.parallel, jobs.length) }, work));
  const tookMs = performance.now() - startedMs;
  if (!options.json) terminal.print(summary(results, tookMs));
  if (options.junit !== undefined) writeReport(options.junit, junitReport(results, tookMs));
  return results.every(({ failure }) => !failure);
}

async function play(
  { file, test }: Job,
  speech: SpeechSource,
  real: boolean,
  env: NodeJS.ProcessEnv,
): Promise<TestResult> {
  const startedMs = performance.now();
  const failure = await converse(file, test, speech, real, env).catch((thrown: unknown): TestFailure => {
    return { step: 0, expected: 'a call', instead: LivelineError.from(thrown).detail.split('\n') };
  });
  const ms = Math.round(performance.now() - startedMs);
  return { file: file.file, name: test.name, ms, ...(failure && { failure }) };
}

async function converse(
  file: TestFile,
  test: AgentTest,
  speech: SpeechSource,
  real: boolean,
  env: NodeJS.ProcessEnv,
): Promise<TestFailure | undefined> {
  await using line = await startTestLine(file, { env, real });
  const callees = await connectPhones(file, line, speech);
  await using api = new CallApi(line.server.url, undefined);
  if (test.dial === undefined) {
    return await new TestConversation(test, { line, speech, callees, api }, ring(test, line)).play();
  }
  const callee = callees.get(test.dial);
  if (!callee) throw new LivelineError('INTERNAL', 'a test calls a telephone that is not there');
  const order = await api.dial({ to: test.dial, agent: test.agent ?? '', variables: test.variables });
  const phone = await callee.nextCall();
  return await new TestConversation(test, { line, speech, callees, api, orderId: order.id }, phone).play();
}

/** The caller's telephone calls the agent's server. */
function ring({ agent, from, to, max_s: maxS }: AgentTest, line: TestLine): PhoneCall {
  return line.carrier.placeCall({
    url: line.server.url,
    maxCallMs: maxS * 1_000,
    onEvent: () => line.watch.wake(),
    ...(agent !== undefined && { agent }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  });
}

async function connectPhones(file: TestFile, { carrier }: TestLine, speech: SpeechSource) {
  const entries = Object.entries(file.phones).map(async ([number, { does, machine, presses }]) => {
    const greeting = machine === undefined ? undefined : toTelephone(await speech.speak(machine));
    const callee = carrier.connect(number, { does, ...(greeting && { machine: { greeting } }) });
    if (presses !== undefined) void callee.nextCall().then((call) => call.press(presses));
    return [number, callee] as const;
  });
  return new Map(await Promise.all(entries));
}

function writeReport(file: string, report: string): void {
  try {
    writeFileSync(file, report);
  } catch (cause) {
    throw new LivelineError('USAGE', `${file} cannot be written`, { cause });
  }
}
