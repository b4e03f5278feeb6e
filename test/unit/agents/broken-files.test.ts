import { describe, expect, it } from 'vitest';
import { deskWith, problemsIn } from '../../support/agents-file.js';

/** What is wrong, the file, and everything `validate` says of it. */
type BrokenFile = [mistake: string, text: string, said: string[]];

const YAML_MISTAKES: BrokenFile[] = [
  ['an empty file', '', ['agents.yaml:1:1 an agents file is a map with the key `agents`']],
  ['a list', '- a\n', ['agents.yaml:1:1 an agents file is a map with the key `agents`']],
  ['a tab as indent', 'agents:\n\tdesk: {}\n', ['agents.yaml:2:1 YAML is indented with spaces, not tabs']],
  [
    'a key that stands twice',
    deskWith('voice: Kore\nvoice: Puck'),
    ['agents.yaml:5:5 this key stands twice in the same map'],
  ],
  [
    'a bracket that is not closed',
    'agents:\n  desk: { instructions: hi\n',
    ['agents.yaml:3:1 not valid YAML: Flow map in block collection must be sufficiently indented and end with a }'],
  ],
  ['a tag', deskWith('voice: !secret Kore'), ['agents.yaml:4:12 not valid YAML: Unresolved tag: !secret']],
  [
    'a template that is not in quotes',
    deskWith('greeting: {{ call.to }}'),
    ['agents.yaml:4:15 a value that starts with `{{` must be in quotes: "{{ … }}"'],
  ],
  [
    'a variable in a flow map without quotes',
    deskWith('turn: { silence_ms: ${SILENCE_MS} }'),
    ['agents.yaml:4:26 inside `{ }` or `[ ]` a value with `${…}` or `{{ … }}` must be in quotes'],
  ],
  [
    'a template in a list without quotes',
    deskWith('numbers: [a {{ b }}]'),
    ['agents.yaml:4:17 inside `{ }` or `[ ]` a value with `${…}` or `{{ … }}` must be in quotes'],
  ],
  ['a key that is a list', 'agents:\n  ? [a]\n  : {}\n', ['agents.yaml:2:5 a key must be plain text']],
  [
    'an alias inside what it stands for',
    'x-a: &a { b: *a }\nagents: {}\n',
    ['agents.yaml:1:14 the alias `*a` contains itself'],
  ],
];

const VARIABLE_MISTAKES: BrokenFile[] = [
  [
    'a variable that is not set',
    deskWith('voice: ${AGENT_VOICE}'),
    ['agents.yaml:4:12 environment variable AGENT_VOICE is not set; set it, or write `${AGENT_VOICE:-default}`'],
  ],
  [
    'a variable in the middle of a text',
    deskWith('greeting: "Say hello to ${WHO} now."'),
    ['agents.yaml:4:29 environment variable WHO is not set; set it, or write `${WHO:-default}`'],
  ],
  [
    'a variable deep in a block',
    'agents:\n  desk:\n    instructions: |\n      One\n      two ${WHO}\n',
    ['agents.yaml:5:11 environment variable WHO is not set; set it, or write `${WHO:-default}`'],
  ],
  [
    'a variable that is required, with a message',
    deskWith('voice: "${AGENT_VOICE:?choose a voice}"'),
    ['agents.yaml:4:13 AGENT_VOICE: choose a voice'],
  ],
  [
    'a shell form that is not supported',
    deskWith('voice: "${AGENT_VOICE-Kore}"'),
    [
      'agents.yaml:4:13 `${AGENT_VOICE-Kore}` is not one of `${VAR}`, `${VAR:-default}`, `${VAR:?message}` or `${file:/path}`; a literal `${` is written `$${`',
    ],
  ],
  [
    'an expression that is not closed',
    deskWith('greeting: "It costs ${5"'),
    ['agents.yaml:4:25 `${` is not closed by `}`; a literal `${` is written `$${`'],
  ],
  [
    'a variable inside a default',
    deskWith('voice: "${A:-${B:-Kore}}"'),
    ['agents.yaml:4:13 `${A…` holds another `${`; they cannot be nested'],
  ],
  [
    'a file that is not there',
    deskWith('voice: ${file:/no/such/file}'),
    ['agents.yaml:4:12 cannot read `/no/such/file`: there is no such file'],
  ],
];

