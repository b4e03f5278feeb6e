import type { AgentConfig } from '../agents/schema/schema.js';
import type { CallPlan } from '../call/plan.js';
import type { CallStart } from '../call/ports.js';
import { parseTemplate } from '../template.js';

/** For a call that we make, by an agent that was not told what to begin with. */
const OPENING = 'Somebody has answered your call. Greet them, say who you are, and why you call.';
const MESSAGE =
  'An answering machine has taken your call and records from now on. Say exactly the following as your message, and ' +
  'nothing before or after it: ';

/** How one call begins. The greeting is rendered when it is needed: by then more may be known. */
interface Opening {
  greeting(): string | undefined;
  rules: Pick<CallPlan, 'protectGreeting' | 'endsAfterGreeting' | 'isDeaf'>;
}

/**
 * Who speaks first on an agent's calls, and what: by its greeting, and on calls that it makes as `outbound` has it.
 * @throws ConfigError CONFIG_INVALID for a template that cannot be parsed
 */
export function createOpening(agent: AgentConfig): (start: CallStart, variables: Record<string, unknown>) => Opening {
  const { speak_first: speaksFirst, message: text } = agent.outbound;
  const greeting = agent.greeting === undefined ? undefined : parseTemplate(agent.greeting);
  const message = text === undefined ? undefined : parseTemplate(text);
  return ({ outbound, returned }, variables) => {
    if (returned) return { greeting: () => describeReturn(returned), rules: { protectGreeting: false } };
    if (outbound?.leavesMessage === true && message) {
      return {
        greeting: () => MESSAGE + message.render(variables),
        rules: { protectGreeting: false, endsAfterGreeting: true, isDeaf: true },
      };
    }
    const opening = () => greeting?.render(variables) ?? (outbound ? OPENING : undefined);
    return {
      greeting: outbound && !speaksFirst ? () => undefined : opening,
      rules: { protectGreeting: agent.turn.protect_greeting },
    };
  };
}

const REASONS: Readonly<Record<string, string>> = {
  'no-answer': 'nobody answered',
  busy: 'the line was busy',
  declined: 'the call was not taken',
  canceled: 'nobody answered',
};

function describeReturn({ from, why }: NonNullable<CallStart['returned']>): string {
  const reason = REASONS[why] ?? 'the number could not be reached';
  return (
    `(You have put the caller through to ${from}, but ${reason}, and the caller is back on the line with you. Tell them ` +
    'so, and go on where you were; do not greet them again. Should you not know what was said before, apologise and ask.)'
  );
}
