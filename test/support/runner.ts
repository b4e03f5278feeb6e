import type { CallEventBody } from '../../src/call/events.js';
import { ToolRunner, type ToolRunnerOptions } from '../../src/call/tools/tool-runner.js';
import type { Toolbox, ToolAnswer, ToolCall, ToolRunContext } from '../../src/tools/tool.js';
import { ManualClock } from './manual-clock.js';
import { scriptedTools } from './placed-call.js';
import { scriptedActions } from './scripted-actions.js';

/** Lets a tool end. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
/** A call that books. */
export const book = (id: string, args: Record<string, unknown> = { day: 'monday', hour: 9 }): ToolCall => ({
  id,
  name: 'book',
  args,
});

/** A runner on a session that stands, and tools that end when the test says so. */
export function startRunner(options: Partial<ToolRunnerOptions> = {}, tools: Partial<Toolbox> = {}) {
  const clock = new ManualClock();
  const runs: { call: ToolCall; context: ToolRunContext; end: (response: ToolAnswer['response']) => void }[] = [];
  const answers: ToolAnswer[] = [];
  const updates: ToolAnswer[] = [];
  const told: string[] = [];
  const events: Extract<CallEventBody, { type: 'tool' }>[] = [];
  const undone: [call: ToolCall, answer: ToolAnswer | undefined][] = [];
  const runner = new ToolRunner({
    callSid: 'CA1',
    clock,
    variables: {},
    memory: {},
    actions: scriptedActions(),
    expectsRepeats: false,
    holdsMicrophoneFor: () => false,
    isSpeakingBeside: () => false,
    onHoldChanged: () => undefined,
    emit: (event) => event.type === 'tool' && events.push(event),
    answer: (some) => answers.push(...some),
    update: (piece) => updates.push(piece) > 0,
    tell: (text) => told.push(text),
    tools: scriptedTools(
      (call, context) =>
        new Promise((resolve) => {
          const end = (response: ToolAnswer['response']) => resolve({ id: call.id, name: call.name, response });
          context.signal.addEventListener('abort', () => resolve(undefined));
          runs.push({ call, context, end });
        }),
      {
        undo: (call, _context, answer) => {
          undone.push([call, answer]);
          return Promise.resolve({ id: call.id, name: call.name, response: { output: 'undone' } });
        },
        ...tools,
      },
    ),
    ...options,
  });
  runner.attach(true);
  const phases = () => events.map(({ phase, id }) => `${phase} ${id}`);
  const end = async (run: number, response: ToolAnswer['response']) => {
    runs[run]?.end(response);
    await settle();
  };
  return { runner, clock, runs, end, answers, updates, told, events, undone, phases };
}

/** Tools of which everything can be undone. */
export const undoable: Partial<Toolbox> = { canUndo: () => true };
