import { LANGUAGES } from '../../models/languages.js';
import { findModelProfile, MODEL_PROFILES, bareModelId } from '../../models/profiles.js';
import type { Backend } from '../../models/profiles.js';
import type { GeminiSubject } from './gemini-subject.js';
import { checkFunctions, checkModelTools, checkTools } from './gemini-tool-rules.js';
import { nearest, oneOf, suggestion } from '../problem.js';
import type { Finding, Path } from '../problem.js';
import type { AgentConfig } from '../schema/schema.js';
import { checkTurn } from './turn-rules.js';

/** `triggerTokens` when it is not sent: this share of the context window (API reference). */
const DEFAULT_TRIGGER_SHARE = 0.8;

const BACKEND_NAMES: Readonly<Record<Backend, string>> = { 'gemini-api': 'the Gemini API', 'vertex-ai': 'Vertex AI' };

/**
 * What Gemini would refuse in an agent, found before a call does.
 * For a model that is not in the table only what holds for all models is checked.
 * @param backend undefined: any on which the model is offered
 * @param shown a text of the agent as the user wrote it, before variables were filled in
 */
export function checkGeminiRules(
  agent: AgentConfig,
  backend: Backend | undefined,
  shown: (path: Path) => string,
): Finding[] {
  const model = findModelProfile(agent.model);
  const common = [
    ...checkFunctions(agent),
    ...checkTools(agent, backend),
    ...checkVertexSettings(agent, backend),
    ...checkTurn(agent, model),
  ];
  if (!model) return [unknownModel(agent.model, shown), ...common];
  const subject: GeminiSubject = { agent, model, backend, shown };
  return [
    ...checkModel(subject),
    ...checkVoice(subject),
    ...checkLanguage(subject),
    ...checkThinking(subject),
    ...checkAffectiveAndProactive(subject),
    ...checkCompression(subject),
    ...checkContext(subject),
    ...checkModality(subject),
    ...checkTranscription(subject),
    ...checkTranslation(subject),
    ...checkModelTools(subject),
    ...common,
  ];
}

function unknownModel(model: string, shown: GeminiSubject['shown']): Finding {
  const meant = nearest(
    bareModelId(model),
    MODEL_PROFILES.map((profile) => profile.id),
  );
  const hint = meant === undefined ? '' : ` (did you mean \`${meant}\`?)`;
  const message = `\`${shown(['model'])}\` is not a model this version knows${hint}; what it takes is not checked`;
  return { path: ['model'], severity: 'warning', message };
}

function checkModel({ model, backend }: GeminiSubject): Finding[] {
  if (backend !== undefined && !model.backends.includes(backend)) {
    // A model that only translates is no choice for an agent that talks.
    const others = MODEL_PROFILES.filter(
      ({ backends, status, translates }) =>
        backends.includes(backend) && status !== 'retired' && translates === model.translates,
    );
    const name = BACKEND_NAMES[backend];
    const offered = oneOf(others.map((other) => other.id));
    return [{ path: ['model'], message: `${model.id} is not offered on ${name}, which has ${offered}` }];
  }
  if (model.status !== 'retired') return [];
  return [{ path: ['model'], severity: 'warning', message: `${model.id} is retired; Google may refuse it` }];
}

function checkVoice({ agent, model, shown }: GeminiSubject): Finding[] {
  if (model.voices.length === 0) {
    const message = `${model.id} has a voice of its own, so \`voice\` is not sent`;
    return shown(['voice']) === '' ? [] : [{ path: ['voice'], severity: 'warning', message }];
  }
  if (model.voices.includes(agent.voice)) return [];
  const hint = suggestion(agent.voice, model.voices);
  return [{ path: ['voice'], message: `\`${shown(['voice'])}\` is not a voice of ${model.id}${hint}` }];
}

function checkLanguage({ agent, model, backend, shown }: GeminiSubject): Finding[] {
  const language = agent.language;
  if (language === undefined) return [];
  if (!model.languageCode) {
    const message = `${model.id} hears the language by itself, so \`language\` is not sent; ask for one in \`instructions\``;
    return [{ path: ['language'], severity: 'warning', message }];
  }
  const backends = backend === undefined ? model.backends : [backend];
  const languages = [...new Set(backends.flatMap((one) => LANGUAGES[one]))];
  if (languages.includes(language)) return [];
  const sameTongue = languages.find((one) => one.split('-')[0] === language.split('-')[0]);
  const hint = suggestion(sameTongue ?? language, languages);
  const message = `\`${shown(['language'])}\` is not a language of ${model.id}${hint}`;
  return [{ path: ['language'], message }];
}

function checkThinking({ agent, model }: GeminiSubject): Finding[] {
  if (agent.thinking === undefined) return [];
  if (model.thinking === 'none') {
    return [{ path: ['thinking'], message: `${model.id} takes no \`thinking\`; leave it out` }];
  }
  const wrong = model.thinking === 'level' ? 'budget' : 'level';
  if (agent.thinking[wrong] === undefined) return [];
  const right = model.thinking === 'level' ? '`level`: minimal, low, medium or high' : '`budget`: a number of tokens';
  return [{ path: ['thinking', wrong], message: `${model.id} takes no \`${wrong}\` but a ${right}` }];
}

