import type { AgentConfig } from '../agents/schema/schema.js';
import type { ToolConfig } from '../agents/schema/tool-schema.js';
import type { CallStart, Telephone } from '../call/ports.js';
import { E164 } from '../e164.js';
import { ToolError } from '../errors.js';
import type { TwilioRest } from '../twilio/rest.js';
import { callerNumber } from './call-variables.js';
import { carrierFailure } from './carrier-failure.js';
import type { Transfers } from './transfers.js';
import { isWithheld } from './withheld-number.js';

type SendSmsConfig = Extract<ToolConfig, { built_in: 'send_sms' }>;

export interface TelephoneParts {
  rest: TwilioRest;
  transfers: Transfers;
  findAgent: (name: string) => AgentConfig | undefined;
}

/** What Twilio does for a call beside its stream; undefined for one that is not a call of our account. */
export function createTelephone(
  { rest, transfers, findAgent }: TelephoneParts,
  start: CallStart,
): Telephone | undefined {
  const { accountSid, serverUrl } = start;
  if (accountSid !== rest.accountSid || serverUrl === undefined) return undefined;
  return {
    transfer: (to, options, seat) => transfers.transfer({ ...start, serverUrl }, to, options, seat),
    sendSms: async (text, to) => {
      const config = configOf(findAgent(start.agent));
      if (!config) throw new ToolError('TOOL_FAILED', 'the agent has no tool `send_sms`', { untouched: true });
      const { from, messaging_service: messagingServiceSid = '' } = config;
      const sender = from === undefined ? { messagingServiceSid } : { from };
      await rest.sendMessage({ to: numberOf(config, start, to), body: text, sender }).catch((thrown: unknown) => {
        throw carrierFailure(thrown);
      });
    },
  };
}

function configOf(agent: AgentConfig | undefined): SendSmsConfig | undefined {
  return agent?.tools.find((tool): tool is SendSmsConfig => 'built_in' in tool && tool.built_in === 'send_sms');
}

function numberOf(config: SendSmsConfig, start: CallStart, to: string | undefined): string {
  if (to === undefined) {
    const number = callerNumber(start);
    if (E164.test(number) && !isWithheld(number)) return number;
    throw new ToolError('TOOL_FAILED', 'the number of the caller is withheld, or none that takes messages', {
      untouched: true,
    });
  }
  const named = config.to ?? {};
  const number = Object.hasOwn(named, to) ? named[to] : undefined;
  if (number !== undefined) return number;
  throw new ToolError('TOOL_ARGUMENTS', `nobody has this name; there are: ${Object.keys(named).join(', ')}`);
}
