import type { ReadClientMessage } from '../live/wire.js';
import { type BuiltInTool, isOfferedOn } from '../models/profiles.js';
import { invalidArgument, type Refusal } from './client-frame.js';
import type { Dialect } from './dialect.js';

type Tools = NonNullable<NonNullable<ReadClientMessage['setup']>['tools']>;
type FunctionBehaviour = 'BLOCKING' | 'NON_BLOCKING';

/** What a session may use. */
export interface SessionTools {
  /** The functions, and whether the model waits for each. */
  functions: Map<string, FunctionBehaviour>;
  /** What the service runs by itself. */
  service: Set<BuiltInTool>;
}

/** The wire's words for what the service runs by itself. */
const SERVICE_TOOLS: Readonly<Record<string, BuiltInTool>> = {
  googleSearch: 'google_search',
  codeExecution: 'code_execution',
  urlContext: 'url_context',
  vertexAiSearch: 'vertex_ai_search',
  vertexRagStore: 'vertex_rag',
  googleMaps: 'google_maps',
  enterpriseWebSearch: 'enterprise_web_search',
  fileSearch: 'file_search',
};

/** Reads a list of tools that passed `checkTools`. */
export function sessionTools(tools: Tools, { profile }: Dialect): SessionTools {
  const declarations = declarationsIn(tools).map(
    ({ name, behavior }) =>
      [name, behavior === 'BLOCKING' || behavior === 'NON_BLOCKING' ? behavior : profile.tools.default] as const,
  );
  return { functions: new Map(declarations), service: new Set(serviceToolsIn(tools)) };
}

/** What the service would refuse in a list of tools. */
export function checkTools(tools: Tools, { backend, profile }: Dialect): Refusal | undefined {
  const { blocking, nonBlocking, builtIn, builtInExcludesFunctions } = profile.tools;
  const declarations = declarationsIn(tools);
  const service = serviceToolsIn(tools);
  const isWrong =
    declarations.some(
      ({ behavior }) =>
        (behavior === 'NON_BLOCKING' && !nonBlocking) ||
        (behavior === 'BLOCKING' && !blocking) ||
        (!blocking && !nonBlocking),
    ) ||
    service.some((tool) => !builtIn.includes(tool) || !isOfferedOn(tool, backend)) ||
    (builtInExcludesFunctions === true && declarations.length > 0 && service.length > 0);
  return isWrong ? invalidArgument() : undefined;
}

function declarationsIn(tools: Tools) {
  return tools.flatMap(({ functionDeclarations }) => functionDeclarations ?? []);
}

/** A key nobody told us about is the service's own business. */
function serviceToolsIn(tools: Tools): BuiltInTool[] {
  return tools.flatMap(({ retrieval, ...tool }) =>
    Object.keys({ ...tool, ...(retrieval as object | undefined) }).flatMap((key) => SERVICE_TOOLS[key] ?? []),
  );
}
