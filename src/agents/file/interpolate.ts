import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describeFileError } from '../../errors.js';
import { isSecretName } from '../../secret-names.js';
import type { Problem } from '../problem.js';
import type { YamlSource } from './yaml-source.js';

/** Maps of the file whose variables are secrets, whatever their names. */
const SECRET_MAPS: readonly string[] = ['headers', 'env'];

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
 * @param onFilled told of what was filled in; no name for a file, nothing for a default
 */
export function interpolate(
  text: string,
  env: Environment,
  directory: string,
  onFilled: (value: string, name: string | undefined) => void = () => undefined,
): { text: string; mistakes: InterpolationMistake[] } {
  const mistakes: InterpolationMistake[] = [];
  const filled = text.replaceAll(EXPRESSION, (expression, body: string | undefined) => {
    if (expression === '$${') return '${';
    const result =
      body === undefined
        ? { error: '`${` is not closed by `}`; a literal `${` is written `$${`' }
        : evaluate(body, env, directory);
    if ('value' in result) {
      if (result.from !== 'default') onFilled(result.value, result.from === 'file' ? undefined : result.from.variable);
      return result.value;
    }
    mistakes.push({ expression, message: result.error });
    return '';
  });
  return { text: filled, mistakes };
}

/**
 * Fills in every text value of a file, in place; keys stay as they are.
 * @returns what was filled in and is to be kept secret: from files, by its name, or where credentials stand
 */
export function interpolateSource(source: YamlSource, env: Environment): { problems: Problem[]; secrets: Set<string> } {
  const problems: Problem[] = [];
  const secrets = new Set<string>();
  const directory = dirname(resolve(source.file));
  source.fillTexts((scalar, keys) => {
    const isCredential = keys.some((key) => SECRET_MAPS.includes(key));
    const { text, mistakes } = interpolate(scalar.value, env, directory, (value, name) => {
      if (isCredential || name === undefined || isSecretName(name)) secrets.add(value);
    });
    for (const { expression, message } of mistakes) {
      problems.push({ ...source.positionIn(scalar, expression), severity: 'error', message });
    }
    return mistakes.length > 0 ? undefined : text;
  });
  return { problems, secrets };
}

type Filled = { value: string; from: 'default' | 'file' | { variable: string } } | { error: string };

function evaluate(body: string, env: Environment, directory: string): Filled {
  if (body.startsWith('file:')) return readSecret(body.slice('file:'.length), directory);
  const [, name, operator, operand = ''] = VARIABLE.exec(body) ?? [];
  if (name === undefined) return { error: `\`\${${body}}\` is not one of ${FORMS}` };
  if (operand.includes('${')) return { error: `\`\${${name}…\` holds another \`\${\`; they cannot be nested` };
  const value = env[name];
  if (operator === ':-' && (value === undefined || value === '')) return { value: operand, from: 'default' };
  if (operator === ':?' && (value === undefined || value === ''))
    return { error: `${name}: ${operand || 'is required'}` };
  if (value === undefined) {
    return { error: `environment variable ${name} is not set; set it, or write \`\${${name}:-default}\`` };
  }
  return { value, from: { variable: name } };
}

function readSecret(path: string, directory: string): Filled {
  try {
    const bytes = readFileSync(resolve(directory, path));
    if (bytes.length > MAX_FILE_BYTES) return { error: `\`${path}\` is larger than ${MAX_FILE_BYTES / 1024} KiB` };
    return { value: bytes.toString('utf8').replace(/\r?\n$/, ''), from: 'file' };
  } catch (error) {
    return { error: `cannot read \`${path}\`: ${describeFileError(error)}` };
  }
}
