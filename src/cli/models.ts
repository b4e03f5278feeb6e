import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Backend, BuiltInTool, ModelProfile } from '../models/profiles.js';
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
      const models = MODEL_PROFILES.map((profile) => describe(profile, isOfferedOn));
      const note = `As of ${PROFILES_AS_OF}. A model that is not listed is let through, with a warning; Google decides.`;
      context.terminal.print(`${[...models, note].join('\n\n')}\n`);
    });
}

type IsOfferedOn = (tool: BuiltInTool, backend: Backend) => boolean;

function describe(profile: ModelProfile, isOfferedOn: IsOfferedOn): string {
  const { id, status, source } = profile;
  const facts = Object.entries(factsOf(profile, isOfferedOn)).map(([name, fact]) => `  ${name.padEnd(18)}${fact}`);
  return [`${id} (${status})`, ...facts, `  ${'source'.padEnd(18)}${source}`].join('\n');
}

function factsOf(profile: ModelProfile, isOfferedOn: IsOfferedOn): Record<string, string> {
  const { backends, modalities, voices, languageCode, transcriptionOptions, seesImages, translates } = profile;
  return {
    services: namesOf(backends),
    'answers in': modalities.map((modality) => modality.toLowerCase()).join(' or '),
    voices: voices.length === 0 ? 'its own' : String(voices.length),
    language: languageCode ? 'as told by `language`' : 'as it hears',
    transcription: transcriptionOptions ? 'languages, vocabulary, mode, word times, speakers' : 'takes no options',
    pictures: seesImages ? 'yes' : 'no',
    translation: translates ? 'yes, and nothing else' : 'no',
    functions: functionsOf(profile.tools),
    'partial answers': namesOf(backends.filter((backend) => profile.tools.partialAnswersOn.includes(backend))),
    'while it waits': waitingOf(profile),
    'its own tools': toolsOf(profile, isOfferedOn),
    thinking: profile.thinking === 'none' ? 'no' : `by ${profile.thinking}`,
    'affective dialog': profile.affectiveDialog ? 'if asked' : 'no',
    'proactive audio': { none: 'no', 'opt-in': 'if asked', always: 'always' }[profile.proactiveAudio],
    'text, mid-call': { none: 'no', 'realtime-input': 'realtimeInput', 'client-content': 'clientContent' }[
      profile.text
    ],
    'told anew': namesOf(profile.contextUpdateOn),
    history: { none: 'no', 'history-config': 'historyConfig', 'client-content': 'clientContent' }[profile.history],
    context: `${profile.contextWindowTokens.toLocaleString('en-US')} tokens`,
  };
}

function namesOf(backends: readonly Backend[]): string {
  const names = backends.map((backend) => (backend === 'vertex-ai' ? 'Vertex AI' : 'Gemini API'));
  return names.length === 0 ? 'no' : names.join(', ');
}

function waitingOf({ tools, gatesMicrophoneDuringTools, repeatsCancelledCalls }: ModelProfile): string {
  if (!tools.blocking) return 'it never waits';
  const habits = [
    gatesMicrophoneDuringTools ? 'the caller is kept back, and heard after the answer' : 'it hears the caller',
    ...(repeatsCancelledCalls ? ['it repeats what it calls off'] : []),
  ];
  return habits.join('; ');
}

function toolsOf({ tools, backends }: ModelProfile, isOfferedOn: IsOfferedOn): string {
  const { builtIn, builtInExcludesFunctions } = tools;
  if (builtIn.length === 0) return 'none';
  const offered = builtIn.map((tool) => {
    const on = backends.filter((backend) => isOfferedOn(tool, backend));
    return on.length === backends.length ? tool : `${tool} (${namesOf(on)})`;
  });
  return offered.join(', ') + (builtInExcludesFunctions === true ? '; not beside functions' : '');
}

function functionsOf({ default: preset, blocking, nonBlocking }: ModelProfile['tools']): string {
  if (!blocking && !nonBlocking) return 'no';
  if (!nonBlocking) return 'it always waits for them';
  if (!blocking) return 'it never waits for them';
  return `it waits for them or not; left open, it ${preset === 'BLOCKING' ? 'waits' : 'goes on'}`;
}
