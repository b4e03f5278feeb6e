import { sentencesOf } from '../../src/emulator/generation.js';
import type { EmulatorScript, Line } from '../../src/emulator/script-schema.js';

/** Every sentence of a script that no template changes. */
export function fixedSentences({ greeting, replies }: EmulatorScript): string[] {
  return [...(greeting ? [greeting] : []), ...replies]
    .flatMap(linesOf)
    .flatMap(({ say }) => (say ? sentencesOf(say.source) : []))
    .filter((sentence) => !/[{}]/.test(sentence));
}

function linesOf(line: Line): Line[] {
  return [line, ...[line.then, line.failed].flatMap((next) => (next ? linesOf(next) : []))];
}
