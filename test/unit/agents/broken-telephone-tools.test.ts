import { describe, expect, it } from 'vitest';
import { deskWith, problemsIn } from '../../support/agents-file.js';

describe('a tool of the telephone', () => {
  it.each<[mistake: string, tools: string, said: string[]]>([
    [
      'somebody whom no telephone reaches, and a message from nobody',
      '  - built_in: transfer\n    to: { sales: "0800 5550", "the nurse": "sip:nurse@example.com" }\n  - built_in: send_sms\n    from: "+15550002222"\n    messaging_service: MG1',
      [
        'agents.yaml:6:22 agents.desk.tools[0].to.sales: is neither a number in E.164 form ("+15550002222") nor a SIP address ("sip:name@host")',
        'agents.yaml:6:35 agents.desk.tools[0].to: `the nurse` is no name: a letter first, then letters, digits, `_` and `-`',
        'agents.yaml:7:9 agents.desk.tools[1]: takes either `from` or `messaging_service`',
        'agents.yaml:9:28 agents.desk.tools[1].messaging_service: must be MG and 32 characters, as the Twilio Console shows it',
      ],
    ],
    [
      'keys that a built-in tool does not have',
      '  - built_in: collect_digits\n    maximum: 4\n    pattern: "("\n    min: 40\n  - built_in: hang_up\n    max: 4',
      [
        'agents.yaml:6:9 agents.desk.tools[0]: unknown key `maximum`; allowed: built_in, name, description, as, min, max, terminator, first_digit_s, next_digit_s, pattern, sensitive',
        'agents.yaml:7:18 agents.desk.tools[0].pattern: is not a regular expression',
        'agents.yaml:8:14 agents.desk.tools[0].min: must be between 1 and 32, not `40`',
        'agents.yaml:10:9 agents.desk.tools[1]: unknown key `max`; allowed: built_in, description',
      ],
    ],
    [
      'an entry that no key can make, and some that keys can',
      [String.raw`[a-z]{4}`, String.raw`^\D+$`, String.raw`[!-/]?`, String.raw`(\u0034|x)`, '^$']
        .map((pattern, at) => `  - { built_in: collect_digits, name: c${at}, pattern: '${pattern}' }`)
        .join('\n'),
      [
        'agents.yaml:5:56 agents.desk.tools[0].pattern: matches nothing that keys can enter',
        'agents.yaml:9:56 agents.desk.tools[4].pattern: matches nothing that keys can enter',
      ],
    ],
    [
      'somebody who is called as the caller is',
      '  - built_in: send_sms\n    from: "+15550002222"\n    to: { caller: "+15550003333" }',
      ['agents.yaml:7:23 agents.desk.tools[0].to.caller: is the caller of the call; somebody else needs another name'],
    ],
  ])('says what is wrong with %s', (_mistake, tools, said) => {
    expect(problemsIn(deskWith(`tools:\n${tools}`))).toEqual(said);
  });
});
