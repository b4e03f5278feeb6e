// Makes src/audio/fir-kernel-module.ts anew, after a change of fir-kernel.wat: `npm run build:kernel`.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

const SOURCE = new URL('../../src/audio/fir-kernel.wat', import.meta.url);
export const KERNEL_MODULE = new URL('../../src/audio/fir-kernel-module.ts', import.meta.url);

/** The TypeScript file that stands for the kernel's source. */
export async function assembleKernel(): Promise<string> {
  const toolkit = await wabt();
  const module = toolkit.parseWat(fileURLToPath(SOURCE), readFileSync(SOURCE), { simd: true });
  module.validate();
  const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64');
  module.destroy();
  const lines = base64.match(/.{1,110}/g) ?? [];
  return (
    '// Assembled from fir-kernel.wat by `npm run build:kernel`; not to be edited.\n' +
    `export const FIR_KERNEL_MODULE =\n${lines.map((line) => `  '${line}'`).join(' +\n')};\n`
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(KERNEL_MODULE, await assembleKernel());
