import type { ModelProfile } from '../models/profiles.js';
import type { LiveSetup } from './client-messages.js';
import { liveModelName } from './endpoint.js';
import { asksAffectiveDialog, generationConfig } from './generation-config.js';
import { given, givenOrNone } from './given.js';
import type { LiveService } from './live-service.js';
import type { SessionHistory } from './session-history.js';
import type { LiveSessionSettings } from './session-settings.js';
import { setupTools } from './setup-tools.js';

type RealtimeInputConfig = NonNullable<LiveSetup['realtimeInputConfig']>;

const START_SENSITIVITY = { low: 'START_SENSITIVITY_LOW', high: 'START_SENSITIVITY_HIGH' } as const;
const END_SENSITIVITY = { low: 'END_SENSITIVITY_LOW', high: 'END_SENSITIVITY_HIGH' } as const;
const TURN_COVERAGE = {
  activity: 'TURN_INCLUDES_ONLY_ACTIVITY',
  all: 'TURN_INCLUDES_ALL_INPUT',
  activity_and_video: 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
} as const;
const TRANSCRIPTION_MODE = { verbatim: 'VERBATIM', smart: 'SMART' } as const;
const HARM_CATEGORY = {
  harassment: 'HARM_CATEGORY_HARASSMENT',
  hate_speech: 'HARM_CATEGORY_HATE_SPEECH',
  sexually_explicit: 'HARM_CATEGORY_SEXUALLY_EXPLICIT',
  dangerous_content: 'HARM_CATEGORY_DANGEROUS_CONTENT',
  jailbreak: 'HARM_CATEGORY_JAILBREAK',
} as const;
const HARM_THRESHOLD = {
  off: 'OFF',
  none: 'BLOCK_NONE',
  only_high: 'BLOCK_ONLY_HIGH',
  medium_and_above: 'BLOCK_MEDIUM_AND_ABOVE',
  low_and_above: 'BLOCK_LOW_AND_ABOVE',
} as const;
const HARM_METHOD = { severity: 'SEVERITY', probability: 'PROBABILITY' } as const;

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
  const onVertex = service.backend === 'vertex-ai';
  return given({
    model: liveModelName(service, settings.model),
    generationConfig: generationConfig(settings, profile),
    inputAudioTranscription: callerTranscription(settings, profile),
    outputAudioTranscription: {},
    safetySettings: safetySettings(settings, onVertex),
    labels: onVertex ? settings.labels : undefined,
    ...(profile.translates ? {} : conversationSetup(settings, profile, service, history)),
  });
}

/** What a model that only translates has no use for. */
function conversationSetup(
  settings: LiveSessionSettings,
  profile: ModelProfile,
  service: LiveService,
  history: SessionHistory,
): Partial<LiveSetup> {
  const { systemInstruction = '' } = settings;
  const reportsActivity = settings.turn?.activitySignals === true && service.backend === 'vertex-ai';
  return given({
    systemInstruction: systemInstruction === '' ? undefined : { role: 'user', parts: [{ text: systemInstruction }] },
    tools: setupTools(settings, profile, service),
    contextWindowCompression: contextWindowCompression(settings),
    realtimeInputConfig: realtimeInputConfig(settings),
    proactivity: asksProactiveAudio(settings, profile) ? { proactiveAudio: true } : undefined,
    historyConfig: history.announced ? { initialHistoryInClientContent: true } : undefined,
    explicitVadSignal: reportsActivity ? true : undefined,
  });
}

/** Whether a setting is used that the Gemini API takes in its preview version only. */
export function needsPreview(settings: LiveSessionSettings, profile: ModelProfile): boolean {
  return asksAffectiveDialog(settings, profile) || asksProactiveAudio(settings, profile);
}

function asksProactiveAudio(settings: LiveSessionSettings, profile: ModelProfile): boolean {
  return settings.proactiveAudio === true && profile.proactiveAudio === 'opt-in';
}

function realtimeInputConfig({ turn = {} }: LiveSessionSettings): RealtimeInputConfig | undefined {
  return givenOrNone({
    automaticActivityDetection: turn.detection === 'local' ? { disabled: true } : activityDetection(turn),
    activityHandling: activityHandling(turn.bargeIn),
    turnCoverage: turn.coverage && TURN_COVERAGE[turn.coverage],
  });
}

function activityDetection(
  turn: NonNullable<LiveSessionSettings['turn']>,
): RealtimeInputConfig['automaticActivityDetection'] | undefined {
  return givenOrNone({
    startOfSpeechSensitivity: turn.startSensitivity && START_SENSITIVITY[turn.startSensitivity],
    endOfSpeechSensitivity: turn.endSensitivity && END_SENSITIVITY[turn.endSensitivity],
    prefixPaddingMs: turn.prefixPaddingMs,
    silenceDurationMs: turn.silenceMs,
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

function callerTranscription(
  { transcription }: LiveSessionSettings,
  profile: ModelProfile,
): NonNullable<LiveSetup['inputAudioTranscription']> {
  if (!profile.transcriptionOptions) return {};
  const { languages, vocabulary, mode, wordTimestamps: wordTimestamp, diarization } = transcription ?? {};
  return given({
    languageCodes: languages?.slice(),
    customVocabulary: vocabulary?.slice(),
    mode: mode && TRANSCRIPTION_MODE[mode],
    wordTimestamp,
    diarization,
  });
}

function safetySettings(settings: LiveSessionSettings, onVertex: boolean): LiveSetup['safetySettings'] {
  const { safety = {}, safetyMethod } = settings;
  const method = onVertex && safetyMethod ? HARM_METHOD[safetyMethod] : undefined;
  const categories = Object.keys(safety) as (keyof typeof safety)[];
  if (categories.length === 0) return undefined;
  return categories.flatMap((category) => {
    const threshold = safety[category];
    return threshold
      ? [given({ category: HARM_CATEGORY[category], threshold: HARM_THRESHOLD[threshold], method })]
      : [];
  });
}
