import { Liquid, LiquidError, Output } from 'liquidjs';
import { ConfigError } from './errors.js';

/** A parsed Liquid template: cheap to render, safe to keep. */
export interface Template {
  readonly source: string;
  /**
   * The template as text. A variable that is not there renders to nothing.
   * @throws ConfigError CONFIG_INVALID when a filter fails or the template outgrows its bounds
   */
  render(variables: Record<string, unknown>): string;
  /**
   * Where the source is exactly one `{{ expression }}`, that expression's value with its type
   * (`undefined` for a variable that is not there); otherwise the same as `render`.
   * @throws ConfigError as `render`
   */
  value(variables: Record<string, unknown>): unknown;
  /** Whether the template takes a variable of this name from outside. */
  uses(name: string): boolean;
}

/** Longest source and longest result, in characters. A 128k-token context holds about half of it. */
const MAX_CHARS = 1_000_000;
/** Rendering is synchronous, so a runaway loop would stop every call's audio; a real template takes microseconds. */
const MAX_RENDER_MS = 500;
/** These read other templates from the file system, or only make sense where others do. */
const FILE_TAGS = ['include', 'render', 'layout', 'block'];

// Unknown variables are lenient: which of them a call has depends on the carrier and the caller (a withheld number,
// a SIP header that was not sent), and a prompt with a gap answers the phone where a thrown error does not.
// Unknown filters and tags are the author's mistakes and are found when the template is parsed.
const BOUNDS = {
  ownPropertyOnly: true,
  strictFilters: true,
  strictVariables: false,
  parseLimit: MAX_CHARS,
  memoryLimit: MAX_CHARS,
  renderLimit: MAX_RENDER_MS,
} as const;

const textEngine = createEngine(false);
const typedEngine = createEngine(true);

/**
 * Parses a Liquid template once, for any number of renderings.
 * @throws ConfigError CONFIG_INVALID with Liquid's message, its line and column counted within `source`
 */
export function parseTemplate(source: string): Template {
  const parts = guarded(() => textEngine.parse(source));
  const isOneExpression = parts.length === 1 && parts[0] instanceof Output;
  function render(variables: Record<string, unknown>): string {
    return guarded(() => bounded(String(textEngine.renderSync(parts, variables))));
  }
  return {
    source,
    render,
    value: (variables) =>
      isOneExpression ? guarded((): unknown => typedEngine.renderSync(parts, variables)) : render(variables),
    uses: (name) => guarded(() => textEngine.globalVariablesSync(parts, { partials: false }).includes(name)),
  };
}

function createEngine(keepOutputType: boolean): Liquid {
  const engine = new Liquid({ ...BOUNDS, keepOutputType });
  for (const tag of FILE_TAGS) Reflect.deleteProperty(engine.tags, tag);
  // Liquid writes a space as `+`, which only a query understands; `%20` is right in a path too.
  engine.registerFilter('url_encode', (value: unknown) => encodeURIComponent(asText(value)));
  return engine;
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The engine bounds what filters make, not what a loop writes. */
function bounded(text: string): string {
  if (text.length > MAX_CHARS) {
    throw new ConfigError('CONFIG_INVALID', `the template renders to more than ${MAX_CHARS} characters`);
  }
  return text;
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const message = error instanceof LiquidError ? error.message : 'the template cannot be rendered';
    // Without `cause`: Liquid's errors quote the source, in which the environment's secrets stand resolved.
    throw new ConfigError('CONFIG_INVALID', message);
  }
}
