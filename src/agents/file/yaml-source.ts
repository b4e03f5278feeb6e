import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node, Pair, Scalar, YAMLError, YAMLMap } from 'yaml';
import type { SourcePosition } from '../../errors.js';
import type { Path, Problem } from '../problem.js';

/** A scalar that is a value, not a key, and holds text. */
export interface TextScalar extends Scalar {
  value: string;
}

/** What a path leads to: how many of its steps exist, and the deepest key and node. */
interface Place {
  depth: number;
  key: Node | undefined;
  node: Node | undefined;
}

/** A YAML file that parsed, with a way back from every value to its line and column. */
export class YamlSource {
  readonly file: string;
  readonly #text: string;
  readonly #document: Document;
  readonly #lines: LineCounter;
  /** What stood in a scalar before its variables were filled in. */
  readonly #originals = new Map<Scalar, string>();
  readonly #unfilled = new Set<Scalar>();

  constructor(file: string, text: string, document: Document, lines: LineCounter) {
    this.file = file;
    this.#text = text;
    this.#document = document;
    this.#lines = lines;
  }

  /** The file as plain data, merges and aliases resolved. */
  toJS(): unknown {
    return this.#document.toJS();
  }

  /**
   * Puts what `visitor` returns in the place of every text value; undefined: it cannot be filled in. Not of keys.
   * `keys` are those of the maps around it.
   */
  fillTexts(visitor: (scalar: TextScalar, keys: string[]) => string | undefined): void {
    visit(this.#document, {
      Scalar: (key, scalar, ancestors) => {
        if (key === 'key' || !isText(scalar)) return;
        const before = scalar.value;
        const keys = ancestors.flatMap((node) => (isPair(node) && isScalar(node.key) ? [String(node.key.value)] : []));
        const after = visitor(scalar, keys);
        if (after === undefined) this.#unfilled.add(scalar);
        if (after === undefined || after === before) return;
        this.#originals.set(scalar, before);
        scalar.value = after;
      },
    });
  }

  /** Whether the value at `path` has variables that could not be filled in, which says all there is to say of it. */
  isUnfilled(path: Path): boolean {
    const { node } = this.#find(path);
    return isScalar(node) && this.#unfilled.has(node);
  }

  /** What the user wrote at `path`, before variables were filled in; safe to show. Undefined where no scalar stands. */
  writtenAt(path: Path): { text: string; hadVariables: boolean } | undefined {
    const { depth, node } = this.#find(path);
    if (depth < path.length || !isScalar(node)) return undefined;
    const original = this.#originals.get(node);
    return { text: original ?? node.source ?? String(node.value), hadVariables: original !== undefined };
  }

  /** How many steps of `path` lead somewhere. */
  depthOf(path: Path): number {
    return this.#find(path).depth;
  }

  /** Line and column of what stands at `path`, or of its nearest ancestor's key when nothing does. */
  positionOf(path: Path, at: 'key' | 'value'): SourcePosition {
    const { depth, key, node } = this.#find(path);
    const wanted = at === 'key' || depth < path.length ? (key ?? node) : (node ?? key);
    return this.positionAt(wanted?.range?.[0] ?? 0);
  }

  /** Position of `needle` inside a scalar, or of the scalar where it is not written that way. */
  positionIn(scalar: Scalar, needle: string): SourcePosition {
    const [start, end] = scalar.range ?? [0, 0];
    const offset = this.#text.indexOf(needle, start);
    return this.positionAt(offset >= start && offset < end ? offset : start);
  }

  /** Position of a line and column, both from 1, that were counted within the text value at `path`. */
  positionWithin(path: Path, line: number, column: number): SourcePosition {
    const { node } = this.#find(path);
    const start = this.positionOf(path, 'value');
    if (!isScalar(node) || !node.range) return start;
    if (node.type === 'BLOCK_LITERAL') return this.#withinBlock(node.range[0], line, column);
    const quote = node.type === 'PLAIN' ? 0 : 1;
    return line === 1 && !String(node.source).includes('\\')
      ? { ...start, column: start.column + quote + column - 1 }
      : start;
  }

  positionAt(offset: number): SourcePosition {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /** Text of a block literal begins on the line after its `|`, each line behind the same indent. */
  #withinBlock(offset: number, line: number, column: number): SourcePosition {
    const header = this.#lines.linePos(offset).line;
    const lines = this.#text.split('\n').slice(header);
    const indent = /^ */.exec(lines.find((text) => text.trim() !== '') ?? '')?.[0].length ?? 0;
    return { file: this.file, line: header + line, column: indent + column };
  }

  #find(path: Path): Place {
    let place: Place = { depth: 0, key: undefined, node: this.#resolve(this.#document.contents) };
    for (const step of path) {
      const next = this.#step(place.node, step);
      if (!next) return place;
      place = { ...next, depth: place.depth + 1 };
    }
    return place;
  }

  #step(node: Node | undefined, step: string | number): { key: Node | undefined; node: Node | undefined } | undefined {
    if (isSeq(node)) {
      const item = node.items[Number(step)] as Node | undefined;
      return item && { key: item, node: this.#resolve(item) };
    }
    const pair = isMap(node) ? this.#pair(node, String(step)) : undefined;
    return pair && { key: pair.key as Node, node: this.#resolve(pair.value) };
  }

  /** A key of a map itself, else of what is merged into it; so that a position is the anchor's own. */
  #pair(map: YAMLMap, name: string): Pair | undefined {
    const own = map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === name);
    if (own) return own;
    for (const merge of map.items.filter((pair) => isScalar(pair.key) && pair.key.source === '<<')) {
      const merged = this.#resolve(merge.value);
      for (const source of isSeq(merged) ? merged.items : [merged]) {
        const target = this.#resolve(source);
        const found = isMap(target) ? this.#pair(target, name) : undefined;
        if (found) return found;
      }
    }
    return undefined;
  }

  #resolve(node: unknown): Node | undefined {
    if (isAlias(node)) return node.resolve(this.#document);
    return (node as Node | null) ?? undefined;
  }
}

