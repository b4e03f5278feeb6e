import { describe, expect, it } from 'vitest';
import { deskWith, problemsIn } from '../../support/agents-file.js';

type BrokenTool = [mistake: string, tools: string, said: string[]];

/** The tool's first line is line 5 of the file, its keys stand at column 9. */
function fileWith(tools: string): string {
  return deskWith(`tools:\n${tools}`);
}

const KIND_MISTAKES: BrokenTool[] = [
  [
    'a tool of no kind',
    '  - name: hours\n    description: Opening hours.',
    [
      'agents.yaml:5:9 agents.desk.tools[0]: needs one of the keys `http`, `module`, `mcp`, `built_in`, `google_search`, `code_execution`, `url_context`, `vertex_ai_search`, `vertex_rag`, `google_maps`, `enterprise_web_search` or `file_search`',
    ],
  ],
  [
    'a misspelt kind',
    '  - name: hours\n    description: Opening hours.\n    htpp: { url: https://example.com }',
    ['agents.yaml:7:9 agents.desk.tools[0]: unknown key `htpp` (did you mean `http`?)'],
  ],
  [
    'a url outside of `http`',
    '  - name: hours\n    description: Opening hours.\n    url: https://example.com',
    ['agents.yaml:7:9 agents.desk.tools[0]: `url` belongs under `http`'],
  ],
  [
    'two kinds at once',
    '  - built_in: hang_up\n    google_search: {}',
    ['agents.yaml:6:9 agents.desk.tools[0]: `google_search` cannot stand beside `built_in`'],
  ],
  [
    'a misspelt built-in tool',
    '  - built_in: hangup',
    [
      'agents.yaml:5:19 agents.desk.tools[0].built_in: must be `hang_up`, `send_digits`, `collect_digits`, `hand_over`, `transfer` or `send_sms`, not `hangup` (did you mean `hang_up`?)',
    ],
  ],
  [
    'a collected variable that is misspelt',
    '  - built_in: collect_digits\n    as: card\n  - name: pay\n    description: Pays.\n    http: { url: "https://x.com/{{ collected.cart }}" }',
    [
      'agents.yaml:9:40 warning: agents.desk.tools[1].http.url: `{{ collected.cart }}` is always empty (did you mean `collected.card`?)',
    ],
  ],
  [
    'a kind without its map',
    '  - google_search:',
    ['agents.yaml:5:23 agents.desk.tools[0].google_search: must be a map, not nothing'],
  ],
  [
    'nobody to hand over to, and true where there are other choices',
    '  - built_in: hand_over\n    to: []\n  - name: hours\n    description: Opening hours.\n    while_running: true\n    http: { url: "https://x.com", idempotency_header: true, query: { a: [] } }',
    [
      'agents.yaml:6:13 agents.desk.tools[0].to: must not be empty',
      'agents.yaml:9:24 agents.desk.tools[1].while_running: must be `false` or a map, not `true`',
      'agents.yaml:10:59 agents.desk.tools[1].http.idempotency_header: must be text or `false`, not `true`',
      'agents.yaml:10:77 agents.desk.tools[1].http.query.a: must be text, a number, `true` or `false`, not a list',
    ],
  ],
  ['a tool that is only a word', '  - hang_up', ['agents.yaml:5:9 agents.desk.tools[0]: must be a map, not text']],
];

function http(settings: string): string {
  return `  - name: hours\n    description: Opening hours.\n    http: { ${settings} }`;
}

