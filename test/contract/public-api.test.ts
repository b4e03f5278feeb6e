import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineTool, type ToolDefinition, type ToolModuleContext } from '../../src/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe("what `import … from 'liveline'` gives", () => {
  it('is built from a source that is there, types included', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      types: string;
      exports: Record<'.', { types: string; default: string }>;
    };
    const { types, default: code } = manifest.exports['.'];
    expect([types, manifest.types]).toEqual([code.replace(/js$/, 'd.ts'), types]);
    expect(existsSync(join(root, code.replace('/dist/', '/src/').replace(/js$/, 'ts')))).toBe(true);
    const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8')) as {
      compilerOptions: { declaration: boolean; outDir: string; rootDir: string };
    };
    expect(compilerOptions).toMatchObject({ declaration: true, rootDir: 'src', outDir: 'dist' });
  });

  it('defines a tool without changing it', () => {
    const definition = { description: 'Finds.', run: () => 1 };
    expect(defineTool(definition)).toBe(definition);
  });

  it('types the arguments and the context of a tool', () => {
    const tool = defineTool<{ day: string }>({
      run(args, context) {
        expectTypeOf(args).toEqualTypeOf<{ day: string }>();
        expectTypeOf(context).toEqualTypeOf<ToolModuleContext>();
        // @ts-expect-error there is no such argument
        return args.dya as unknown;
      },
    });
    expectTypeOf(tool).toEqualTypeOf<ToolDefinition<{ day: string }>>();
    // @ts-expect-error a tool runs
    defineTool({ name: 'find' });
    // @ts-expect-error a misspelt key
    defineTool({ run: () => 1, descripton: 'Finds.' });
  });
});
