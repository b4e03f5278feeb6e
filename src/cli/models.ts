import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { BuiltInTool, ModelProfile } from '../models/profiles.js';
import type { CommandContext } from './command-context.js';

/** `liveline models`: which Live models there are, and what each takes. */
export function modelsCommand(context: CommandContext): CommandUnknownOpts {
  return new Command('models')
    .description('list the Live models and what each takes')
    .option('--json', 'print { asOf, models, languages } as JSON')
    .action(async ({ json }) => {
      const { isOfferedOn, MODEL_PROFILES, PROFILES_AS_OF } = await import('../models/profiles.js');
      if (json) {
        const { LANGUAGES: languages } = await import('../models/languages.js');
        const table = { asOf: PROFILES_AS_OF, models: MODEL_PROFILES, languages };
        context.terminal.print(`${JSON.stringify(table)}\n`);
        return;
      }
      const models = MODEL_PROFILES.map((profile) => describe(profile, (tool) => !isOfferedOn(tool, 'gemini-api')));
      const note = `As of ${PROFILES_AS_OF}. A model that is not listed is let through, with a warning; Google decides.`;
      context.terminal.print(`${[...models, note].join('\n\n')}\n`);
    });
}

function describe(profile: ModelProfile, needsVertex: (tool: BuiltInTool) => boolean): string {
  const { id, status, source } = profile;
  const facts = Object.entries(factsOf(profile, needsVertex)).map(([name, fact]) => `  ${name.padEnd(18)}${fact}`);
  return [`${id} (${status})`, ...facts, `  ${'source'.padEnd(18)}${source}`].join('\n');
}

function factsOf(profile: ModelProfile, needsVertex: (tool: BuiltInTool) => boolean): Record<string, string> {
  const { backends, modalities, voices, languageCode, transcriptionHints, translates, contextWindowTokens } = profile;
  const offered = profile.tools.builtIn.map((tool) => (needsVertex(tool) ? `${tool} (Vertex AI)` : tool));
  const either = profile.tools.builtInExcludesFunctions === true ? '; not beside functions' : '';
  return {
    services: backends.map((backend) => (backend === 'vertex-ai' ? 'Vertex AI' : 'Gemini API')).join(', '),
    'answers in': modalities.map((modality) => modality.toLowerCase()).join(' or '),
    voices: voices.length === 0 ? 'its own' : String(voices.length),
    language: languageCode ? 'as told by `language`' : 'as it hears',
    transcription: transcriptionHints ? 'takes `languages` and `vocabulary`' : 'takes no hints',
    translation: translates ? 'yes, and nothing else' : 'no',
    functions: functionsOf(profile.tools),
    'its own tools': offered.length === 0 ? 'none' : offered.join(', ') + either,
    thinking: profile.thinking === 'none' ? 'no' : `by ${profile.thinking}`,
    'affective dialog': profile.affectiveDialog ? 'if asked' : 'no',
    'proactive audio': { none: 'no', 'opt-in': 'if asked', always: 'always' }[profile.proactiveAudio],
    'text, mid-call': { none: 'no', 'realtime-input': 'realtimeInput', 'client-content': 'clientContent' }[
      profile.text
    ],
    history: { none: 'no', 'history-config': 'historyConfig', 'client-content': 'clientContent' }[profile.history],
    context: `${contextWindowTokens.toLocaleString('en-US')} tokens`,
  };
}

function functionsOf({ default: preset, blocking, nonBlocking }: ModelProfile['tools']): string {
  if (!blocking && !nonBlocking) return 'no';
  if (!nonBlocking) return 'it always waits for them';
  if (!blocking) return 'it never waits for them';
  return `it waits for them or not; left open, it ${preset === 'BLOCKING' ? 'waits' : 'goes on'}`;
}
