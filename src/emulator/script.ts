import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { ConfigError, describeFileError, LivelineError, type SourcePosition } from '../errors.js';
import { scriptSchema, type EmulatorScript, type EmulatorScriptInput } from './script-schema.js';

/** The script that is shipped: the receptionist of the example agent. */
export const DEFAULT_SCRIPT_URL = new URL('../../config/emulator.yaml', import.meta.url);

/**
 * Checks and compiles a script written in code.
 * @throws ConfigError CONFIG_INVALID
 */
export function createScript(input: EmulatorScriptInput): EmulatorScript {
  const parsed = scriptSchema.safeParse(input);
  if (!parsed.success) throw new ConfigError('CONFIG_INVALID', describe(firstIssue(parsed.error)));
  return parsed.data;
}

/**
 * Reads a script file.
 * @throws ConfigError CONFIG_UNREADABLE, or CONFIG_INVALID with the position of the first mistake
 */
export function loadScript(file: string | URL): EmulatorScript {
  const name = file instanceof URL ? fileURLToPath(file) : file;
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError('CONFIG_UNREADABLE', `cannot read the script ${name}: ${describeFileError(error)}`, {
      cause: error,
      position: { file: name, line: 1, column: 1 },
    });
  }
  return parseScript(source, name);
}

/**
 * Parses a script's YAML.
 * @throws ConfigError CONFIG_INVALID with the position of the first mistake
 */
export function parseScript(source: string, file: string): EmulatorScript {
  const lineCounter = new LineCounter();
  const document = parseDocument(source, { lineCounter, merge: true, prettyErrors: false });
  function position(offset: number): SourcePosition {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line, column: col };
  }
  function invalid(detail: string, offset: number): ConfigError {
    const at = position(offset);
    return new ConfigError('CONFIG_INVALID', `${at.file}:${at.line}:${at.column} ${detail}`, { position: at });
  }
  const broken = document.errors[0];
  if (broken) throw invalid(broken.message, broken.pos[0]);
  const parsed = scriptSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  const issue = firstIssue(parsed.error);
  throw invalid(describe(issue), offsetOf(document, issue));
}

function firstIssue(error: z.ZodError): z.core.$ZodIssue {
  const [issue] = error.issues;
  if (!issue) throw new LivelineError('INTERNAL', 'a failed check without an issue');
  return issue;
}

function describe(issue: z.core.$ZodIssue): string {
  const where = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  return `${where}${issue.message}`;
}

/** Where the nearest node of the issue's path begins; an unknown key's own place when that is the mistake. */
function offsetOf(document: Document.Parsed, issue: z.core.$ZodIssue): number {
  if (issue.code === 'unrecognized_keys') {
    const parent = issue.path.length === 0 ? document.contents : document.getIn(issue.path, true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === issue.keys[0])
      : undefined;
    if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0];
  }
  for (let depth = issue.path.length; depth > 0; depth -= 1) {
    const node = document.getIn(issue.path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