const KEY_MISTAKES: BrokenFile[] = [
  [
    'a misspelt key',
    deskWith('languge: en-US'),
    ['agents.yaml:4:5 agents.desk: unknown key `languge` (did you mean `language`?)'],
  ],
  [
    'another product’s word',
    'agents:\n  desk:\n    system_prompt: Hi\n',
    [
      'agents.yaml:2:3 agents.desk: `instructions` is missing',
      'agents.yaml:3:5 agents.desk: unknown key `system_prompt` (did you mean `instructions`?)',
    ],
  ],
  [
    'a key nobody knows',
    deskWith('fallback: { say: Sorry., colour: 3 }'),
    ['agents.yaml:4:30 agents.desk.fallback: unknown key `colour`; allowed: say, language, transfer'],
  ],
  [
    'a key one level too high',
    deskWith('temperature: 1'),
    ['agents.yaml:4:5 agents.desk: `temperature` belongs under `generation`'],
  ],
  [
    'a modality',
    deskWith('response_modalities: [AUDIO]'),
    ['agents.yaml:4:5 agents.desk: unknown key `response_modalities` (did you mean `modality`?)'],
  ],
  [
    'a misspelt section',
    'agnets:\n  desk: { instructions: Hi }\n',
    ['agents.yaml:1:1 `agents` is missing', 'agents.yaml:1:1 unknown key `agnets` (did you mean `agents`?)'],
  ],
  [
    'a misspelt key behind a merge, at the anchor',
    'x-base: &base\n  voise: Kore\nagents:\n  desk:\n    <<: *base\n    instructions: Hi\n',
    ['agents.yaml:2:3 agents.desk: unknown key `voise` (did you mean `voice`?)'],
  ],
  [
    'one agent’s own key in defaults',
    'defaults: { numbers: ["+15550002222"] }\n' + deskWith(''),
    ['agents.yaml:1:13 defaults: `numbers` belongs to one agent and cannot stand in `defaults`'],
  ],
  [
    'a mistake in defaults, said once for all agents',
    'defaults: { turn: { silence: 3 } }\nagents:\n  a: { instructions: Hi, default: true }\n  b: { instructions: Hi }\n',
    ['agents.yaml:1:21 defaults.turn: unknown key `silence` (did you mean `silence_ms`?)'],
  ],
  [
    'an agent’s name that no url can hold',
    'agents:\n  front desk: { instructions: Hi }\n',
    ['agents.yaml:2:3 agents: `front desk` cannot be part of a url: use up to 64 letters, digits, `-` and `_`'],
  ],
];

