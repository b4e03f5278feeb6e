import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/errors.js';
import { createModuleLibrary } from '../../../src/tools/module-library.js';
import { ManualClock } from '../../support/manual-clock.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'liveline-modules-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function moduleWith(source: string, extension = 'mjs'): Promise<string> {
  const file = join(folder, `module-${(files += 1)}.${extension}`);
  await writeFile(file, source);
  return file;
}

async function load(source: string, exportName = 'default', extension = 'mjs') {
  const clock = new ManualClock();
  const file = await moduleWith(source, extension);
  const tool = await createModuleLibrary(clock).load(file, exportName);
  expect(clock.pendingTimers).toBe(0);
  return tool;
}

async function mistakeOf(source: string, exportName?: string): Promise<string> {
  const error = await load(source, exportName).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).detail;
}

describe('the tool of a module', () => {
  it('is its default export, a function', async () => {
    const tool = await load('export default (args) => args.a + 1;');
    expect(tool.run({ a: 1 }, undefined as never)).toBe(2);
  });

  it('is the export of the name, an object that describes itself', async () => {
    const tool = await load(
      `export const find = {
        name: 'find', description: 'Finds.', timeoutMs: 900,
        parameters: { $schema: 'x', type: 'object', properties: { a: { const: 'b' } }, additionalProperties: false },
        word: 'found', run() { return this.word; },
      };`,
      'find',
    );
    expect(tool).toMatchObject({
      name: 'find',
      description: 'Finds.',
      timeoutMs: 900,
      parameters: { type: 'object', properties: { a: { type: 'string', enum: ['b'] } } },
    });
    expect(tool.run({}, undefined as never), 'a method keeps its object').toBe('found');
    expect(tool).not.toHaveProperty('undo');
  });

  it('may be an instance of a class', async () => {
    const tool = await load(
      'class Finder { description = "Finds."; run() { return this.description; } undo() { return 1; } }\nexport default new Finder();',
    );
    expect(tool.run({}, undefined as never)).toBe('Finds.');
    expect(tool.undo?.({}, undefined as never)).toBe(1);
  });

  it('may stand in a CommonJS module', async () => {
    expect((await load('module.exports = () => 7;', 'default', 'cjs')).run({}, undefined as never)).toBe(7);
    expect((await load('exports.find = () => 8;', 'find', 'cjs')).run({}, undefined as never)).toBe(8);
  });

  it.each(['mjs', 'cjs'])('is loaded anew when its file has changed (.%s)', async (extension) => {
    const write = (value: number) =>
      extension === 'mjs' ? `export default () => ${value};` : `module.exports = () => ${value};`;
    const library = createModuleLibrary(new ManualClock());
    const file = await moduleWith(write(1), extension);
    expect((await library.load(file, 'default')).run({}, undefined as never)).toBe(1);
    await writeFile(file, write(2));
    await utimes(file, new Date(), new Date(Date.now() + 5000));
    const tool = await library.load(file, 'default');
    expect(tool.run({}, undefined as never)).toBe(2);
    expect(library.loaded(file, 'default')).toBe(tool);
  });

  it('is run once, however often it is loaded while it stays the same', async () => {
    const source =
      'globalThis.timesLoaded = (globalThis.timesLoaded ?? 0) + 1;\nexport default () => globalThis.timesLoaded;';
    const library = createModuleLibrary(new ManualClock());
    const file = await moduleWith(source);
    await library.load(file, 'default');
    expect((await library.load(file, 'default')).run({}, undefined as never)).toBe(1);
  });
});

describe('a module that cannot be used', () => {
  it.each<[string, string, string | undefined, RegExp]>([
    [
      'has no such export',
      'export const a = 1;\nexport const b = 2;',
      undefined,
      /^the default export is missing; it exports `a`, `b`$/,
    ],
    ['exports nothing', '', 'find', /^the export `find` is missing; it exports nothing$/],
    ['exports no function', 'export default 7;', undefined, /^the default export is neither a function nor an object/],
    ['exports null', 'export default null;', undefined, /neither a function nor an object/],
    ['exports an object without `run`', 'export default { name: "a" };', undefined, /with the function `run`$/],
    ['says a name that is none', 'export default { name: 7, run() {} };', undefined, /`name` must be text$/],
    ['describes nothing', 'export default { description: [], run() {} };', undefined, /`description` must be text$/],
    ['has no schema', 'export default { parameters: [], run() {} };', undefined, /`parameters` must be a JSON Schema$/],
    [
      'describes arguments that are no object',
      'export default { parameters: { type: "array" }, run() {} };',
      undefined,
      /`parameters` must be the schema of an object: `type: "object"`$/,
    ],
    [
      'has a type that is none',
      `const day = { anyOf: [{ type: ["string", "null"] }, { type: "array", items: { type: "strnig" } }] };
      export default { parameters: { properties: { same: day, day } }, run() {} };`,
      undefined,
      /`type` of `parameters\.properties\.same\.anyOf\.1\.items` must be one of string, number, /,
    ],
    ['cannot undo', 'export default { undo: 1, run() {} };', undefined, /`undo` must be a function$/],
    [
      'takes too long',
      'export default { timeoutMs: 1e6, run() {} };',
      undefined,
      /`timeoutMs` must be between 100 and 60000$/,
    ],
    ['throws', 'throw new Error("no database\\nsecond line");', undefined, /^cannot be loaded: no database$/],
    ['throws anything', 'throw 7;', undefined, /it throws something that is no error$/],
    ['imports what is not there', 'import "./no-such.js";', undefined, /^cannot be loaded: Cannot find module/],
  ])('%s', async (_what, source, exportName, message) => {
    expect(await mistakeOf(source, exportName)).toMatch(message);
  });

  it('is not there, or is a folder', async () => {
    const library = createModuleLibrary(new ManualClock());
    await expect(library.load(join(folder, 'no.mjs'), 'default')).rejects.toThrow('there is no such file');
    await expect(library.load(folder, 'default')).rejects.toThrow('is no file');
  });

  it('never finishes', async () => {
    const clock = new ManualClock();
    const file = await moduleWith('await new Promise(() => undefined);\nexport default () => 1;');
    const loading = createModuleLibrary(clock).load(file, 'default');
    const failed = expect(loading).rejects.toThrow('is not loaded within 10 s');
    while (clock.pendingTimers === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(10_000);
    await failed;
  });

  it('leaves the one that was loaded before', async () => {
    const library = createModuleLibrary(new ManualClock());
    const file = await moduleWith('export default () => 1;');
    const tool = await library.load(file, 'default');
    await writeFile(file, 'export default 7;');
    await utimes(file, new Date(), new Date(Date.now() + 5000));
    await expect(library.load(file, 'default')).rejects.toThrow('neither');
    expect(library.loaded(file, 'default')).toBe(tool);
  });
});
