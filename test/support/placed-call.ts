import { Call, type CallOptions } from '../../src/call/call.js';
import type { CallPlan } from '../../src/call/plan.js';
import { CallError } from '../../src/errors.js';
import type { CallEvent } from '../../src/call/events.js';
import type { CallOutcome } from '../../src/call/ports.js';
import type { Toolbox } from '../../src/tools/tool.js';
import { ManualClock } from './manual-clock.js';
import { callStart, ScriptedCaller, ScriptedModels } from './scripted-legs.js';

const FRAME = new Uint8Array(160).fill(0x12);

type ToolRun = Toolbox['run'];

/** An agent's tools, of which a test says what they do. */
export function scriptedTools(run: ToolRun, more: Partial<Toolbox> = {}): Toolbox {
  return {
    declarations: [],
    run,
    canUndo: () => false,
    isRevocable: () => false,
    undo: ({ id, name }) => Promise.resolve({ id, name, response: {} }),
    ...more,
  };
}

interface PlacedCallOptions extends Partial<CallOptions> {
  /** Agents beside `reception`. */
  others?: Record<string, Partial<CallPlan>>;
}

/** A call between scripted legs on a clock that stands still. */
export function placeCall(
  plan: Partial<CallPlan> = {},
  run: ToolRun = () => Promise.resolve(undefined),
  { others = {}, ...options }: PlacedCallOptions = {},
) {
  const clock = new ManualClock();
  const caller = new ScriptedCaller();
  const models = new ScriptedModels();
  const events: CallEvent[] = [];
  const outcomes: CallOutcome[] = [];
  const call = new Call({
    clock,
    acceptCaller: caller.accept,
    planCall: ({ agent }) => {
      const own = agent === 'reception' ? plan : others[agent];
      if (!own) throw new CallError('CALL_REFUSED', 'its agent is no longer configured');
      return {
        agent,
        openModel: models.open,
        maxCallMs: 60_000,
        protectGreeting: true,
        turns: { detection: 'model' },
        tellCutOff: false,
        digits: 'to_model',
        keepTranscript: { caller: true, agent: true },
        uplinkMs: 20,
        tools: scriptedTools(run),
        variables: {},
        whileRunning: () => ({ blocks: false }),
        ...own,
      };
    },
    observe: (event) => events.push(event),
    onEnded: (_callSid, outcome) => outcomes.push(outcome),
    ...options,
  });
  const talk = (ms: number, fromMs = 0, frame: Uint8Array = FRAME) => {
    for (let at = 0; at < ms; at += 20) {
      caller.handlers.onAudio(frame, fromMs + at);
      clock.advance(20);
    }
  };
  return {
    clock,
    caller,
    models,
    events,
    outcomes,
    call,
    talk,
    types: () => events.map((event) => event.type),
    start: () => {
      caller.handlers.onStarted(callStart());
      return models.last;
    },
    /** The caller's socket reports that it is gone. */
    leave: (reason: 'stopped' | 'disconnected' = 'stopped') => caller.handlers.onClosed(reason),
  };
}

/** The same with its first session standing. */
export function activeCall(plan: Partial<CallPlan> = {}, run?: ToolRun, options?: PlacedCallOptions) {
  const placed = placeCall(plan, run, options);
  const model = placed.start();
  model.handlers.onReady();
  return { ...placed, model };
}

/** A call whose agent has greeted, and whose session has issued a handle since. */
export function greetedCall(...args: Parameters<typeof activeCall>) {
  const placed = activeCall({ greeting: 'Greet.', protectGreeting: false, ...args[0] }, args[1]);
  const { model } = placed;
  model.handlers.onTranscript('agent', 'Hello.');
  model.speak(500);
  model.handlers.onGenerationComplete();
  model.handlers.onResumable('handle-1');
  return placed;
}