const VALUE_MISTAKES: BrokenFile[] = [
  [
    'a number to call that is none',
    `outbound: { allow: ["1555"], rate: 2 }\n${deskWith('')}`,
    [
      'agents.yaml:1:21 outbound.allow[0]: is neither a number nor the beginning of one, such as "+1555"',
      'agents.yaml:1:30 outbound: unknown key `rate`; allowed: allow, deny, from, calls_per_second, max_calls, max_queued',
    ],
  ],
  [
    'a machine that is to be left nothing',
    deskWith('outbound: { machine: message }'),
    ['agents.yaml:4:5 agents.desk.outbound: `machine: message` needs the message'],
  ],
  ['no agents', 'agents: {}\n', ['agents.yaml:1:9 agents: at least one agent is needed']],
  [
    'an agent without settings',
    'agents:\n  desk:\n',
    ['agents.yaml:2:8 agents.desk: must be a map with the settings of the agent'],
  ],
  [
    'a word that is not allowed',
    deskWith('turn: { start_sensitivity: hgih }'),
    ['agents.yaml:4:32 agents.desk.turn.start_sensitivity: must be `low` or `high`, not `hgih` (did you mean `high`?)'],
  ],
  [
    'yes for true',
    deskWith('turn: { barge_in: yes }'),
    ['agents.yaml:4:23 agents.desk.turn.barge_in: must be `true` or `false`, not `yes`'],
  ],
  [
    'a number out of range',
    deskWith('limits: { max_call_minutes: 500 }'),
    ['agents.yaml:4:33 agents.desk.limits.max_call_minutes: must be between 1 and 240, not `500`'],
  ],
  [
    'a number with a fraction',
    deskWith('turn: { silence_ms: 1.5 }'),
    ['agents.yaml:4:25 agents.desk.turn.silence_ms: must be a whole number, not `1.5`'],
  ],
  [
    'a temperature too high',
    deskWith('generation: { temperature: 3 }'),
    ['agents.yaml:4:32 agents.desk.generation.temperature: must be between 0 and 2, not `3`'],
  ],
  ['text for a list', deskWith('tools: hang_up'), ['agents.yaml:4:12 agents.desk.tools: must be a list, not text']],
  ['an empty text', deskWith('greeting: ""'), ['agents.yaml:4:15 agents.desk.greeting: must not be empty']],
  [
    'a telephone number without quotes',
    deskWith('numbers: [+15550002222]'),
    ['agents.yaml:4:15 agents.desk.numbers[0]: must be text, not a number; put it in quotes'],
  ],
  [
    'a telephone number with spaces',
    deskWith('fallback: { say: Sorry., transfer: "+1 555 000 3333" }'),
    [
      'agents.yaml:4:40 agents.desk.fallback.transfer: is not a telephone number in E.164 form: `+`, country code, number, no spaces ("+15550002222")',
    ],
  ],
  [
    'a fallback that says nothing',
    deskWith('fallback: { language: en-GB }'),
    ['agents.yaml:4:5 agents.desk.fallback: `say` is missing'],
  ],
  [
    'a number that two agents list',
    'agents:\n  a: { instructions: Hi, numbers: ["+15550002222"], default: true }\n  b: { instructions: Hi, numbers: ["+15550002222"] }\n',
    ['agents.yaml:3:36 agents.b.numbers[0]: `a` already lists this number (line 2)'],
  ],
  [
    'two default agents',
    'agents:\n  a: { instructions: Hi, default: true }\n  b: { instructions: Hi, default: true }\n',
    ['agents.yaml:3:35 agents.b.default: `a` is already the default agent (line 2)'],
  ],
  [
    'no default agent',
    'agents:\n  a: { instructions: Hi }\n  b: { instructions: Hi }\n',
    ['agents.yaml:1:1 warning: no agent has `default: true`, so calls to a number that no agent lists are refused'],
  ],
  [
    'thinking both ways',
    deskWith('thinking: { level: low, budget: 0 }'),
    ['agents.yaml:4:15 agents.desk.thinking: takes either `level` or `budget`, not both'],
  ],
  [
    'a message that is never left, and a lookup that nobody waits for',
    deskWith('outbound: { message: Hello. }\nbefore_call: { url: "https://x.com", timeout_ms: 60000 }'),
    [
      'agents.yaml:4:17 warning: agents.desk.outbound: `message` is only left with `machine: message`',
      'agents.yaml:5:54 agents.desk.before_call.timeout_ms: must be between 100 and 2000, not `60000`',
    ],
  ],
  [
    'successors that are not there, or nobody but the agent itself',
    `agents:
  desk:
    instructions: Answer.
    default: true
    tools:
      - built_in: hand_over
        to: [desk, nigth]
  night:
    instructions: Answer.
    tools:
      - built_in: hand_over
        to: { night: Nights., day: Days. }
  day:
    instructions: Answer.
    tools:
      - built_in: hand_over
        to: [day]
  evening:
    instructions: Answer.
    tools:
      - built_in: hand_over
        to: {}`,
    [
      'agents.yaml:7:20 agents.desk.tools[0].to[1]: there is no agent `nigth` in this file (did you mean `night`?)',
      'agents.yaml:17:13 agents.day.tools[0].to: names nobody but the agent itself',
      'agents.yaml:22:13 agents.evening.tools[0].to: must name an agent',
    ],
  ],
  [
    'a secret that is too short, and a message without a word',
    deskWith('after_call: { url: "https://x.com", secret: short }\noutbound: { message: "" }'),
    [
      'agents.yaml:4:49 agents.desk.after_call.secret: must have at least 16 characters',
      'agents.yaml:5:26 agents.desk.outbound.message: must not be empty',
    ],
  ],
  ...[
    ['that is no base64', 'whsec_!!!!!!!!!!!!'],
    ['of a few bytes', 'whsec_aaaaaaaaaa=='],
    ['of 23 bytes', `whsec_${Buffer.alloc(23).toString('base64')}`],
    ['of 65 bytes', `whsec_${Buffer.alloc(65).toString('base64')}`],
    ['without its padding', `whsec_${Buffer.alloc(32).toString('base64').replace('=', '')}`],
  ].map(([what, secret]): [string, string, string[]] => [
    `a key ${what}`,
    deskWith(`after_call: { url: "https://x.com", secret: "${secret}" }`),
    [
      'agents.yaml:4:49 agents.desk.after_call.secret: needs base64 of 24 to 64 bytes behind `whsec_` (Standard Webhooks), such as `openssl rand -base64 32` gives',
    ],
  ]),
  ...[
    ['with Liquid', 'https://x.com/{{ call.sid }}', 'takes no Liquid: it is the same for every call'],
    ['with a user', 'https://me@x.com/', 'a url takes no user or password'],
    ['with a password', 'https://:secret@x.com/', 'a url takes no user or password'],
    ['of another scheme', 'ftp://x.com/', 'must be a url that starts with `http://` or `https://`'],
  ].map(([what, url, message]): [string, string, string[]] => [
    `a url for reports ${what}`,
    deskWith(`after_call: { url: "${url}", secret: "0123456789abcdef" }`),
    [`agents.yaml:4:24 agents.desk.after_call.url: ${message}`],
  ]),
  [
    'a message that is too long',
    deskWith(`outbound: { machine: message, message: ${'hello '.repeat(80)} }`),
    ['agents.yaml:4:44 agents.desk.outbound.message: may have at most 400 characters'],
  ],
  [
    'true where there are other choices',
    deskWith('limits: { calls_per_caller_per_minute: true }\nsession: { compress: true }'),
    [
      'agents.yaml:4:44 agents.desk.limits.calls_per_caller_per_minute: must be `false` or a number, not `true`',
      'agents.yaml:5:26 agents.desk.session.compress: must be `false` or a map, not `true`',
    ],
  ],
  [
    'a wrong type inside of one choice',
    deskWith('session: { compress: { trigger_tokens: many } }'),
    ['agents.yaml:4:44 agents.desk.session.compress.trigger_tokens: must be a number, not `many`'],
  ],
  [
    'a turn of nobody',
    deskWith('context: [{ user: Hi }, { caller: Hi, agent: Hello }]'),
    [
      'agents.yaml:4:15 agents.desk.context[0]: needs one of the keys `caller` or `agent`',
      'agents.yaml:4:43 agents.desk.context[1]: `agent` cannot stand beside `caller`',
    ],
  ],
];

describe.each([
  ['as YAML', YAML_MISTAKES],
  ['in variables', VARIABLE_MISTAKES],
  ['in keys', KEY_MISTAKES],
  ['in values', VALUE_MISTAKES],
])('a file that is wrong %s', (_kind, files) => {
  it.each(files)('says what is wrong with %s', (_mistake, text, said) => {
    expect(problemsIn(text)).toEqual(said);
  });
});
