import { isOfferedOn, type ModelProfile } from '../models/profiles.js';
import type { NativeTool, ToolDeclaration } from '../tools/tool.js';
import type { LiveTools } from './client-messages.js';
import { given } from './given.js';
import type { LiveService } from './live-service.js';
import { isRecord } from './normalise-keys.js';
import { toParameterSchema } from './parameter-schema.js';
import type { LiveSessionSettings } from './session-settings.js';

type Behavior = 'BLOCKING' | 'NON_BLOCKING';
type FunctionDeclaration = NonNullable<LiveTools[number]['functionDeclarations']>[number];

/** `setup.tools`; undefined when there is none that the model takes. */
export function setupTools(
  settings: LiveSessionSettings,
  profile: ModelProfile,
  service: LiveService,
): LiveTools | undefined {
  const functions = (settings.tools ?? []).map((tool) => functionDeclaration(tool, profile));
  const hasRoom = functions.length === 0 || profile.tools.builtInExcludesFunctions !== true;
  const native = (settings.nativeTools ?? [])
    .filter(({ kind }) => hasRoom && profile.tools.builtIn.includes(kind) && isOfferedOn(kind, service.backend))
    .map(nativeTool);
  const tools = functions.length === 0 ? native : [{ functionDeclarations: functions }, ...native];
  return tools.length === 0 ? undefined : tools;
}

/** Whether the model goes on talking while a tool runs. */
export function isNonBlocking(tool: ToolDeclaration, profile: ModelProfile): boolean {
  return (declaredBehavior(tool, profile) ?? profile.tools.default) === 'NON_BLOCKING';
}

function functionDeclaration(tool: ToolDeclaration, profile: ModelProfile): FunctionDeclaration {
  return given({
    name: tool.name,
    description: tool.description,
    parameters: hasParameters(tool.parameters) ? toParameterSchema(tool.parameters) : undefined,
    behavior: declaredBehavior(tool, profile),
  });
}

/** A function without arguments declares no parameters: an empty object schema is refused. */
function hasParameters(schema: Record<string, unknown> | undefined): schema is Record<string, unknown> {
  const properties = schema?.['properties'];
  return isRecord(properties) && Object.keys(properties).length > 0;
}

function declaredBehavior(tool: ToolDeclaration, profile: ModelProfile): Behavior | undefined {
  if (tool.blocking === undefined) return undefined;
  if (tool.blocking) return profile.tools.blocking ? 'BLOCKING' : undefined;
  return profile.tools.nonBlocking ? 'NON_BLOCKING' : undefined;
}

function nativeTool(tool: NativeTool): LiveTools[number] {
  switch (tool.kind) {
    case 'google_search':
      return { googleSearch: {} };
    case 'code_execution':
      return { codeExecution: {} };
    case 'url_context':
      return { urlContext: {} };
    case 'vertex_ai_search':
      return { retrieval: { vertexAiSearch: { datastore: tool.datastore } } };
    case 'vertex_rag': {
      const { corpus, topK, maxDistance } = tool;
      const store = {
        ragResources: [{ ragCorpus: corpus }],
        similarityTopK: topK,
        vectorDistanceThreshold: maxDistance,
      };
      return { retrieval: { vertexRagStore: given(store) } };
    }
    case 'google_maps':
      return { googleMaps: {} };
    case 'enterprise_web_search':
      return { enterpriseWebSearch: given({ excludeDomains: tool.excludeDomains }) };
    case 'file_search':
      return {
        fileSearch: given({ fileSearchStoreNames: tool.stores, topK: tool.topK, metadataFilter: tool.filter }),
      };
  }
}