/** Parses YAML 1.2 with merge keys; either a source that can be walked safely, or what is wrong with it. */
export function parseYaml(text: string, file: string): { source: YamlSource; problems: Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const source = new YamlSource(file, text, document, lines);
  function problem(offset: number, message: string): Problem {
    return { ...source.positionAt(offset), severity: 'error', message };
  }
  const mistakes = [...document.errors, ...document.warnings];
  // Behind the first mistake of structure YAML only guesses; keys that stand twice are sure.
  const structural = mistakes.findIndex(({ code }) => code !== 'DUPLICATE_KEY');
  const problems = mistakes
    .slice(0, structural < 0 ? mistakes.length : structural + 1)
    .map((error) => problem(error.pos[0], yamlMessage(error, text)));
  if (problems.length > 0) return { source, problems };
  for (const { offset, message } of shapeMistakes(document, text)) problems.push(problem(offset, message));
  return { source, problems };
}

/** What YAML allows and an agents file cannot use: keys that are no text, and aliases that contain themselves. */
function shapeMistakes(document: Document, text: string): { offset: number; message: string }[] {
  const mistakes: { offset: number; message: string }[] = [];
  visit(document, {
    Pair(_key, pair) {
      if (isScalar(pair.key)) return undefined;
      const offset = (pair.key as Node | null)?.range?.[0] ?? 0;
      const isTemplate = text.slice(offset - 1, offset + 1) === '{{';
      mistakes.push(
        isTemplate
          ? { offset: offset - 1, message: 'a value that starts with `{{` must be in quotes: "{{ … }}"' }
          : { offset, message: 'a key must be plain text' },
      );
      return visit.SKIP;
    },
    Alias(_key, alias, ancestors) {
      const target = alias.resolve(document);
      if (target && ancestors.some((ancestor) => !isPair(ancestor) && ancestor === target)) {
        mistakes.push({ offset: alias.range?.[0] ?? 0, message: `the alias \`*${alias.source}\` contains itself` });
      }
    },
  });
  return mistakes;
}

function yamlMessage(error: YAMLError, text: string): string {
  const [offset] = error.pos;
  if (text[offset] === '{' && /[${]/.test(text.charAt(offset - 1) + text.charAt(offset + 1))) {
    return 'inside `{ }` or `[ ]` a value with `${…}` or `{{ … }}` must be in quotes';
  }
  if (error.code === 'DUPLICATE_KEY') return 'this key stands twice in the same map';
  if (error.code === 'TAB_AS_INDENT') return 'YAML is indented with spaces, not tabs';
  return `not valid YAML: ${error.message}`;
}

function isText(scalar: Scalar): scalar is TextScalar {
  return typeof scalar.value === 'string';
}
