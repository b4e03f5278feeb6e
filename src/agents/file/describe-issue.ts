import * as z from 'zod';
import type { Finding, Path } from '../problem.js';
import { enumerated, nearest, oneOf, suggestion } from '../problem.js';
import { isPlainMap, keysOf, kindsOf, schemaAt, valueAt } from '../schema/schema-walk.js';
import { TEMPLATE_ISSUE, templateMistake } from '../schema/template-field.js';
import { explanationOf, synonymOf } from '../schema/vocabulary.js';

/** Longest value that a message repeats. */
const SHOWN_CHARS = 40;

/** What a part of the file was checked against, and how to look up what the user wrote. */
export interface Checked {
  /** Whether the part is `defaults`. */
  isDefaults: boolean;
  schema: z.core.$ZodType;
  value: unknown;
  /** What stands in the file at a path within the part, before variables were filled in. */
  writtenAt(path: Path): { text: string; hadVariables: boolean } | undefined;
}

/** Says in words what zod found: what is wrong, what is allowed, what was probably meant. Paths start at the part. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], checked: Checked): Finding[] {
  return issues.flatMap((issue) => describeIssue(issue, issue.path as Path, checked));
}

function describeIssue(issue: z.core.$ZodIssue, path: Path, checked: Checked): Finding[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, checked));
    case 'invalid_union':
      if ('options' in issue && issue.discriminator !== undefined) {
        return [wrongValue(issue.options.map(String), path, checked)];
      }
      return describeUnion(issue, path, checked);
    case 'invalid_type':
      return [wrongType(issue.expected, path, checked)];
    case 'invalid_value':
      return [wrongValue(issue.values.map(String), path, checked)];
    case 'too_small':
    case 'too_big':
      return [{ path, message: outOfRange(issue, path, checked) }];
    case 'invalid_key': {
      const why = issue.issues[0]?.message ?? 'cannot be used';
      return [{ path, at: 'key', message: `\`${String(path.at(-1))}\` ${why}` }];
    }
    case 'custom':
      if (issue.params?.['kind'] === TEMPLATE_ISSUE) return [brokenTemplate(issue.message, path, checked)];
      return [{ path, message: issue.message }];
    default:
      return [{ path, message: issue.message }];
  }
}

function unknownKey(path: Path, key: string, checked: Checked): Finding {
  return { path: [...path, key], at: 'key', message: unknownKeyMessage(path, key, checked) };
}

function unknownKeyMessage(path: Path, key: string, checked: Checked): string {
  const explanation = explanationOf(key, checked.isDefaults && path.length === 0);
  if (explanation !== undefined) return explanation;
  const kinds = kindsAround(path, checked);
  if (kinds.includes(key))
    return `\`${key}\` cannot stand beside ${oneOf(kinds.filter((kind) => kind !== key && hasKey(path, kind, checked)))}`;
  const allowed = keysOf(schemaAt(checked.schema, path, checked.value));
  const synonym = synonymOf(key);
  if (synonym !== undefined && allowed.includes(synonym))
    return `unknown key \`${key}\` (did you mean \`${synonym}\`?)`;
  if (nearest(key, allowed) === undefined) {
    const parent = allowed.find((name) =>
      keysOf(schemaAt(checked.schema, [...path, name], checked.value)).includes(key),
    );
    if (parent !== undefined) return `\`${key}\` belongs under \`${parent}\``;
  }
  return `unknown key \`${key}\`${suggestion(key, allowed)}`;
}

function describeUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path, checked: Checked): Finding[] {
  const value = valueAt(checked.value, path);
  const kinds = kindsAround(path, checked);
  if (kinds.length === 0) return describeAlternatives(issue, path, checked);
  if (!isPlainMap(value)) return [wrongType('object', path, checked)];
  const [first, second] = kinds.filter((kind) => Object.hasOwn(value, kind));
  if (first === undefined) return [noKind(value, kinds, path, checked)];
  if (second !== undefined) return [unknownKey(path, second, checked)];
  const branch = issue.errors[kinds.indexOf(first)] ?? [];
  return branch.flatMap((inner) => describeIssue(inner, [...path, ...(inner.path as Path)], checked));
}

/** A value that may be of several types: either it is of none of them, or something else is wrong with it. */
function describeAlternatives(issue: z.core.$ZodIssueInvalidUnion, path: Path, checked: Checked): Finding[] {
  const meant = issue.errors.find((branch) => branch.every((inner) => wantedTypes(inner).length === 0));
  if (meant) return meant.flatMap((inner) => describeIssue(inner, [...path, ...(inner.path as Path)], checked));
  const value = valueAt(checked.value, path);
  const wanted = [...new Set(issue.errors.flat().flatMap(wantedTypes))];
  return [
    {
      path,
      message: `must be ${enumerated(wanted)}${typeof value === 'object' ? `, not ${typeWord(value)}` : notThis(path, checked)}`,
    },
  ];
}

