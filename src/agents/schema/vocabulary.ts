/** Words that people bring from elsewhere, and what they are called here. */
const SYNONYMS: Readonly<Record<string, string>> = {
  prompt: 'instructions',
  system_prompt: 'instructions',
  system_instruction: 'instructions',
  system_instructions: 'instructions',
  first_message: 'greeting',
  welcome_message: 'greeting',
  phone_number: 'numbers',
  phone_numbers: 'numbers',
  voice_name: 'voice',
  language_code: 'language',
  interruptible: 'barge_in',
  timeout: 'timeout_ms',
  silence_duration_ms: 'silence_ms',
  input_schema: 'parameters',
  endpoint: 'url',
  hold_music: 'hold',
  modalities: 'modality',
  response_modalities: 'modality',
  safety_settings: 'safety',
  custom_vocabulary: 'vocabulary',
  explicit_vad_signal: 'activity_signals',
  target_language: 'target',
};

/** Keys that are one agent's own. */
const AGENTS_OWN: readonly string[] = ['default', 'numbers'];

/** What this vocabulary calls `key`, if it is a word from elsewhere. */
export function synonymOf(key: string): string | undefined {
  return Object.hasOwn(SYNONYMS, key) ? SYNONYMS[key] : undefined;
}

/** Why a key cannot stand where it is, where there is more to say than that it is unknown. */
export function explanationOf(key: string, isInDefaults: boolean): string | undefined {
  if (isInDefaults && AGENTS_OWN.includes(key))
    return `\`${key}\` belongs to one agent and cannot stand in \`defaults\``;
  return undefined;
}
