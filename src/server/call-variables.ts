import type { CallStart } from '../call/ports.js';
import type { Clock } from '../clock.js';

/** The number of whoever is on the line with the agent, also where it was the agent that called. */
export function callerNumber(start: CallStart): string {
  return start.direction === 'outbound' ? start.to : start.from;
}

/** The number that the agent answers or calls with. */
export function ownNumber(start: CallStart): string {
  return start.direction === 'outbound' ? start.from : start.to;
}

/** What templates of one call may use. */
export function callVariables(start: CallStart, clock: Clock): Record<string, unknown> {
  return {
    caller: { number: callerNumber(start) },
    call: {
      sid: start.callSid,
      to: start.to,
      direction: start.direction,
      sip_headers: start.sipHeaders,
      parameters: start.parameters,
    },
    now: new Date(clock.wallMs()).toISOString(),
  };
}
