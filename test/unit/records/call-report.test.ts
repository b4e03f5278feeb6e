import { describe, expect, it } from 'vitest';
import type { CallEventBody } from '../../../src/call/events.js';
import { type CallReport, createCallReporter } from '../../../src/records/call-report.js';

const FROM_TO = { from: '+15550001111', to: '+15550002222' };

/** The reports of a call with these events. */
function reportsOf(...events: CallEventBody[]): CallReport[] {
  const reports: CallReport[] = [];
  const observe = createCallReporter({ wants: () => true, onReport: (report) => reports.push(report) });
  for (const event of events) observe({ callSid: 'CA1', atMs: 0, ...event });
  return reports;
}

describe('the reports of a call that was put through and came back', () => {
  it('have names of their own, and the second says which it continues, from whom it came back and why', () => {
    const started = { type: 'started', agent: 'desk', direction: 'inbound', pii: FROM_TO } as const;
    const returned = { from: 'sales', why: 'busy', beganWallMs: 1_700_000_000_000 };
    const reports = reportsOf(
      { ...started, beganWallMs: 1_700_000_000_000 },
      { type: 'ended', reason: 'transferred', durationMs: 20_000 },
      { ...started, beganWallMs: 1_700_000_050_000, returned },
      { type: 'ended', reason: 'caller-hung-up', durationMs: 5_000 },
    );
    expect(reports).toMatchObject([
      { id: 'call-CA1-1700000000000', outcome: { reason: 'transferred' }, startedAt: '2023-11-14T22:13:20.000Z' },
      {
        id: 'call-CA1-1700000050000',
        continues: 'call-CA1-1700000000000',
        returned: { from: 'sales', why: 'busy' },
        endedAt: '2023-11-14T22:14:15.000Z',
      },
    ]);
    expect(reports[0]).not.toHaveProperty('continues');
  });
});