/** What a value of another type should have been, in words; none where it is something in the value that is wrong. */
function wantedTypes(issue: z.core.$ZodIssue): string[] {
  if (issue.path.length > 0) return [];
  if (issue.code === 'invalid_value') return issue.values.map((value) => `\`${String(value)}\``);
  if (issue.code !== 'invalid_type') return [];
  return issue.expected === 'boolean' ? ['`true`', '`false`'] : [TYPE_WORDS[issue.expected] ?? issue.expected];
}

/** A map that chose none of the forms it could have. */
function noKind(value: Record<string, unknown>, kinds: string[], path: Path, checked: Checked): Finding {
  for (const key of Object.keys(value)) {
    const meant = nearest(key, kinds);
    if (meant !== undefined) {
      return { path: [...path, key], at: 'key', message: `unknown key \`${key}\` (did you mean \`${meant}\`?)` };
    }
    const parent = kinds.find((kind) => keysOf(formAround(path, kind, checked)).includes(key));
    if (parent !== undefined)
      return { path: [...path, key], at: 'key', message: `\`${key}\` belongs under \`${parent}\`` };
  }
  return { path, message: `needs one of the keys ${oneOf(kinds)}` };
}

/** The forms that the map at `path` can take, where it stands in a list of several. */
function kindsAround(path: Path, checked: Checked): string[] {
  const list = schemaAt(checked.schema, path.slice(0, -1), checked.value);
  return kindsOf(list instanceof z.ZodArray ? list.element : undefined);
}

/** What stands under the key that chooses a form. */
function formAround(path: Path, kind: string, checked: Checked): z.core.$ZodType | undefined {
  const list = schemaAt(checked.schema, path.slice(0, -1), checked.value);
  return list instanceof z.ZodArray ? schemaAt(list.element, [kind], { [kind]: {} }) : undefined;
}

function hasKey(path: Path, key: string, checked: Checked): boolean {
  return valueAt(checked.value, [...path, key]) !== undefined;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function wrongType(expected: string, path: Path, checked: Checked): Finding {
  const value = valueAt(checked.value, path);
  if (value === undefined) return { path, message: `\`${String(path.at(-1))}\` is missing` };
  const wanted = TYPE_WORDS[expected] ?? expected;
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return { path, message: `must be text, not ${typeWord(value)}; put it in quotes` };
  }
  if (expected === 'int' && typeof value === 'number') {
    return { path, message: `must be a whole number${notThis(path, checked)}` };
  }
  const isWrongWord =
    typeof value === 'string' && expected !== 'array' && expected !== 'object' && expected !== 'record';
  return { path, message: `must be ${wanted}${isWrongWord ? notThis(path, checked) : `, not ${typeWord(value)}`}` };
}

function typeWord(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'boolean') return `\`${value}\``;
  return typeof value === 'string' ? 'text' : 'a number';
}

function wrongValue(allowed: readonly string[], path: Path, checked: Checked): Finding {
  const value = valueAt(checked.value, path);
  if (value === undefined) return wrongType('string', path, checked);
  const written = checked.writtenAt(path);
  const meant = written && nearest(written.text, allowed);
  const hint = meant === undefined ? '' : ` (did you mean \`${meant}\`?)`;
  return { path, message: `must be ${oneOf(allowed)}${notThis(path, checked)}${hint}` };
}

function outOfRange(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, path: Path, checked: Checked): string {
  if (issue.origin === 'string' || issue.origin === 'array') return wrongLength(issue);
  const schema = schemaAt(checked.schema, path, checked.value);
  const [min, max] = schema instanceof z.ZodNumber ? [schema.minValue, schema.maxValue] : [null, null];
  const lowest = min !== null && min > Number.MIN_SAFE_INTEGER ? min : undefined;
  const highest = max !== null && max < Number.MAX_SAFE_INTEGER ? max : undefined;
  const range =
    lowest !== undefined && highest !== undefined
      ? `between ${lowest} and ${highest}`
      : lowest !== undefined
        ? `at least ${lowest}`
        : `at most ${highest ?? ''}`;
  return `must be ${range}${notThis(path, checked)}`;
}

function wrongLength(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const what = issue.origin === 'string' ? 'characters' : 'entries';
  if (issue.code === 'too_big') return `may have at most ${issue.maximum} ${what}`;
  return Number(issue.minimum) === 1 ? 'must not be empty' : `must have at least ${issue.minimum} ${what}`;
}

function brokenTemplate(message: string, path: Path, checked: Checked): Finding {
  const written = checked.writtenAt(path);
  // What a variable brought in may be a secret, and Liquid's message quotes the template.
  const safe = written?.hadVariables === true ? templateMistake(written.text) : message;
  if (safe === undefined) return { path, message: 'is no template once its variables are filled in' };
  const [, text = safe, line, column] = /^([\s\S]*?),? line:(\d+), col:(\d+)/.exec(safe) ?? [];
  const within = line === undefined ? {} : { within: { line: Number(line), column: Number(column) } };
  return { path, message: `not a valid template: ${text}`, ...within };
}

function notThis(path: Path, checked: Checked): string {
  const text = checked.writtenAt(path)?.text;
  if (text === undefined) return '';
  return `, not \`${text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text}\``;
}
