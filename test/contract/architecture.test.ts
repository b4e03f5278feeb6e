import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { forbidden, options } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as IConfiguration;

async function cruiseSources(baseDir: string): Promise<ICruiseResult> {
  const { output } = await cruise(
    ['src'],
    { ...options, validate: true, ruleSet: { forbidden: forbidden! }, baseDir },
    undefined,
    { tsConfig: extractTSConfig(join(baseDir, 'tsconfig.json')) },
  );
  return output as ICruiseResult;
}

function violations(result: ICruiseResult): string[] {
  return result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
}

describe('the rooms', () => {
  it('keep to the arrows between them', async () => {
    const result = await cruiseSources(root);
    expect(violations(result)).toEqual([]);
    // The tool passes in silence where it cannot read TypeScript.
    expect(result.summary.totalCruised).toBeGreaterThan(30);
    expect(result.modules.filter(({ source }) => source.endsWith('.ts')).length).toBeGreaterThan(30);
  });
});

describe('a planted import', () => {
  const copy = mkdtempSync(join(tmpdir(), 'liveline-architecture-'));
  cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true });
  for (const file of ['package.json', 'tsconfig.json']) cpSync(join(root, file), join(copy, file));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  afterAll(() => rmSync(copy, { recursive: true }));

  const planted: [file: string, source: string, rule: string][] = [
    ['twilio/planted.ts', `import '../live/wire.js';`, 'carrier-and-model-do-not-meet'],
    ['live/planted.ts', `import type {} from '../twilio/wire.js';`, 'carrier-and-model-do-not-meet'],
    ['call/planted.ts', `export type { WebSocket } from 'ws';`, 'the-domain-knows-no-vendor'],
    ['call/planted-2.ts', `import 'node:fs';`, 'the-domain-knows-no-vendor'],
    ['call/agent/planted.ts', `import '../tools/tool-work.js';`, 'arrows-of-call-agent'],
    ['audio/planted.ts', `import 'node:fs';`, 'audio-does-no-io'],
    ['tools/planted.ts', `import '../call/call.js';`, 'arrows-of-tools'],
    ['agents/planted.ts', `import '../call/call.js';`, 'arrows-of-agents'],
    ['emulator/planted.ts', `import '../twilio/signature.js';`, 'arrows-of-emulator'],
    ['http/planted.ts', `import '../live/wire.js';`, 'arrows-of-http'],
    ['observability/planted.ts', `import '../call/call.js';`, 'arrows-of-observability'],
    ['server/planted.ts', `import '../emulator/script.js';`, 'the-emulator-is-loaded-on-demand'],
    ['tools/planted-2.ts', `import 'undici';`, 'heavy-packages-are-loaded-on-demand'],
    ['tools/planted-3.ts', `import './http-exchange.js';`, 'heavy-packages-are-loaded-on-demand'],
    ['models/planted.ts', `import './planted.js';`, 'no-circles'],
    ['cli/planted.ts', `import 'fast-check';`, 'only-shipped-packages'],
    ['cli/planted-2.ts', `import './no-such.js';`, 'resolvable'],
    ['console/planted.ts', `import '../http/app.js';`, 'arrows-of-console'],
    ['console/planted-2.ts', `import '../call/call.js';`, 'arrows-of-console'],
    ['console/planted-3.ts', `import { Playout } from '../call/events.js';`, 'the-page-takes-types-from-the-call'],
    ['attic/planted.ts', `import '../errors.js';`, 'every-file-in-a-room'],
  ];
  for (const [file, source] of planted) {
    const path = join(copy, 'src', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${source}\n`);
  }
  const found = cruiseSources(copy).then(violations);

  it.each(planted)('in %s (%s) breaks a rule: %s', async (file, _source, rule) => {
    expect(await found).toContainEqual(expect.stringContaining(`${rule}: src/${file} → `));
  });
});
