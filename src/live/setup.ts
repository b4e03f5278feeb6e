import type { ModelProfile } from '../models/profiles.js';
import type { LiveSetup } from './client-messages.js';
import { liveModelName } from './endpoint.js';
import { given, givenOrNone } from './given.js';
import type { LiveService } from './live-service.js';
import type { SessionHistory } from './session-history.js';
import type { LiveSessionSettings } from './session-settings.js';
import { setupTools } from './setup-tools.js';

type GenerationConfig = NonNullable<LiveSetup['generationConfig']>;
type RealtimeInputConfig = NonNullable<LiveSetup['realtimeInputConfig']>;

const MEDIA_RESOLUTION = {
  low: 'MEDIA_RESOLUTION_LOW',
  medium: 'MEDIA_RESOLUTION_MEDIUM',
  high: 'MEDIA_RESOLUTION_HIGH',
} as const;
const THINKING_LEVEL = { minimal: 'MINIMAL', low: 'LOW', medium: 'MEDIUM', high: 'HIGH' } as const;
const START_SENSITIVITY = { low: 'START_SENSITIVITY_LOW', high: 'START_SENSITIVITY_HIGH' } as const;
const END_SENSITIVITY = { low: 'END_SENSITIVITY_LOW', high: 'END_SENSITIVITY_HIGH' } as const;
const TURN_COVERAGE = {
  activity: 'TURN_INCLUDES_ONLY_ACTIVITY',
  all: 'TURN_INCLUDES_ALL_INPUT',
  activity_and_video: 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
} as const;

/**
 * The first message of a session. Both transcriptions are always asked for: they are what a lost session is
 * replaced with. What the model rejects is left out.
 * @throws ConfigError CONFIG_INVALID for a model name that is none
 */
export function buildSetup(
  settings: LiveSessionSettings,
  profile: ModelProfile,
  service: LiveService,
  history: SessionHistory,
): LiveSetup {
  const instruction = [settings.systemInstruction, history.instruction]
    .filter((text) => text !== undefined)
    .join('\n\n');
  return given({
    model: liveModelName(service, settings.model),
    generationConfig: generationConfig(settings, profile),
    systemInstruction: instruction === '' ? undefined : { role: 'user', parts: [{ text: instruction }] },
    tools: setupTools(settings, profile, service),
    realtimeInputConfig: realtimeInputConfig(settings),
    inputAudioTranscription: given({ languageCodes: settings.transcriptionLanguages?.slice() }),
    outputAudioTranscription: {},
    contextWindowCompression: contextWindowCompression(settings),
    proactivity: asksProactiveAudio(settings, profile) ? { proactiveAudio: true } : undefined,
    historyConfig: history.announced ? { initialHistoryInClientContent: true } : undefined,
  });
}

/** Whether a setting is used that the Gemini API takes in its preview version only. */
export function needsPreview(settings: LiveSessionSettings, profile: ModelProfile): boolean {
  return asksAffectiveDialog(settings, profile) || asksProactiveAudio(settings, profile);
}

function asksAffectiveDialog(settings: LiveSessionSettings, profile: ModelProfile): boolean {
  return settings.affectiveDialog === true && profile.affectiveDialog;
}

function asksProactiveAudio(settings: LiveSessionSettings, profile: ModelProfile): boolean {
  return settings.proactiveAudio === true && profile.proactiveAudio === 'opt-in';
}

function generationConfig(settings: LiveSessionSettings, profile: ModelProfile): GenerationConfig {
  const { modality = 'AUDIO', mediaResolution } = settings;
  return given({
    responseModalities: [modality],
    ...settings.generation,
    mediaResolution: mediaResolution && MEDIA_RESOLUTION[mediaResolution],
    // A voice in a session of text is refused.
    speechConfig: modality === 'AUDIO' ? speechConfig(settings, profile) : undefined,
    thinkingConfig: thinkingConfig(settings, profile),
    enableAffectiveDialog: asksAffectiveDialog(settings, profile) ? true : undefined,
  });
}

function speechConfig(
  { voice, language }: LiveSessionSettings,
  profile: ModelProfile,
): GenerationConfig['speechConfig'] {
  return givenOrNone({
    voiceConfig: voice === undefined ? undefined : { prebuiltVoiceConfig: { voiceName: voice } },
    languageCode: profile.languageCode ? language : undefined,
  });
}

function thinkingConfig({ thinking }: LiveSessionSettings, profile: ModelProfile): GenerationConfig['thinkingConfig'] {
  if (!thinking || profile.thinking === 'none') return undefined;
  return givenOrNone({
    includeThoughts: thinking.includeThoughts,
    thinkingBudget: profile.thinking === 'budget' ? thinking.budget : undefined,
    thinkingLevel: profile.thinking === 'level' && thinking.level ? THINKING_LEVEL[thinking.level] : undefined,
  });
}

function realtimeInputConfig({ turn = {} }: LiveSessionSettings): RealtimeInputConfig | undefined {
  return givenOrNone({
    automaticActivityDetection: givenOrNone({
      startOfSpeechSensitivity: turn.startSensitivity && START_SENSITIVITY[turn.startSensitivity],
      endOfSpeechSensitivity: turn.endSensitivity && END_SENSITIVITY[turn.endSensitivity],
      prefixPaddingMs: turn.prefixPaddingMs,
      silenceDurationMs: turn.silenceMs,
    }),
    activityHandling: activityHandling(turn.bargeIn),
    turnCoverage: turn.coverage && TURN_COVERAGE[turn.coverage],
  });
}

function activityHandling(bargeIn: boolean | undefined): RealtimeInputConfig['activityHandling'] | undefined {
  if (bargeIn === undefined) return undefined;
  return bargeIn ? 'START_OF_ACTIVITY_INTERRUPTS' : 'NO_INTERRUPTION';
}

/** Both numbers are int64, which ProtoJSON writes as strings. */
function contextWindowCompression({ compress }: LiveSessionSettings): LiveSetup['contextWindowCompression'] {
  if (!compress) return undefined;
  return given({
    triggerTokens: compress.triggerTokens?.toString(),
    slidingWindow: given({ targetTokens: compress.targetTokens?.toString() }),
  });
}
