import { normalize } from 'node:path';

/** What is wrong with the path of a module, or undefined. What lies outside the folder of the file must say so. */
export function modulePathMistake(path: string): string | undefined {
  if (!/^(?:\.{1,2}\/|\/)/.test(path)) return 'must be a path that starts with `./`, `../` or `/`';
  if (path.startsWith('./') && normalize(path).startsWith('..')) {
    return 'leaves the folder of this file; write it with `../`, or as a full path';
  }
  return /\.[cm]?js$/.test(path) ? undefined : 'must be a JavaScript module: `.js`, `.mjs` or `.cjs`';
}
