import type { ServerContent } from './generation.js';
import type { Line } from './script-schema.js';
import type { SessionSettings } from './session-settings.js';

/** What a line lets the service do by itself, as far as the session has the tools for it. */
type ServiceWork = Pick<Line, 'code' | 'grounding'>;

/** A program of the line and what came of it, in the order they are sent. */
export function codeContents({ code }: ServiceWork, { tools }: SessionSettings): ServerContent[] {
  if (!code || !tools.service.has('code_execution')) return [];
  const outcome = code.ok ? 'OUTCOME_OK' : 'OUTCOME_FAILED';
  return [
    pythonContent(code.python),
    { modelTurn: { parts: [{ codeExecutionResult: { outcome, output: code.output } }] } },
  ];
}

/** Where the line's answer comes from; undefined when the session could not look anything up. */
export function groundingContent({ grounding }: ServiceWork, { tools }: SessionSettings): ServerContent | undefined {
  if (!grounding || tools.service.size === 0) return undefined;
  const { queries, sources, pages } = grounding;
  const groundingChunks = sources.map(({ kind, ...source }) => ({ [CHUNKS[kind]]: source }));
  const found = queries.length > 0 || sources.length > 0;
  const urlMetadata = pages.map(({ uri, read }) => ({
    retrievedUrl: uri,
    urlRetrievalStatus: `URL_RETRIEVAL_STATUS_${read ? 'SUCCESS' : 'ERROR'}`,
  }));
  return {
    ...(found ? { groundingMetadata: { webSearchQueries: queries, groundingChunks } } : {}),
    ...(pages.length > 0 ? { urlContextMetadata: { urlMetadata } } : {}),
  };
}

const CHUNKS = { web: 'web', place: 'maps', document: 'retrievedContext' } as const;

/** Function calls as half-cascade models write them down before they make them. */
export function callEcho(calls: readonly { name: string; args: Record<string, unknown> }[]): ServerContent {
  const lines = calls.map(({ name, args }) => {
    const written = Object.entries(args).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    return `print(default_api.${name}(${written.join(', ')}))`;
  });
  return pythonContent(lines.join('\n'));
}

function pythonContent(code: string): ServerContent {
  return { modelTurn: { parts: [{ executableCode: { language: 'PYTHON', code } }] } };
}
