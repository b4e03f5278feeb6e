import { describe, expect, it } from 'vitest';
import { LivelineError } from '../../../src/errors.js';
import { deskWith, problemsIn } from '../../support/agents-file.js';

const MANY = `agents:
  desk:
    instructions: "You are {{ caler.number }}."
    voise: Puck
    language: english
    tools:
      - name: hours
        descripton: Opening hours.
        http: { url: https://example.com }
      - name: fnd
        module: ./none.js
      - built_in: hand_over
        to: [nigth]
      - name: book it
        description: Books.
        parameters: { type: object, properties: { day: { type: strnig } } }
        http: { url: "https://example.com/{{ args.dya }}", allow_private_hosts: ["*"] }
      - name: cancel it
        description: Cancels.
        http: { url: "https://example.com/{{ args.day }}" }
  night: { instructions: Hi, default: true, hours: { time_zone: UTC, weekly: { mon: "8" }, closed: { agent: dsek } } }
`;

describe('a mistake of shape', () => {
  it('hides none of the others, in the same tool excepted', () => {
    const findModule = () => new LivelineError('CONFIG_UNREADABLE', 'there is no such file');
    expect(problemsIn(MANY, { findModule })).toEqual([
      'agents.yaml:3:31 warning: agents.desk.instructions: `{{ caler }}` is always empty (did you mean `caller`?)',
      'agents.yaml:4:5 agents.desk: unknown key `voise` (did you mean `voice`?)',
      'agents.yaml:5:15 agents.desk.language: is not a language tag such as `en-US`',
      'agents.yaml:7:9 agents.desk.tools[0]: `description` is missing',
      'agents.yaml:8:9 agents.desk.tools[0]: unknown key `descripton` (did you mean `description`?)',
      'agents.yaml:11:17 agents.desk.tools[1].module: there is no such file',
      'agents.yaml:13:14 agents.desk.tools[2].to[0]: there is no agent `nigth` in this file (did you mean `night`?)',
      'agents.yaml:17:82 agents.desk.tools[3].http.allow_private_hosts[0]: must be a host name or an IP address, without port or `*`',
      'agents.yaml:18:15 agents.desk.tools[4].name: the name of a function starts with a letter or `_` and has at most 128 of A-Z a-z 0-9 _ . : -',
      'agents.yaml:20:46 warning: agents.desk.tools[4].http.url: `args` is empty: the function has no `parameters`',
      'agents.yaml:21:85 agents.night.hours.weekly.mon: is no span of time such as "08:00-18:00" (24 hours)',
    ]);
  });

  it('lets what only shows when it is gone show at once', () => {
    const tools = 'tools: [{ built_in: send_digits, descripton: Keys. }, { built_in: collect_digits, min: 4, max: 2 }]';
    expect(problemsIn(deskWith(tools))).toEqual([
      'agents.yaml:4:38 agents.desk.tools[0]: unknown key `descripton` (did you mean `description`?)',
      'agents.yaml:4:92 agents.desk.tools[1].min: must not be more than `max`',
    ]);
  });

  it('hides no rule of the model where it is about variables, and the other way round', () => {
    expect(problemsIn(deskWith('before_call: {}\nvoice: nobody'))).toEqual([
      'agents.yaml:4:5 agents.desk.before_call: `url` is missing',
      expect.stringContaining('5:12 agents.desk.voice: `nobody` is not a voice of'),
    ]);
    expect(problemsIn(deskWith('model: "a b"\ngreeting: "{{ lookup.name }}"'))).toEqual([
      'agents.yaml:4:12 agents.desk.model: is not the name of a model',
      expect.stringContaining('5:19 warning: agents.desk.greeting: `{{ lookup }}` is always empty'),
    ]);
  });

  it.each([
    ['a model', 'model: "a b"\nvoice: No such voice', 'agents.desk.model: is not the name of a model'],
    ['a misspelt model', 'modle: other\nvoice: No such voice', 'unknown key `modle`'],
    ['a lookup', 'before_call: {}\ngreeting: "{{ lookup.name }}"', 'agents.desk.before_call: `url` is missing'],
    [
      'digits that are kept',
      'tools:\n  - { built_in: collect_digits, as: card, min: x }\n  - { built_in: collect_digits, name: again, as: pin }\n' +
        '  - { name: pay, description: Pays., http: { url: "https://x.com/{{ collected.card }}" } }',
      'agents.desk.tools[0].min: must be a number',
    ],
  ])('in %s leaves it open whether the rest is right', (_what, settings, said) => {
    expect(problemsIn(deskWith(settings))).toEqual([expect.stringContaining(said)]);
  });
});
