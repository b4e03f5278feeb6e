import type { ReadClientMessage } from '../live/wire.js';
import { bareModelId, findModelProfile, type Backend } from '../models/profiles.js';
import { invalidArgument, type Refusal } from './client-frame.js';
import type { Compression } from './context-window.js';
import type { Dialect } from './dialect.js';
import { checkTools, type SessionTools, sessionTools } from './session-tools.js';

export type Setup = NonNullable<ReadClientMessage['setup']>;

/** Not documented; the guides' examples lie between 100 and 500. */
const DEFAULT_SILENCE_MS = 500;

/** Of the context, where the setup does not say it. Source: google.ai.generativelanguage.v1beta, ContextWindowCompressionConfig. */
const COMPRESSION_TRIGGER = 0.8;

/** A session as its setup asked for it. */
export interface SessionSettings {
  modality: 'AUDIO' | 'TEXT';
  transcribeCaller: boolean;
  /** With the transcript of the caller come the times of its words, and who of several speaks. */
  wordTimes: boolean;
  speakers: boolean;
  transcribeModel: boolean;
  /** False: the model finishes, and speech meanwhile is the next turn. */
  interrupts: boolean;
  /** False: the client says when the caller speaks. */
  automaticActivity: boolean;
  silenceMs: number;
  startSensitivity: 'high' | 'low';
  activitySignals: boolean;
  tools: SessionTools;
  /** What `clientContent` brings until its first `turnComplete` is history, and is not answered. */
  initialHistory: boolean;
  /** Handles for resumption are asked for. */
  resumable: boolean;
  /** With each handle comes the number of the last message that is part of it. */
  transparent: boolean;
  /** The size of the model's context; more than that ends the session. */
  contextTokens: number;
  compression: Compression | undefined;
}

/**
 * The service a setup's model name belongs to, where the path did not tell; `models/…` is the Gemini API's form.
 */
export function backendOfModel(model: string): Backend {
  return model.startsWith('models/') ? 'gemini-api' : 'vertex-ai';
}

/** What the service would close the connection for. @param extraModels offered beside the known ones */
export function checkSetup(setup: Setup, dialect: Dialect, extraModels: readonly string[]): Refusal | undefined {
  return (
    checkModel(setup.model, dialect.backend, extraModels) ??
    checkGeneration(setup, dialect) ??
    checkTools(setup.tools ?? [], dialect) ??
    checkRest(setup, dialect)
  );
}

/**
 * @param setup one that passed `checkSetup`
 * @param contextTokens the size of the model's context, if it is not what its profile says
 */
export function settingsOf(
  setup: Setup,
  dialect: Dialect,
  contextTokens = dialect.profile.contextWindowTokens,
): SessionSettings {
  const input = setup.realtimeInputConfig;
  const detection = input?.automaticActivityDetection;
  // The documented defaults differ: the Gemini API hears easily, Vertex less so.
  const defaultSensitivity = dialect.backend === 'gemini-api' ? 'high' : 'low';
  const sensitivity = detection?.startOfSpeechSensitivity;
  return {
    modality: setup.generationConfig?.responseModalities?.[0] === 'TEXT' ? 'TEXT' : 'AUDIO',
    transcribeCaller: setup.inputAudioTranscription !== undefined,
    wordTimes: setup.inputAudioTranscription?.wordTimestamp === true,
    speakers: setup.inputAudioTranscription?.diarization === true,
    transcribeModel: setup.outputAudioTranscription !== undefined,
    interrupts: input?.activityHandling !== 'NO_INTERRUPTION',
    automaticActivity: detection?.disabled !== true,
    silenceMs: detection?.silenceDurationMs ?? DEFAULT_SILENCE_MS,
    startSensitivity:
      sensitivity === 'START_SENSITIVITY_HIGH'
        ? 'high'
        : sensitivity === 'START_SENSITIVITY_LOW'
          ? 'low'
          : defaultSensitivity,
    activitySignals: setup.explicitVadSignal === true,
    tools: sessionTools(setup.tools ?? [], dialect),
    initialHistory: setup.historyConfig?.initialHistoryInClientContent === true,
    resumable: setup.sessionResumption !== undefined,
    transparent: setup.sessionResumption?.transparent === true,
    contextTokens,
    compression: compressionOf(setup, contextTokens),
  };
}

function compressionOf({ contextWindowCompression }: Setup, contextTokens: number): Compression | undefined {
  if (!contextWindowCompression) return undefined;
  const { triggerTokens = contextTokens * COMPRESSION_TRIGGER, slidingWindow } = contextWindowCompression;
  return { triggerTokens, targetTokens: slidingWindow?.targetTokens ?? triggerTokens / 2 };
}

function checkModel(model: string, backend: Backend, extraModels: readonly string[]): Refusal | undefined {
  const isVertexForm = /^(?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/[^/]+\/models\/[^/]+$/.test(model);
  const isGeminiForm = /^(?:models|tunedModels)\/[^/]+$/.test(model);
  if (backend === 'vertex-ai' ? !isVertexForm : !isGeminiForm) return invalidArgument();
  const id = bareModelId(model);
  if (extraModels.includes(id) || findModelProfile(id)?.backends.includes(backend)) return undefined;
  const reason =
    backend === 'vertex-ai'
      ? `Publisher Model ${model} was not found or your project does not have access to it.`
      : `${model} is not found for API version v1beta, or is not supported for bidiGenerateContent.`;
  return { code: 1008, reason };
}

function checkGeneration({ generationConfig }: Setup, { profile }: Dialect): Refusal | undefined {
  const modalities = generationConfig?.responseModalities ?? ['AUDIO'];
  const [modality] = modalities;
  if (modalities.length !== 1 || (modality !== 'AUDIO' && modality !== 'TEXT')) return invalidArgument();
  if (!profile.modalities.includes(modality)) return invalidArgument();
  const voice = generationConfig?.speechConfig?.voiceConfig?.prebuiltVoiceConfig?.voiceName;
  if (voice !== undefined && modality === 'TEXT') {
    return invalidArgument('Cannot extract voices from a non-audio request.');
  }
  if (voice !== undefined && !profile.voices.includes(voice)) return invalidArgument();
  const thinking = generationConfig?.thinkingConfig;
  if (thinking && profile.thinking === 'none') return invalidArgument('Thinking is not supported by this model.');
  if (thinking?.thinkingLevel !== undefined && profile.thinking === 'budget') return invalidArgument();
  if (generationConfig?.enableAffectiveDialog === true && !profile.affectiveDialog) return invalidArgument();
  return undefined;
}

function checkRest(setup: Setup, { backend, profile }: Dialect): Refusal | undefined {
  const proactive = setup.proactivity?.proactiveAudio;
  if (proactive === true && profile.proactiveAudio === 'none') return invalidArgument();
  if (proactive === false && profile.proactiveAudio === 'always') return invalidArgument();
  if (backend === 'gemini-api') {
    const vertexOnly = setup.sessionResumption?.transparent !== undefined || setup.explicitVadSignal !== undefined;
    if (vertexOnly) return invalidArgument();
  }
  const { triggerTokens, slidingWindow } = setup.contextWindowCompression ?? {};
  const targetTokens = slidingWindow?.targetTokens;
  if (triggerTokens !== undefined && targetTokens !== undefined && targetTokens >= triggerTokens)
    return invalidArgument();
  const options = Object.keys({ ...setup.inputAudioTranscription, ...setup.outputAudioTranscription });
  return options.length > 0 && !profile.transcriptionOptions ? invalidArgument() : undefined;
}
