import type { CallOptions } from '../../src/call/call.js';
import type { CallPlan } from '../../src/call/plan.js';
import type { CallActions } from '../../src/tools/tool.js';
import { activeCall } from './placed-call.js';

/** A call that stands, and the actions that a tool of it was given. */
export async function callWithActions(plan: Partial<CallPlan> = {}, options: Partial<CallOptions> = {}) {
  let actions: CallActions | undefined;
  const placed = activeCall(
    plan,
    ({ id, name }, context) => {
      actions = context.actions;
      return Promise.resolve({ id, name, response: {} });
    },
    options,
  );
  placed.model.handlers.onToolCalls([{ id: 't', name: 'tool', args: {} }]);
  await settle();
  placed.model.handlers.onTurnComplete(undefined);
  if (!actions) throw new Error('the tool was not run');
  return { ...placed, actions };
}

/** Lets what is settled be noticed. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
