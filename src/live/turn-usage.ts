import type { TurnUsage } from '../call/ports.js';
import type { UsageMetadata } from './server-messages.js';

/** A turn's usage in one vocabulary: the Gemini API says `response…`, Vertex AI `candidates…`. */
export function turnUsage(metadata: UsageMetadata): TurnUsage {
  return {
    promptTokens: metadata.promptTokenCount ?? 0,
    responseTokens: metadata.responseTokenCount ?? metadata.candidatesTokenCount ?? 0,
    totalTokens: metadata.totalTokenCount ?? 0,
    thoughtsTokens: metadata.thoughtsTokenCount ?? 0,
    toolUsePromptTokens: metadata.toolUsePromptTokenCount ?? 0,
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
