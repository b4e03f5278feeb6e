import type { ModelProfile } from '../models/profiles.js';
import type { LiveSetup } from './client-messages.js';
import { given, givenOrNone } from './given.js';
import type { LiveSessionSettings } from './session-settings.js';

type GenerationConfig = NonNullable<LiveSetup['generationConfig']>;

const MEDIA_RESOLUTION = {
  low: 'MEDIA_RESOLUTION_LOW',
  medium: 'MEDIA_RESOLUTION_MEDIUM',
  high: 'MEDIA_RESOLUTION_HIGH',
} as const;
const THINKING_LEVEL = { minimal: 'MINIMAL', low: 'LOW', medium: 'MEDIUM', high: 'HIGH' } as const;

/** `setup.generationConfig`, without what the model rejects. */
export function generationConfig(settings: LiveSessionSettings, profile: ModelProfile): GenerationConfig {
  const { modality = 'AUDIO', mediaResolution } = settings;
  return given({
    responseModalities: [modality],
    ...settings.generation,
    mediaResolution: mediaResolution && MEDIA_RESOLUTION[mediaResolution],
    // A voice in a session of text is refused.
    speechConfig: modality === 'AUDIO' ? speechConfig(settings, profile) : undefined,
    thinkingConfig: thinkingConfig(settings, profile),
    enableAffectiveDialog: asksAffectiveDialog(settings, profile) ? true : undefined,
    translationConfig: translationConfig(settings, profile),
  });
}

export function asksAffectiveDialog(settings: LiveSessionSettings, profile: ModelProfile): boolean {
  return settings.affectiveDialog === true && profile.affectiveDialog;
}

function speechConfig(
  { voice, language }: LiveSessionSettings,
  profile: ModelProfile,
): GenerationConfig['speechConfig'] {
  const hasVoice = voice !== undefined && profile.voices.length > 0;
  return givenOrNone({
    voiceConfig: hasVoice ? { prebuiltVoiceConfig: { voiceName: voice } } : undefined,
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

function translationConfig(
  { translation }: LiveSessionSettings,
  profile: ModelProfile,
): GenerationConfig['translationConfig'] {
  if (!translation || !profile.translates) return undefined;
  return { targetLanguageCode: translation.target, echoTargetLanguage: translation.echo };
}