function checkAffectiveAndProactive({ agent, model }: GeminiSubject): Finding[] {
  const findings: Finding[] = [];
  if (agent.affective_dialog === true && !model.affectiveDialog) {
    findings.push({ path: ['affective_dialog'], message: `${model.id} takes no \`affective_dialog\`; leave it out` });
  }
  if (agent.proactive_audio === true && model.proactiveAudio === 'none') {
    findings.push({ path: ['proactive_audio'], message: `${model.id} takes no \`proactive_audio\`; leave it out` });
  }
  if (agent.proactive_audio === false && model.proactiveAudio === 'always') {
    const message = `${model.id} is always proactive and refuses to be told otherwise; leave it out`;
    findings.push({ path: ['proactive_audio'], message });
  }
  return findings;
}

function checkCompression({ agent, model }: GeminiSubject): Finding[] {
  const compress = agent.session.compress;
  if (!compress) return [];
  const window = model.contextWindowTokens;
  const trigger = compress.trigger_tokens ?? window * DEFAULT_TRIGGER_SHARE;
  const path = ['session', 'compress'];
  if (trigger > window) {
    const message = `the context of ${model.id} holds ${window} tokens; \`trigger_tokens\` must be smaller`;
    return [{ path: [...path, 'trigger_tokens'], message }];
  }
  if (compress.target_tokens === undefined || compress.target_tokens < trigger) return [];
  const bound = compress.trigger_tokens === undefined ? `${trigger}, where ${model.id} begins` : '`trigger_tokens`';
  return [{ path: [...path, 'target_tokens'], message: `must be smaller than ${bound}` }];
}

function checkContext({ agent, model }: GeminiSubject): Finding[] {
  const last = agent.context.at(-1);
  if (model.historyEndsWithCaller !== true || last === undefined || 'caller' in last) return [];
  const message = `${model.id} wants what was said before to end with a \`caller\` turn`;
  return [{ path: ['context', agent.context.length - 1], severity: 'warning', message }];
}

function checkModality({ agent, model }: GeminiSubject): Finding[] {
  if (agent.modality === 'audio') return [];
  if (!model.modalities.includes('TEXT')) {
    const message = `${model.id} only answers by voice; what it says is transcribed all the same`;
    return [{ path: ['modality'], message }];
  }
  return [
    { path: ['modality'], severity: 'warning', message: 'a caller hears nothing of an agent that answers in text' },
  ];
}

function checkTranscription({ agent, model }: GeminiSubject): Finding[] {
  const { transcription } = agent;
  if (model.transcriptionOptions) {
    if (transcription.mode !== 'smart') return [];
    // Types of `@google/genai`, `AudioTranscriptionConfig.mode`.
    return (['word_timestamps', 'diarization'] as const)
      .filter((key) => transcription[key] === true)
      .map((key) => ({ path: ['transcription', key], message: `\`${key}\` is not to be had with \`mode: smart\`` }));
  }
  return (['languages', 'vocabulary', 'mode', 'word_timestamps', 'diarization'] as const)
    .filter((key) => transcription[key] !== undefined)
    .map((key) => {
      const message = `${model.id} takes no \`${key}\` for its transcripts, so it is not sent`;
      return { path: ['transcription', key], severity: 'warning', message };
    });
}

/** A translator is told into what, and nothing else; any other model is not. */
function checkTranslation({ agent, model }: GeminiSubject): Finding[] {
  if (!model.translates) {
    if (agent.translation === undefined) return [];
    const translators = MODEL_PROFILES.filter((other) => other.translates).map((other) => other.id);
    const message = `${model.id} takes no \`translation\`; ${oneOf(translators)} does`;
    return [{ path: ['translation'], message }];
  }
  const findings: Finding[] = [];
  if (agent.translation === undefined) {
    const message = `${model.id} only translates; it needs \`translation: { target: … }\``;
    findings.push({ path: ['model'], message });
  }
  if (agent.instructions !== '') {
    const message = `${model.id} only translates, so \`instructions\` are not sent`;
    findings.push({ path: ['instructions'], severity: 'warning', message });
  }
  if (agent.greeting !== undefined) {
    findings.push({ path: ['greeting'], message: `${model.id} only translates; it cannot greet` });
  }
  if (agent.context.length > 0) {
    findings.push({ path: ['context'], message: `${model.id} only translates; it takes no \`context\`` });
  }
  return findings;
}

/** What Vertex AI alone has, and the conversation goes on without. */
function checkVertexSettings(agent: AgentConfig, backend: Backend | undefined): Finding[] {
  if (backend !== 'gemini-api') return [];
  const settings: [Path, unknown][] = [
    [['labels'], agent.labels],
    [['session', 'transparent'], agent.session.transparent],
    [['provisioned'], agent.provisioned],
    [['safety', 'method'], agent.safety?.method],
    [['turn', 'activity_signals'], agent.turn.activity_signals],
  ];
  return settings
    .filter(([, value]) => value !== undefined)
    .map(([path]) => {
      const message = `\`${String(path.at(-1))}\` is for Vertex AI; it is not sent to the Gemini API`;
      return { path, severity: 'warning', message };
    });
}
