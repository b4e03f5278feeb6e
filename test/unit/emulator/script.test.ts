import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/errors.js';
import { createScript, DEFAULT_SCRIPT_URL, loadScript, parseScript } from '../../../src/emulator/script.js';
import { ScriptPlayer } from '../../../src/emulator/script-player.js';
import type { EmulatorScriptInput } from '../../../src/emulator/script-schema.js';

function mistakeIn(source: string): string {
  try {
    parseScript(source, 's.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).detail;
  }
  return 'no mistake';
}

describe('a script file', () => {
  it.each([
    ['replys: []', 's.yaml:1:1 Unrecognized key: "replys"'],
    ['greeting:\n  say: a\n  thn: b', 's.yaml:3:3 greeting: Unrecognized key: "thn"'],
    ['a: 1\na: 2', 's.yaml:2:1 Map keys must be unique'],
    [
      'replies:\n  - on: nothing',
      's.yaml:2:9 replies.0.on: expected speech, text, image, { text: pattern } or { digits: pattern }',
    ],
    [
      'replies:\n  - on: { text: "(" }',
      's.yaml:2:9 replies.0.on: not a pattern: Invalid regular expression: /(/iu: Unterminated group',
    ],
    [
      'replies:\n  - say: "{{ a | nope }}"',
      's.yaml:2:10 replies.0.say: not a template: undefined filter: nope, line:1, col:1',
    ],
    [
      'replies:\n  - call:\n      name: a\n      args: { b: ["{{ a | nope }}"] }',
      's.yaml:3:7 replies.0.call.0.args: not a template: undefined filter: nope, line:1, col:1',
    ],
    [
      'faults:\n  - at: setup',
      's.yaml:2:5 faults.0: exactly one of http, close, drop, stall, send, go_away, wait_ms, reply, cancel, repeat',
    ],
    ['faults:\n  - at: setup\n    http: 401', 's.yaml:2:5 faults.0: `http` goes with `at: upgrade`'],
    ['faults:\n  - { at: turn, reply: frozen }', 's.yaml:2:5 faults.0: `reply: frozen` goes with `at: audio`'],
    [
      'faults:\n  - { at: tool_call, wait_ms: 5 }',
      's.yaml:2:5 faults.0: `wait_ms` goes with `at: upgrade`, `setup`, `turn`, `audio`, `tool_answer`',
    ],
    ['faults:\n  - { at: upgrade, drop: true }', 's.yaml:2:5 faults.0: `at: upgrade` takes `http` or `wait_ms`'],
    [
      'faults:\n  - { at: turn, reply: silent, reason: BLOCKLIST }',
      's.yaml:2:5 faults.0: `reason` goes with `reply: empty`',
    ],
    [
      'faults:\n  - { at: turn, reply: silent, delay_ms: 1 }',
      's.yaml:2:5 faults.0: `reply: silent` takes no `delay_ms`',
    ],
    ['wire: { frames: smoke }', 's.yaml:1:17 wire.frames: Invalid option: expected one of "binary"|"text"'],
  ])('names the place of a mistake: %j', (source, message) => {
    expect(mistakeIn(source)).toBe(message);
  });

  it('that is not there is a ConfigError with its name', () => {
    expect(() => loadScript('/nowhere/script.yaml')).toThrow(
      expect.objectContaining({
        code: 'CONFIG_UNREADABLE',
        position: { file: '/nowhere/script.yaml', line: 1, column: 1 },
      }),
    );
  });
});

describe('a script player', () => {
  const tools = new Set(['lookup']);

  /** What is said to each turn, in order; `*` is speech. */
  function played(script: EmulatorScriptInput, turns: readonly string[], declared = tools): string[] {
    const player = new ScriptPlayer(createScript(script));
    return turns.map((turn) => {
      const answer = player.answer(turn === '*' ? { kind: 'speech' } : { kind: 'text', text: turn }, declared);
      return answer?.line.say?.render(answer.variables) ?? '-';
    });
  }

  it('greets when the first turn is text, and not later', () => {
    const script = { greeting: 'Hello', replies: [{ say: 'Yes?' }] };
    expect(played(script, ['Greet the caller', 'Greet the caller'])).toEqual(['Hello', 'Yes?']);
    expect(played(script, ['*', 'Greet the caller'])).toEqual(['Yes?', 'Yes?']);
  });

  it('uses replies to the same thing in turn, and repeats the last', () => {
    const replies = [
      { on: 'speech', say: 'one' },
      { on: { text: 'x' }, say: 'eks' },
      { on: 'speech', say: 'two' },
    ] as const;
    expect(played({ replies: [...replies] }, ['*', 'X', '*', 'an x', '*'])).toEqual([
      'one',
      'eks',
      'two',
      'eks',
      'two',
    ]);
  });

  it('takes the first reply whose pattern matches, whatever the case, and is silent without one', () => {
    const script = {
      replies: [
        { on: { text: '\\bbook\\b' }, say: 'b' },
        { on: { text: 'o' }, say: 'o' },
      ],
    };
    expect(played(script, ['BOOK it', 'booking', 'why', '*'])).toEqual(['b', 'o', '-', '-']);
  });

  it('hears the keys in a text that speaks of keys, all of them', () => {
    const script = {
      replies: [
        { on: { digits: '1' }, say: 'one' },
        { on: { digits: '1[0-9]#' }, say: 'teen' },
      ],
    };
    const turns = ['The caller pressed 1 on the keypad.', 'Keys: 12#', 'The caller pressed 21', 'We are 1'];
    expect(played(script, turns)).toEqual(['one', 'teen', '-', '-']);
  });

  it('speaks of what was matched', () => {
    const replies = [{ on: { text: 'on (?<day>\\w+)' }, say: '{{ match.day }} from "{{ text }}"' }];
    expect(played({ replies }, ['come on Friday'])).toEqual(['Friday from "come on Friday"']);
  });

  it('passes over replies that call what was not declared, at any depth', () => {
    const replies = [
      { say: 'direct', call: { name: 'other' } },
      { say: 'nested', call: { name: 'lookup' }, then: { call: { name: 'other' } } },
      { say: 'fine', call: { name: 'lookup' } },
    ];
    expect(played({ replies }, ['a'])).toEqual(['fine']);
    expect(played({ replies }, ['a'], new Set())).toEqual(['-']);
  });

  it('keeps the types of arguments that are one expression', () => {
    const player = new ScriptPlayer(
      createScript({
        replies: [
          { on: { text: '(?<n>\\d+)' }, call: { name: 'lookup', args: { a: { b: ['{{ match }}', 2, true] } } } },
        ],
      }),
    );
    const answer = player.answer({ kind: 'text', text: '42' }, tools);
    expect(answer?.line.call?.[0]?.args(answer.variables)).toEqual({ a: { b: [{ n: '42' }, 2, true] } });
  });
});

describe('the default script', () => {
  const declared = new Set(['opening_hours', 'book_appointment', 'hang_up']);

  it.each([
    ['When are you open on Friday?', 'opening_hours', { day: 'friday' }],
    ['The caller pressed 1 on the telephone keypad.', 'opening_hours', { day: 'monday' }],
    [
      'Book me for Thursday at 14:30, my name is Ada.',
      'book_appointment',
      { name: 'Ada', day: 'thursday', time: '14:30' },
    ],
    ['Goodbye', 'hang_up', { reason: 'The caller said goodbye.' }],
  ])('understands %j', (text, name, args) => {
    const player = new ScriptPlayer(loadScript(DEFAULT_SCRIPT_URL));
    player.skipGreeting();
    const answer = player.answer({ kind: 'text', text }, declared);
    const [call] = answer?.line.call ?? [];
    expect(call?.name).toBe(name);
    expect(call?.args(answer?.variables ?? {})).toEqual(args);
  });

  it.each([[declared], [new Set<string>()]])('always has something to say (declared: %j)', (functions) => {
    const player = new ScriptPlayer(loadScript(DEFAULT_SCRIPT_URL));
    for (const text of ['Greet.', 'open?', 'book', 'zzz', 'thanks', 'hello', 'bye', 'The caller pressed 7.']) {
      expect(player.answer({ kind: 'text', text }, functions), text).toBeDefined();
    }
    for (let turn = 0; turn < 12; turn += 1) {
      expect(player.answer({ kind: 'speech' }, functions)?.line.say).toBeDefined();
    }
  });
});