const HTTP_MISTAKES: BrokenTool[] = [
  ['no url', http('method: GET'), ['agents.yaml:7:9 agents.desk.tools[0].http: `url` is missing']],
  [
    'Liquid in the host',
    http('url: "https://{{ args.host }}/hours"'),
    [
      'agents.yaml:7:22 agents.desk.tools[0].http.url: the scheme and host of a url are fixed; Liquid may only stand behind them',
    ],
  ],
  [
    'Liquid at the end of the host',
    http('url: "https://example.{{ args.tld }}"'),
    [
      'agents.yaml:7:22 agents.desk.tools[0].http.url: the scheme and host of a url are fixed; Liquid may only stand behind them',
    ],
  ],
  [
    'Liquid in place of the scheme',
    http('url: "{{ args.url }}"'),
    [
      'agents.yaml:7:22 agents.desk.tools[0].http.url: the scheme and host of a url are fixed; Liquid may only stand behind them',
    ],
  ],
  [
    'another scheme',
    http('url: "ftp://example.com"'),
    ['agents.yaml:7:22 agents.desk.tools[0].http.url: must be a url that starts with `http://` or `https://`'],
  ],
  [
    'a password in the url',
    http('url: "https://me:secret@example.com/"'),
    [
      'agents.yaml:7:22 agents.desk.tools[0].http.url: a url takes no user or password; send an `authorization` header instead',
    ],
  ],
  [
    'a private host that is not allowed',
    http('url: "http://192.168.0.1/hours", allow_private_hosts: [localhost]'),
    [
      'agents.yaml:7:22 agents.desk.tools[0].http.url: the host is a private address; to reach it, list it under `allow_private_hosts`',
    ],
  ],
  [
    'a private host to undo at',
    `${http('url: "https://example.com"')}\n    on_cancel: { url: "http://10.0.0.1/" }`,
    [
      'agents.yaml:8:27 agents.desk.tools[0].on_cancel.url: the host is a private address; to reach it, list it under `allow_private_hosts`',
    ],
  ],
  [
    'a wildcard for a host',
    http('url: "https://example.com", allow_private_hosts: ["*.internal"]'),
    [
      'agents.yaml:7:67 agents.desk.tools[0].http.allow_private_hosts[0]: must be a host name or an IP address, without port or `*`',
    ],
  ],
  [
    'a port that is the scheme’s own',
    http('url: "https://example.com", allow_private_hosts: ["x:80", "::1"]'),
    [
      'agents.yaml:7:67 agents.desk.tools[0].http.allow_private_hosts[0]: must be a host name or an IP address, without port or `*`',
    ],
  ],
  [
    'a header of two lines',
    http('url: "https://example.com", headers: { a: "b\\n", c: "{{ call.sid\\n}}" }'),
    [
      'agents.yaml:7:59 agents.desk.tools[0].http.headers.a: must be one line; a text behind `|` or `>` ends with a line break',
    ],
  ],
  [
    'a filter that does not exist',
    http('url: "https://example.com/?day={{ args.day | urlencode }}"'),
    ['agents.yaml:7:48 agents.desk.tools[0].http.url: not a valid template: undefined filter: urlencode'],
  ],
  [
    'a template in the body that is not closed',
    http('method: POST, url: "https://example.com", body: { day: ["{{ args.day"] }'),
    ['agents.yaml:7:74 agents.desk.tools[0].http.body.day[0]: not a valid template: output "{{ args.day" not closed'],
  ],
  [
    'a body on a GET',
    http('url: "https://example.com", body: { day: 1 }'),
    ['agents.yaml:7:51 agents.desk.tools[0].http.body: a GET request has no body; use `query`'],
  ],
  [
    'a form on a HEAD',
    http('method: HEAD, url: "https://example.com", form: { day: 1 }'),
    ['agents.yaml:7:65 agents.desk.tools[0].http.form: a HEAD request has no body; use `query`'],
  ],
  [
    'a body and a form',
    http('method: POST, url: "https://example.com", body: a, form: { day: 1 }'),
    ['agents.yaml:7:74 agents.desk.tools[0].http.form: stands in place of `body`; use one of them'],
  ],
  [
    'a header name with a space for the idempotency key',
    http('method: POST, url: "https://example.com", idempotency_header: x key'),
    ['agents.yaml:7:79 agents.desk.tools[0].http.idempotency_header: is not a header name'],
  ],
  [
    'a result that is no template',
    http('url: "https://example.com", result: { a: "{{ response.body" }'),
    ['agents.yaml:7:59 agents.desk.tools[0].http.result.a: not a valid template: output "{{ response.body" not closed'],
  ],
  [
    'a method in small letters',
    http('method: post, url: "https://example.com"'),
    [
      'agents.yaml:7:25 agents.desk.tools[0].http.method: must be `GET`, `HEAD`, `OPTIONS`, `POST`, `PUT`, `PATCH` or `DELETE`, not `post` (did you mean `POST`?)',
    ],
  ],
  [
    'headers that cannot be sent',
    http('url: "https://example.com", headers: { "x key": a, Host: b, x-version: 2 }'),
    [
      'agents.yaml:7:56 agents.desk.tools[0].http.headers: `x key` is not a header name',
      'agents.yaml:7:68 agents.desk.tools[0].http.headers: `Host` is written by the connection itself; leave it out',
      'agents.yaml:7:88 agents.desk.tools[0].http.headers.x-version: must be text, not a number; put it in quotes',
    ],
  ],
  [
    'a query value that is a list',
    http('url: "https://example.com", query: { days: [1] }'),
    ['agents.yaml:7:60 agents.desk.tools[0].http.query.days: must be text, a number, `true` or `false`, not a list'],
  ],
  [
    'a timeout nobody waits for',
    http('url: "https://example.com", timeout_ms: 90000'),
    ['agents.yaml:7:57 agents.desk.tools[0].http.timeout_ms: must be between 100 and 60000, not `90000`'],
  ],
];

