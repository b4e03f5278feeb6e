import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { checkAgents } from '../../src/agents/check-agents.js';
import { agentsJsonSchema } from '../../src/agents/schema/json-schema.js';
import { kindsOf } from '../../src/agents/schema/schema-walk.js';
import { TOOL_KINDS } from '../../src/agents/schema/tool-schema.js';
import { step } from '../../src/call/machine.js';
import type { CallEndReason } from '../../src/call/ports.js';
import { runCli } from '../../src/cli/cli.js';
import { loadTestFiles } from '../../src/cli/test/test-file.js';
import { testFileSchema } from '../../src/cli/test/test-file-schema.js';
import { ERROR_CODES } from '../../src/errors.js';
import { clientMessageSchema } from '../../src/live/wire.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** The part of a page below a heading, up to the next one of the same or a higher rank. */
function section(page: string, heading: string): string {
  const [, marks = '', text = ''] = new RegExp(`^(#+) ${heading}\\n([^]*)`, 'm').exec(read(page)) ?? [];
  expect(marks, `${page} has a part "${heading}"`).not.toBe('');
  return text.split(new RegExp(`^#{1,${marks.length}} `, 'm'))[0]!;
}

/** The rows of all tables in a text, without their heads. */
function rows(markdown: string): string[][] {
  return [...markdown.matchAll(/^\|.*\|\n\|[-| ]+\|\n((?:\|.*\|\n)*)/gm)].flatMap(([, body = '']) =>
    body
      .trimEnd()
      .split('\n')
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  );
}

/** What a table has in the first column, code marks taken off. */
function names(markdown: string): string[] {
  return rows(markdown).map(([name = '']) => name.replaceAll('`', ''));
}

function sourceOf(file: string): ts.SourceFile {
  return ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
}

/** The node of a top-level type or constant. */
function declared(file: string, name: string): ts.Node {
  let found: ts.Node | undefined;
  function visit(node: ts.Node): void {
    if (ts.isTypeAliasDeclaration(node) && node.name.text === name) found = node.type;
    if (ts.isVariableDeclaration(node) && node.name.getText() === name) found = node.initializer;
    ts.forEachChild(node, visit);
  }
  visit(sourceOf(file));
  if (!found) throw new Error(`${file} declares no ${name}`);
  return found;
}

function unionMembers(node: ts.Node): readonly ts.TypeNode[] {
  if (!ts.isUnionTypeNode(node)) throw new Error('not a union');
  return node.types;
}

function literal(node: ts.Node): string {
  return node.getText().replace(/^'|'$/g, '');
}

const endReasons = unionMembers(declared('src/call/ports.ts', 'CallEndReason')).map(literal) as CallEndReason[];

describe('agent-tests.md', () => {
  it('shows a file that can be played', async () => {
    const [, yaml = ''] = /^```yaml\n([^]*?)^```/m.exec(read('docs/agent-tests.md')) ?? [];
    const folder = mkdtempSync(join(tmpdir(), 'liveline-docs-'));
    const file = join(folder, 'shown.test.yaml');
    writeFileSync(file, yaml.replaceAll('./clinic', join(root, 'config/examples/clinic')));
    const files = await loadTestFiles([file], { env: {}, real: false }).finally(() =>
      rmSync(folder, { recursive: true }),
    );
    expect(files.flatMap(({ tests }) => tests)).toHaveLength(1);
  });

  it('explains every key of a file, and every step', () => {
    const shape = testFileSchema.shape;
    const explained = names(section('docs/agent-tests.md', 'A file'));
    expect(explained).toEqual(Object.keys(shape));
    const steps = names(section('docs/agent-tests.md', 'Steps')).map((name) => name.split(':')[0]);
    expect(steps.sort()).toEqual(kindsOf(shape.tests.element.shape.steps.element).sort());
  });
});

describe('errors.md', () => {
  it('explains every error code, and no other', () => {
    expect(names(section('docs/errors.md', 'Codes')).sort()).toEqual([...ERROR_CODES].sort());
  });

  it('explains every reason for which a call ends, and no other', () => {
    expect(names(section('docs/errors.md', 'Why a call ended')).sort()).toEqual([...endReasons].sort());
  });
});

describe('teardown.md', () => {
  it('has every reason, with the close code that the call gives it', () => {
    const table = rows(section('docs/teardown.md', 'Every way'));
    expect(table.map(([reason = '']) => reason.replaceAll('`', '')).sort()).toEqual([...endReasons].sort());
    for (const [cell = '', , , code = ''] of table) {
      const reason = cell.replaceAll('`', '') as CallEndReason;
      const { effects } = step({ name: 'active', reopened: 0 }, { type: 'end-ordered', reason });
      const closed = effects.find((effect) => effect.type === 'close-caller');
      if (code !== '–') expect(`${reason} ${code}`).toBe(`${reason} ${closed?.code}`);
      expect(section('docs/errors.md', 'Close codes we send')).toContain(String(closed?.code));
    }
  });
});

