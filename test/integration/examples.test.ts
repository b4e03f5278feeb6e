import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.js';

const config = fileURLToPath(new URL('../../config', import.meta.url));

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

describe('the examples', () => {
  it('do in conversations what their tests say', { timeout: 180_000 }, async () => {
    const files = [...filesIn(config, '.test.yaml'), ...filesIn(join(config, 'examples'), '.test.yaml')];
    expect(files.length).toBeGreaterThan(1);
    let said = '';
    const exitCode = await runCli(['test', ...files, '--parallel', '6'], {
      print: (text) => (said += text),
      complain: (text) => (said += text),
      env: {},
      isInteractive: false,
    });
    expect(exitCode, said).toBe(0);
  });
});
