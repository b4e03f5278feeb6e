import { z } from 'zod';
import type { GroundingSource, ModelReport } from '../call/ports.js';
import { given } from './given.js';
import { durationMs, type ServerContent, type ServerMessage } from './server-messages.js';

/** More is of no use to a person, and these lists have no bound of their own. */
const MAX_QUERIES = 10;
const MAX_SOURCES = 20;
const MAX_TITLE_CHARS = 200;
const MAX_URI_CHARS = 500;
const MAX_CODE_CHARS = 8_000;

const text = z.string().exactOptional();
const texts = z.array(z.string()).default([]);
const reference = z.looseObject({ uri: text, title: text, domain: text });

const grounding = z.looseObject({
  webSearchQueries: texts,
  retrievalQueries: texts,
  groundingChunks: z
    .array(
      z.looseObject({
        web: reference.exactOptional(),
        maps: reference.exactOptional(),
        retrievedContext: reference.exactOptional(),
      }),
    )
    .default([]),
});
const pages = z.looseObject({
  urlMetadata: z.array(z.looseObject({ retrievedUrl: text, urlRetrievalStatus: text })).default([]),
});
const code = z.looseObject({ language: z.string().default(''), code: z.string() });
const codeResult = z.looseObject({ outcome: z.string().default(''), output: z.string().default('') });
const activity = z.looseObject({ type: text, voiceActivityType: text, audioOffset: text });
const signal = z.looseObject({ vadSignalType: z.string() });

/**
 * What a message tells beside what is said and done. What cannot be read of it is left out: nothing depends on it.
 * Source: google.ai.generativelanguage.v1beta and the types of `@google/genai` 2.32.
 */
export function modelReports(message: ServerMessage): ModelReport[] {
  const content = message.serverContent ?? {};
  return [...codeReports(content), ...groundingReports(content), ...activityReports(message)];
}

/** Older models write a function call as code, too, before they make it. */
function codeReports({ modelTurn }: ServerContent): ModelReport[] {
  return (modelTurn?.parts ?? []).flatMap(({ thought, executableCode, codeExecutionResult }): ModelReport[] => {
    if (thought === true) return [];
    const written = code.safeParse(executableCode).data;
    const run = codeResult.safeParse(codeExecutionResult).data;
    const reports: ModelReport[] = [];
    if (written) {
      const language = written.language.toLowerCase();
      reports.push({ type: 'code', phase: 'written', language, pii: { code: written.code.slice(0, MAX_CODE_CHARS) } });
    }
    if (run) {
      const ok = run.outcome === 'OUTCOME_OK';
      reports.push({ type: 'code', phase: 'run', ok, pii: { output: run.output.slice(0, MAX_CODE_CHARS) } });
    }
    return reports;
  });
}

function groundingReports({ groundingMetadata, urlContextMetadata }: ServerContent): ModelReport[] {
  const found = grounding.safeParse(groundingMetadata ?? {}).data;
  const read = pages.safeParse(urlContextMetadata ?? {}).data;
  const queries = [...(found?.webSearchQueries ?? []), ...(found?.retrievalQueries ?? [])]
    .slice(0, MAX_QUERIES)
    .map((query) => query.slice(0, MAX_TITLE_CHARS));
  const sources = [
    ...(found?.groundingChunks ?? []).flatMap(({ web, maps, retrievedContext }) => [
      ...source('web', web),
      ...source('place', maps),
      ...source('document', retrievedContext),
    ]),
    ...(read?.urlMetadata ?? []).flatMap(({ retrievedUrl, urlRetrievalStatus }) => {
      const failed = urlRetrievalStatus !== undefined && urlRetrievalStatus !== 'URL_RETRIEVAL_STATUS_SUCCESS';
      return source('page', { uri: retrievedUrl }).map((page) => (failed ? { ...page, failed } : page));
    }),
  ].slice(0, MAX_SOURCES);
  if (queries.length === 0 && sources.length === 0) return [];
  return [{ type: 'grounded', queries: queries.length, sources: sources.length, pii: { queries, sources } }];
}

function source(
  kind: GroundingSource['kind'],
  found: { uri?: string | undefined; title?: string | undefined; domain?: string | undefined } | undefined,
): GroundingSource[] {
  const { uri, title, domain } = found ?? {};
  const name = title ?? domain;
  if (uri === undefined && name === undefined) return [];
  return [given({ kind, title: name?.slice(0, MAX_TITLE_CHARS), uri: uri?.slice(0, MAX_URI_CHARS) })];
}

function activityReports({ voiceActivity, voiceActivityDetectionSignal }: ServerMessage): ModelReport[] {
  const heard = activity.safeParse(voiceActivity).data;
  const type =
    heard?.type ?? heard?.voiceActivityType ?? signal.safeParse(voiceActivityDetectionSignal).data?.vadSignalType;
  const phase = type === undefined ? undefined : PHASES[type];
  if (!phase) return [];
  const offsetMs = heard?.audioOffset === undefined ? undefined : Math.round(durationMs(heard.audioOffset));
  return [given({ type: 'activity-reported' as const, phase, offsetMs })];
}

const PHASES: Readonly<Record<string, 'began' | 'ended'>> = {
  ACTIVITY_START: 'began',
  ACTIVITY_END: 'ended',
  VAD_SIGNAL_TYPE_SOS: 'began',
  VAD_SIGNAL_TYPE_EOS: 'ended',
};
