import type { AgentConfig } from '../agents/schema/schema.js';
import type { CallRecording, CallStart } from '../call/ports.js';
import { CallError, LivelineError } from '../errors.js';
import type { TwilioRest } from '../twilio/rest.js';

const NOT_OURS = 'it is not known whether the call is recorded: TWILIO_ACCOUNT_SID, with its token or key, is not set';
const ANOTHER_ACCOUNT =
  'it is not known whether the call is recorded: it belongs to another account than TWILIO_ACCOUNT_SID';

export interface CarrierRecordingParts {
  /** Absent without credentials. */
  rest: Pick<TwilioRest, 'accountSid' | 'pauseRecording'> | undefined;
  /** Calls of a carrier are answered, not those of this machine alone. */
  hasCarrier: boolean;
  onFailed: (error: LivelineError) => void;
}

/** The recording that Twilio makes of a call, if it makes one; undefined for a call that no carrier has. */
export function carrierRecording(
  { rest, hasCarrier, onFailed }: CarrierRecordingParts,
  { callSid, accountSid, serverUrl }: CallStart,
): CallRecording | undefined {
  if (rest?.accountSid === accountSid) return pausedByRest(rest, callSid, onFailed);
  if (!hasCarrier || serverUrl === undefined) return undefined;
  return {
    pause() {
      const error = new CallError('CARRIER_UNREACHABLE', rest ? ANOTHER_ACCOUNT : NOT_OURS, { callSid });
      onFailed(error);
      return Promise.reject(error);
    },
    resume: () => undefined,
  };
}

function pausedByRest(
  rest: Pick<TwilioRest, 'pauseRecording'>,
  callSid: string,
  onFailed: (error: LivelineError) => void,
): CallRecording {
  // One request after the other: a pause that overtakes the resumption before it would be undone.
  let last: Promise<unknown> = Promise.resolve();
  function next(paused: boolean): Promise<void> {
    const done = last
      .then(() => rest.pauseRecording(callSid, paused))
      .then(
        () => undefined,
        (thrown: unknown) => {
          const error = LivelineError.from(thrown);
          onFailed(error);
          throw error;
        },
      );
    last = done.catch(() => undefined);
    return done;
  }
  return {
    pause: () => next(true),
    resume: () => void next(false).catch(() => undefined),
  };
}

/** What cannot be had of these agents where calls of a carrier are answered without its REST API. */
export function unpausableEntries(agents: Iterable<AgentConfig>): string[] {
  return [...agents].flatMap(({ name: agent, tools }) =>
    tools.flatMap((tool) =>
      'built_in' in tool && tool.built_in === 'collect_digits' && tool.sensitive
        ? [
            `the tool \`${tool.name}\` of agent "${agent}" will take no number on a carrier's call: it is sensitive, and ` +
              'no recording can be paused without TWILIO_ACCOUNT_SID',
          ]
        : [],
    ),
  );
}