const MCP_MISTAKES: BrokenTool[] = [
  [
    'neither a url nor a command',
    '  - mcp: { headers: { a: b } }',
    [
      'agents.yaml:5:14 agents.desk.tools[0].mcp: needs either a `url` or a `command`',
      'agents.yaml:5:25 agents.desk.tools[0].mcp.headers: belongs to a `url`',
    ],
  ],
  [
    'both',
    '  - mcp: { url: "https://example.com", command: npx }',
    ['agents.yaml:5:14 agents.desk.tools[0].mcp: needs either a `url` or a `command`'],
  ],
  [
    'a private host that is not allowed',
    '  - mcp: { url: "http://10.0.0.1/mcp" }',
    [
      'agents.yaml:5:21 agents.desk.tools[0].mcp.url: the host is a private address; to reach it, list it under `allow_private_hosts`',
    ],
  ],
  [
    'a prefix that no function has',
    '  - mcp: { command: npx }\n    prefix: 1x',
    [
      'agents.yaml:6:17 agents.desk.tools[0].prefix: starts with a letter or `_` and has at most 32 of A-Z a-z 0-9 _ . : -',
    ],
  ],
];

const MODULE_MISTAKES: BrokenTool[] = [
  [
    'a name without a path',
    '  - module: find.js',
    ['agents.yaml:5:17 agents.desk.tools[0].module: must be a path that starts with `./`, `../` or `/`'],
  ],
  [
    'a path that leaves the folder unnoticed',
    '  - module: ./tools/../../find.js',
    [
      'agents.yaml:5:17 agents.desk.tools[0].module: leaves the folder of this file; write it with `../`, or as a full path',
    ],
  ],
  [
    'a module in another language',
    '  - module: ./find.ts',
    ['agents.yaml:5:17 agents.desk.tools[0].module: must be a JavaScript module: `.js`, `.mjs` or `.cjs`'],
  ],
  [
    'an export that no module has',
    '  - module: ./find.js\n    export: a-b',
    ['agents.yaml:6:17 agents.desk.tools[0].export: is no name that a module can export'],
  ],
];

