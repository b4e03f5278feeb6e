import type { AgentConfig } from '../agents/schema/schema.js';
import type { SpokenTurn } from '../call/ports.js';
import { given } from '../live/given.js';
import type { LiveSessionSettings } from '../live/session-settings.js';
import type { NativeTool, ToolDeclaration } from '../tools/tool.js';

/** Which of an agent's tools the model's service runs by itself. */
function nativeToolsOf(agent: AgentConfig): NativeTool[] {
  return agent.tools.flatMap((tool): NativeTool[] => {
    if ('google_search' in tool) return [{ kind: 'google_search' }];
    if ('code_execution' in tool) return [{ kind: 'code_execution' }];
    if ('url_context' in tool) return [{ kind: 'url_context' }];
    if ('vertex_ai_search' in tool) return [{ kind: 'vertex_ai_search', datastore: tool.vertex_ai_search.datastore }];
    if ('vertex_rag' in tool) {
      const { corpus, top_k: topK, max_distance: maxDistance } = tool.vertex_rag;
      return [given({ kind: 'vertex_rag' as const, corpus, topK, maxDistance })];
    }
    if ('google_maps' in tool) return [{ kind: 'google_maps' }];
    if ('enterprise_web_search' in tool) {
      const { exclude_domains: excludeDomains } = tool.enterprise_web_search;
      return [given({ kind: 'enterprise_web_search' as const, excludeDomains })];
    }
    if ('file_search' in tool) {
      const { stores, top_k: topK, filter } = tool.file_search;
      return [given({ kind: 'file_search' as const, stores, topK, filter })];
    }
    return [];
  });
}

/** An agent in the words of the live room. What depends on the call is the rendered `systemInstruction` alone. */
export function sessionSettings(
  agent: AgentConfig,
  systemInstruction: string,
  tools: readonly ToolDeclaration[],
): LiveSessionSettings {
  const { generation, session, thinking, transcription } = agent;
  const { method: safetyMethod, ...safety } = agent.safety ?? {};
  return given({
    model: agent.model,
    systemInstruction,
    voice: agent.voice,
    language: agent.language,
    modality: agent.modality === 'text' ? ('TEXT' as const) : undefined,
    generation: given({
      temperature: generation.temperature,
      topP: generation.top_p,
      topK: generation.top_k,
      maxOutputTokens: generation.max_output_tokens,
      seed: generation.seed,
      frequencyPenalty: generation.frequency_penalty,
      presencePenalty: generation.presence_penalty,
    }),
    thinking:
      thinking &&
      given({
        level: thinking.level,
        budget: thinking.budget,
        includeThoughts: thinking.include_thoughts,
      }),
    affectiveDialog: agent.affective_dialog,
    proactiveAudio: agent.proactive_audio,
    mediaResolution: agent.media_resolution,
    transcription: given({
      languages: transcription.languages,
      vocabulary: transcription.vocabulary,
      mode: transcription.mode,
      wordTimestamps: transcription.word_timestamps,
      diarization: transcription.diarization,
    }),
    turn: turnSettings(agent.turn),
    contextTurns: agent.context.map((said): SpokenTurn =>
      'caller' in said ? { speaker: 'caller', text: said.caller } : { speaker: 'agent', text: said.agent },
    ),
    tools,
    nativeTools: nativeToolsOf(agent),
    resume: session.resume,
    transparent: session.transparent,
    compress: compression(session.compress),
    translation: agent.translation,
    safety,
    safetyMethod,
    labels: agent.labels,
    provisioned: agent.provisioned,
  });
}

/** On unless it is turned off: without it the service ends a session after a quarter of an hour. */
function compression(compress: AgentConfig['session']['compress'] = {}): LiveSessionSettings['compress'] {
  if (compress === false) return undefined;
  return given({ triggerTokens: compress.trigger_tokens, targetTokens: compress.target_tokens });
}

function turnSettings(turn: AgentConfig['turn']): NonNullable<LiveSessionSettings['turn']> {
  return given({
    detection: turn.detection === 'local' ? ('local' as const) : undefined,
    startSensitivity: turn.start_sensitivity,
    endSensitivity: turn.end_sensitivity,
    prefixPaddingMs: turn.prefix_padding_ms,
    silenceMs: turn.silence_ms,
    bargeIn: turn.barge_in,
    coverage: turn.coverage,
    activitySignals: turn.activity_signals,
  });
}
