import * as z from 'zod';
import { BUILT_IN_TOOLS } from '../../models/profiles.js';
import { builtInSchema } from './built-in-schema.js';
import { FUNCTION_NAME } from './common-fields.js';
import { limitFields, reportLimits, runFields, timeoutMs, whileRunningFields } from './function-fields.js';
import { httpSchema, reportOrigin, undoSchema } from './http-schema.js';
import { mcpToolSchema } from './mcp-schema.js';
import { modulePathMistake } from './module-path.js';

const parametersField = z
  .record(z.string(), z.unknown())
  .describe("The function's arguments as JSON Schema (Gemini's subset). Leave out for a function without any.");

/** Its rule is one of the model's, for names that modules give too. */
const functionName = z.string().min(1).meta({ pattern: FUNCTION_NAME.source });

const httpToolSchema = z
  .strictObject({
    name: functionName.describe('What the model calls the function.'),
    description: z.string().min(1).describe('What the function does and when to use it; the model reads this.'),
    parameters: parametersField.exactOptional(),
    http: httpSchema.describe('The HTTP request that answers the function call.'),
    on_cancel: undoSchema
      .exactOptional()
      .describe(
        'The HTTP request that undoes the call when the model calls it off and it may have had an effect. Liquid may also use `result`, what the call gave, where that is known.',
      ),
    ...runFields,
    ...whileRunningFields,
    ...limitFields,
  })
  .superRefine(({ http, on_cancel: undo }, context) => {
    if (undo) reportOrigin(undo, http.allow_private_hosts, ['on_cancel'], context);
  })
  .superRefine(reportLimits)
  .describe('A function that is answered by an HTTP request.');

const moduleToolSchema = z
  .strictObject({
    name: functionName.exactOptional().describe('What the model calls the function. Left out: what the module says.'),
    description: z
      .string()
      .min(1)
      .exactOptional()
      .describe('What the function does and when to use it; the model reads this. Left out: what the module says.'),
    parameters: parametersField.exactOptional(),
    module: z
      .string()
      .superRefine((path, context) => {
        const mistake = modulePathMistake(path);
        if (mistake !== undefined) context.addIssue({ code: 'custom', message: mistake });
      })
      .describe('The JavaScript module with the function, as `./tools/find.js`, from the folder of this file.'),
    export: z
      .string()
      .regex(/^[A-Za-z_$][\w$]*$/, 'is no name that a module can export')
      .default('default')
      .describe('The name under which the module exports it.'),
    timeout_ms: timeoutMs
      .exactOptional()
      .describe('How long it may run, in milliseconds. Left out: 5000, or what the module says.'),
    ...runFields,
    ...whileRunningFields,
    ...limitFields,
  })
  .superRefine(reportLimits)
  .describe('A function of a JavaScript module of yours, which runs in the server.');

const nothing = z.strictObject({});

const googleSearchSchema = z
  .strictObject({ google_search: nothing.describe('No settings: `{}`.') })
  .describe('Grounding with Google Search, run by the model.');
const codeExecutionSchema = z
  .strictObject({ code_execution: nothing.describe('No settings: `{}`.') })
  .describe('Python, written and run by the model.');
const urlContextSchema = z
  .strictObject({ url_context: nothing.describe('No settings: `{}`.') })
  .describe('Web pages, read by the model.');
const vertexAiSearchSchema = z
  .strictObject({
    vertex_ai_search: z
      .strictObject({
        datastore: z
          .string()
          .regex(
            /^projects\/[^/]+\/locations\/[^/]+\/collections\/[^/]+\/dataStores\/[^/]+$/,
            'must be `projects/…/locations/…/collections/…/dataStores/…`',
          )
          .describe('`projects/…/locations/…/collections/…/dataStores/…`'),
      })
      .describe('Which data store.'),
  })
  .describe('A Vertex AI Search data store, searched by the model.');

const vertexRagSchema = z
  .strictObject({
    vertex_rag: z
      .strictObject({
        corpus: z
          .string()
          .regex(
            /^projects\/[^/]+\/locations\/[^/]+\/ragCorpora\/[^/]+$/,
            'must be `projects/…/locations/…/ragCorpora/…`',
          )
          .describe('`projects/…/locations/…/ragCorpora/…`'),
        top_k: z.int().min(1).max(100).exactOptional().describe('How many passages are looked up.'),
        max_distance: z.number().min(0).exactOptional().describe('Passages farther away are left out.'),
      })
      .describe('Which corpus.'),
  })
  .describe('A corpus of Vertex AI RAG Engine, searched by the model.');

const googleMapsSchema = z
  .strictObject({ google_maps: nothing.describe('No settings: `{}`.') })
  .describe('Places, looked up on Google Maps by the model.');
const enterpriseWebSearchSchema = z
  .strictObject({
    enterprise_web_search: z
      .strictObject({
        exclude_domains: z.array(z.string().min(1)).max(2_000).exactOptional().describe('Domains to leave out.'),
      })
      .describe('Which part of the web.'),
  })
  .describe('The web as Google Cloud searches it for regulated industries, searched by the model.');
const fileSearchSchema = z
  .strictObject({
    file_search: z
      .strictObject({
        stores: z
          .array(z.string().regex(/^fileSearchStores\/[^/]+$/, 'must be `fileSearchStores/…`'))
          .min(1)
          .describe('`fileSearchStores/…`, one or several.'),
        top_k: z.int().min(1).max(100).exactOptional().describe('How many passages are looked up.'),
        filter: z.string().min(1).exactOptional().describe('Which documents, by their metadata (AIP-160).'),
      })
      .describe('Which stores.'),
  })
  .describe('Files that were uploaded to the Gemini API, searched by the model.');

/** The key that makes a tool what it is, in the order of the union below. */
export const TOOL_KINDS = ['http', 'module', 'mcp', 'built_in', ...BUILT_IN_TOOLS] as const;

export const toolSchema = z.union([
  httpToolSchema,
  moduleToolSchema,
  mcpToolSchema,
  builtInSchema,
  googleSearchSchema,
  codeExecutionSchema,
  urlContextSchema,
  vertexAiSearchSchema,
  vertexRagSchema,
  googleMapsSchema,
  enterpriseWebSearchSchema,
  fileSearchSchema,
]);

/** One entry of an agent's `tools`, told apart by its key: `'http' in tool`, `'built_in' in tool`, … */
export type ToolConfig = z.infer<typeof toolSchema>;