const LIMIT_MISTAKES: BrokenTool[] = [
  [
    'two bounds on its runs',
    `${http('url: "https://example.com"')}\n    once_per_call: true\n    max_per_call: 2`,
    ['agents.yaml:9:23 agents.desk.tools[0].max_per_call: `once_per_call` already says how often; use one of them'],
  ],
  [
    'a bound of nothing',
    `${http('url: "https://example.com"')}\n    max_per_call: 0`,
    ['agents.yaml:8:23 agents.desk.tools[0].max_per_call: must be between 1 and 1000, not `0`'],
  ],
  [
    'a silent question',
    `${http('url: "https://example.com"')}\n    confirm: true\n    blocking: false\n    when_done: silent`,
    [
      'agents.yaml:10:20 agents.desk.tools[0].when_done: the model must speak to ask the caller: with `confirm`, use `interrupt` or `when_idle`',
    ],
  ],
  [
    'a misspelt limit',
    `${http('url: "https://example.com"')}\n    confirmed: true`,
    ['agents.yaml:8:9 agents.desk.tools[0]: unknown key `confirmed` (did you mean `confirm`?)'],
  ],
];

const VARIABLE_WARNINGS: BrokenTool[] = [
  [
    'an argument that is not declared',
    '  - name: hours\n    description: Opening hours.\n    parameters: { type: object, properties: { day: { type: string } } }\n    http: { url: "https://example.com/?day={{ args.dya }}" }',
    [
      'agents.yaml:8:51 warning: agents.desk.tools[0].http.url: `{{ args.dya }}` is always empty (did you mean `args.day`?)',
    ],
  ],
  [
    'an argument of a function without any',
    http('url: "https://example.com/{{ args.day }}"'),
    ['agents.yaml:7:46 warning: agents.desk.tools[0].http.url: `args` is empty: the function has no `parameters`'],
  ],
  [
    'a part of an answer that there is not',
    http('url: "https://example.com", result: "{{ response.boddy.name }}"'),
    [
      'agents.yaml:7:57 warning: agents.desk.tools[0].http.result: `{{ response.boddy }}` is always empty (did you mean `response.body`?)',
    ],
  ],
  [
    'an answer before there is one',
    http('url: "https://example.com/{{ response.status }}"'),
    [
      'agents.yaml:7:46 warning: agents.desk.tools[0].http.url: `{{ response }}` is always empty; there are caller, call, now, collected, args',
    ],
  ],
];

describe.each([
  ['is of the wrong kind', KIND_MISTAKES],
  ['makes a request that cannot be made', HTTP_MISTAKES],
  ['names an MCP server that cannot be', MCP_MISTAKES],
  ['names a module that cannot be', MODULE_MISTAKES],
  ['has limits that cannot be kept', LIMIT_MISTAKES],
  ['uses what is not there', VARIABLE_WARNINGS],
])('a tool that %s', (_kind, tools) => {
  it.each(tools)('says what is wrong with %s', (_mistake, text, said) => {
    expect(problemsIn(fileWith(text))).toEqual(said);
  });
});

describe('the variables of `on_cancel`', () => {
  it('include what the call gave', () => {
    const undo = 'on_cancel: { url: "https://example.com/{{ reslt.id }}", body: "{{ result.any.thing }}" }';
    expect(problemsIn(fileWith(`${http('url: "https://example.com"')}\n    ${undo}`))).toEqual([
      'agents.yaml:8:51 warning: agents.desk.tools[0].on_cancel.url: `{{ reslt }}` is always empty (did you mean `result`?)',
    ]);
  });
});

describe('the variables of an agent’s texts', () => {
  it('are warned of where no call has them, at their own line and column', () => {
    const text =
      'agents:\n  desk:\n    instructions: |\n      Hello.\n      You speak with {{ caler.number }} about {{ call.sip_headers.x-topic }}.\n';
    expect(problemsIn(text)).toEqual([
      'agents.yaml:5:25 warning: agents.desk.instructions: `{{ caler }}` is always empty (did you mean `caller`?)',
    ]);
  });

  it('may be made by the template itself', () => {
    const text = deskWith(
      'greeting: "{% assign who = caller.number %}{% for p in call.parameters %}{{ p[1] }}{{ who }}{% endfor %}"',
    );
    expect(problemsIn(text)).toEqual([]);
  });
});
