import type { CallActions } from '../../src/tools/tool.js';

/** What a tool may do to a call, where nothing happens but what a test says. */
export function scriptedActions(overrides: Partial<CallActions> = {}): CallActions {
  return {
    hangUp: () => undefined,
    say: () => undefined,
    heard: () => Promise.resolve(),
    sendDigits: () => Promise.resolve(),
    collectDigits: () => Promise.resolve({ ok: false, why: 'timeout', count: 0 }),
    handOver: () => undefined,
    transfer: () => Promise.resolve('no-answer'),
    sendSms: () => Promise.resolve(),
    updateContext: () => false,
    turns: () => ({ agent: 0, caller: 0 }),
    ...overrides,
  };
}