describe('events.md', () => {
  /** Field names by event type, those under `pii` apart; a field that not every variant has is optional. */
  function eventFields(): Map<string, { fields: Set<string>; pii: Set<string> }> {
    const events = new Map<string, { fields: Set<string>; pii: Set<string> }[]>();
    for (const member of unionMembers(declared('src/call/events.ts', 'CallEventBody'))) {
      if (!ts.isTypeLiteralNode(member)) throw new Error('an event is not an object');
      const variant = { fields: new Set<string>(), pii: new Set<string>() };
      let type = '';
      for (const field of member.members) {
        if (!ts.isPropertySignature(field) || !field.type) throw new Error('an event has something but fields');
        const name = field.name.getText();
        if (name === 'type') type = literal(field.type);
        else if (name === 'pii' && ts.isTypeLiteralNode(field.type)) {
          for (const inner of field.type.members)
            variant.pii.add((inner.name?.getText() ?? '') + (inner.questionToken ? '?' : ''));
        } else variant.fields.add(name + (field.questionToken ? '?' : ''));
      }
      events.set(type, [...(events.get(type) ?? []), variant]);
    }
    return new Map(
      [...events].map(([type, variants]) => {
        const merged = (key: 'fields' | 'pii') =>
          new Set(
            variants
              .flatMap((variant) => [...variant[key]])
              .map((name) =>
                name.endsWith('?') || variants.every((variant) => variant[key].has(name)) ? name : `${name}?`,
              ),
          );
        return [type, { fields: merged('fields'), pii: merged('pii') }];
      }),
    );
  }

  it('lists every event with its fields, and no other', () => {
    const listed = rows(read('docs/events.md')).map(([type = '', fields = '', pii = '']) => {
      const codes = (cell: string) => new Set([...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
      return [type.replaceAll('`', ''), { fields: codes(fields), pii: codes(pii) }] as const;
    });
    expect(listed.length).toBeGreaterThan(15);
    expect(new Map(listed)).toEqual(eventFields());
  });
});

describe('protocol.md', () => {
  it('names for every bound a constant that is where it says', () => {
    const bounds = rows(section('docs/protocol.md', 'Every bound'));
    expect(bounds.length).toBeGreaterThan(30);
    for (const [what, , place = ''] of bounds) {
      const [, constant = '', file = ''] = /^`(\w+)` in `([\w./-]+)`$/.exec(place) ?? [];
      expect(file, `${what}: ${place}`).not.toBe('');
      expect(read(file), `${what}: ${place}`).toMatch(new RegExp(`\\b${constant}\\b`));
    }
  });
});

describe('live-api.md', () => {
  /** Keys of an agent that are about the call or the caller's side, and not about the model. */
  const ofTheCall = [
    ...['default', 'numbers', 'model', 'greeting', 'fallback', 'hold', 'dtmf', 'limits', 'tools'],
    ...['hours', 'block', 'before_call', 'after_call', 'outbound', 'disclosure'],
  ];
  const tables = ['Settings', 'Tools', 'During a call'].map((part) => rows(section('docs/live-api.md', part)));
  const [settings = [], tools = []] = tables;

  function codes(cell: string): string[] {
    return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  }

  /** Every key of an agent that holds no map with keys of its own, as a path. */
  function keysUnder(schema: unknown, path: string): string[] {
    const { properties } = schema as { properties?: Record<string, unknown> };
    if (!properties) return [path];
    return Object.entries(properties).flatMap(([key, value]) => keysUnder(value, path === '' ? key : `${path}.${key}`));
  }

  const file = agentsJsonSchema() as { properties: { agents: { additionalProperties: object } } };
  const keys = keysUnder(file.properties.agents.additionalProperties, '');

  it('has a row for every key that is about the model, and for no other', () => {
    const rowsOf = settings.flatMap(([, key = '']) => codes(key));
    const aboutModel = keys.filter((key) => !ofTheCall.includes(key.split('.')[0]!) && key !== 'turn.protect_greeting');
    expect([...new Set([...rowsOf, 'session.resume'])].sort()).toEqual(aboutModel.sort());
  });

  it('has a row for every kind of tool, and for no other', () => {
    const kinds = tools.flatMap(([, key = '']) => codes(key)).map((key) => key.replace('tools[].', ''));
    expect(kinds.filter((kind) => !['blocking', 'when_done', 'on_cancel'].includes(kind)).sort()).toEqual(
      [...TOOL_KINDS].sort(),
    );
  });

  it('names the fields of a setup as the wire has them', () => {
    const { properties } = z.toJSONSchema(clientMessageSchema, { io: 'input', unrepresentable: 'any' }) as unknown as {
      properties: { setup: object };
    };
    const known = keysUnder(properties.setup, '');
    const named = settings
      .flatMap(([, , field = '']) => codes(field))
      .filter((field) => !/^(?:X-|usage|clientContent$)/.test(field));
    expect(named.length).toBeGreaterThan(25);
    expect(named.filter((field) => !known.some((one) => one === field || one.startsWith(`${field}.`)))).toEqual([]);
  });

  it('names a test for every row', () => {
    for (const [what, ...cells] of tables.flat()) expect(cells.at(-1), what).toMatch(/^`test\/[\w./-]+\.test\.ts`$/);
  });
});

describe('architecture.md', () => {
  it('has a row for every room', () => {
    const named = [...section('docs/architecture.md', 'Rooms').matchAll(/`(src\/[\w./-]+)`/g)].map(([, path]) => path);
    const there = readdirSync(join(root, 'src'), { withFileTypes: true }).map(
      (entry) => `src/${entry.name}${entry.isDirectory() ? '/' : ''}`,
    );
    expect(there.filter((path) => !named.includes(path))).toEqual([]);
  });
});

describe('README.md', () => {
  const known = (declared('src/cli/environment.ts', 'variablesSchema') as ts.CallExpression).arguments[0]!;
  const variables = (known as ts.ObjectLiteralExpression).properties.map((property) => property.name?.getText() ?? '');

  it('lists every variable that is read, and no other', () => {
    expect(names(section('README.md', 'Variables')).sort()).toEqual([...variables].sort());
  });

  it('is not contradicted by the example of an environment', () => {
    const named = [...read('.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !variables.includes(name ?? ''))).toEqual([]);
  });

  async function help(...args: string[]): Promise<string> {
    let printed = '';
    const print = (text: string) => void (printed += text);
    expect(await runCli([...args, '--help'], { print, complain: print, env: {}, isInteractive: false })).toBe(0);
    return printed;
  }

  it('lists every command with its options, and no other', async () => {
    const commands = [...(await help()).matchAll(/^ {2}(\w+) (?:\[|<|\w)/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help');
    const usages = rows(section('README.md', 'Commands')).map(([usage = '']) => usage.replaceAll('`', ''));
    expect(usages.map((usage) => usage.split(' ')[1]).sort()).toEqual(commands.sort());
    for (const usage of usages) {
      const options = [...(await help(usage.split(' ')[1]!)).matchAll(/^ +(?:-\w, )?(--[\w-]+) .* {2}/gm)]
        .map(([, option]) => option)
        .filter((option) => option !== '--help');
      expect([...usage.matchAll(/--[\w-]+/g)].map(([option]) => option).sort(), usage).toEqual(options.sort());
    }
  });
});

describe('every page', () => {
  /** A heading as GitHub turns it into an anchor. */
  function anchor(heading: string): string {
    return heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
  }

  // The page about tools has shorter ones too, and tries them out in a test of its own.
  const examples = pages
    .filter((page) => page !== 'docs/tools.md')
    .flatMap((page) =>
      [...read(page).matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, yaml = '']) => [page, yaml] as const),
    )
    .filter(([, yaml]) => /^agents:$/m.test(yaml));

  it('that shows agents is known', () => {
    const shown = new Set(examples.map(([page]) => page));
    expect([...shown]).toEqual(expect.arrayContaining(['README.md', 'docs/answering.md', 'docs/live-api.md']));
  });

  it.each(examples)('%s shows agents that are valid: example %#', (page, yaml) => {
    const { agents, problems } = checkAgents(yaml, page, { env: {} });
    expect(problems).toEqual([]);
    expect(agents?.agents.size).toBeGreaterThan(0);
  });

  it.each(pages)('%s links to what is there', (page) => {
    const text = read(page).replace(/```[^]*?```/g, '');
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = '', fragment] = target.split('#');
        const file = path === '' ? page : join(dirname(page), path);
        if (!existsSync(join(root, file))) return true;
        if (fragment === undefined) return false;
        const headings = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchor(heading));
        return !headings.includes(fragment);
      });
    expect(broken).toEqual([]);
  });

  it.each(pages)('%s names files that are there', (page) => {
    const named = [...read(page).matchAll(/`((?:src|test|config|assets|docs|bin|\.ci)\/[\w./-]+)`/g)].map(
      ([, path = '']) => path,
    );
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
