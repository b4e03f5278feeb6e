import type { TurnUsage } from '../call/ports.js';
import type { UsageMetadata } from './server-messages.js';

/** A turn's usage in one vocabulary: the Gemini API says `response…`, Vertex AI `candidates…`. */
export function turnUsage(metadata: UsageMetadata): TurnUsage {
  const promptTokens = metadata.promptTokenCount ?? 0;
  const responseTokens = metadata.responseTokenCount ?? metadata.candidatesTokenCount ?? 0;
  const thoughtsTokens = metadata.thoughtsTokenCount ?? 0;
  const toolUsePromptTokens = metadata.toolUsePromptTokenCount ?? 0;
  return {
    promptTokens,
    responseTokens,
    totalTokens: metadata.totalTokenCount ?? promptTokens + responseTokens + thoughtsTokens + toolUsePromptTokens,
    thoughtsTokens,
    toolUsePromptTokens,
    cachedTokens: metadata.cachedContentTokenCount ?? 0,
    promptByModality: byModality(metadata.promptTokensDetails),
    responseByModality: byModality(metadata.responseTokensDetails ?? metadata.candidatesTokensDetails),
    ...(metadata.trafficType !== undefined && { trafficType: metadata.trafficType }),
  };
}

function byModality(details: UsageMetadata['promptTokensDetails'] = []): Record<string, number> {
  const tokens = new Map<string, number>();
  for (const { modality = 'MODALITY_UNSPECIFIED', tokenCount = 0 } of details) {
    tokens.set(modality, (tokens.get(modality) ?? 0) + tokenCount);
  }
  return Object.fromEntries(tokens);
}
