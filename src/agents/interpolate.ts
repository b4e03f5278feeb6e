import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Problem } from './problem.js';
import type { YamlSource } from './yaml-source.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One expression that could not be filled in. `expression` is as written; no value is ever part of it. */
interface InterpolationMistake {
  expression: string;
  message: string;
}

/** `$${` first, so that it is never taken for the start of an expression; an unclosed `${` last. */
const EXPRESSION = /\$\$\{|\$\{([^}]*)\}|\$\{/g;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:-|:\?)([\s\S]*))?$/;
const FORMS = '`${VAR}`, `${VAR:-default}`, `${VAR:?message}` or `${file:/path}`; a literal `${` is written `$${`';
/** A mounted secret is a line or a key file. */
const MAX_FILE_BYTES = 64 * 1024;

/**
 * Fills in `${VAR}`, `${VAR:-default}`, `${VAR:?message}` and `${file:/path}`; `$${` gives a literal `${`.
 * As in a shell, `:-` and `:?` also apply to a variable that is empty. A file loses its last line break.
 * @param directory where relative `file:` paths start
 */
export function interpolate(
  text: string,
  env: Environment,
  directory: string,
): { text: string; mistakes: InterpolationMistake[] } {
  const mistakes: InterpolationMistake[] = [];
  const filled = text.replaceAll(EXPRESSION, (expression, body: string | undefined) => {
    if (expression === '$${') return '${';
    const result =
      body === undefined
        ? { error: '`${` is not closed by `}`; a literal `${` is written `$${`' }
        : evaluate(body, env, directory);
    if ('value' in result) return result.value;
    mistakes.push({ expression, message: result.error });
    return '';
  });
  return { text: filled, mistakes };
}

/** Fills in every text value of a file, in place; keys stay as they are. */
export function interpolateSource(source: YamlSource, env: Environment): Problem[] {
  const problems: Problem[] = [];
  const directory = dirname(resolve(source.file));
  source.fillTexts((scalar) => {
    const { text, mistakes } = interpolate(scalar.value, env, directory);
    for (const { expression, message } of mistakes) {
      problems.push({ ...source.positionIn(scalar, expression), severity: 'error', message });
    }
    return mistakes.length > 0 ? undefined : text;
  });
  return problems;
}

function evaluate(body: string, env: Environment, directory: string): { value: string } | { error: string } {
  if (body.startsWith('file:')) return readSecret(body.slice('file:'.length), directory);
  const [, name, operator, operand = ''] = VARIABLE.exec(body) ?? [];
  if (name === undefined) return { error: `\`\${${body}}\` is not one of ${FORMS}` };
  if (operand.includes('${')) return { error: `\`\${${name}…\` holds another \`\${\`; they cannot be nested` };
  const value = env[name];
  if (operator === ':-') return { value: value === undefined || value === '' ? operand : value };
  if (operator === ':?' && (value === undefined || value === ''))
    return { error: `${name}: ${operand || 'is required'}` };
  if (value === undefined) {
    return { error: `environment variable ${name} is not set; set it, or write \`\${${name}:-default}\`` };
  }
  return { value };
}

function readSecret(path: string, directory: string): { value: string } | { error: string } {
  try {
    const bytes = readFileSync(resolve(directory, path));
    if (bytes.length > MAX_FILE_BYTES) return { error: `\`${path}\` is larger than ${MAX_FILE_BYTES / 1024} KiB` };
    return { value: bytes.toString('utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    return { error: `cannot read \`${path}\`: ${describeFileError(error)}` };
  }
}

/** Why a file could not be read, in words. */
export function describeFileError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'permission denied';
  if (code === 'EISDIR') return 'it is a directory';
  return typeof code === 'string' ? code : 'it cannot be read';
}
