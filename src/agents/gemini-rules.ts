import { LANGUAGES } from '../models/languages.js';
import { findModelProfile, MODEL_PROFILES, bareModelId } from '../models/profiles.js';
import type { Backend, BuiltInTool, ModelProfile } from '../models/profiles.js';
import { checkParameters } from './parameters-rules.js';
import { nearest, oneOf, suggestion } from './problem.js';
import type { Finding, Path } from './problem.js';
import type { AgentConfig } from './schema.js';

/** Live API reference, function declarations: letter or `_` first, at most 128 characters. */
const FUNCTION_NAME = /^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/;
/** `triggerTokens` when it is not sent: this share of the context window (API reference). */
const DEFAULT_TRIGGER_SHARE = 0.8;

const MODEL_TOOLS: readonly BuiltInTool[] = ['google_search', 'code_execution', 'url_context', 'vertex_ai_search'];

const BACKEND_NAMES: Readonly<Record<Backend, string>> = { 'gemini-api': 'the Gemini API', 'vertex-ai': 'Vertex AI' };

/** A rule's view of one agent on one model. Paths in findings are relative to the agent. */
interface Subject {
  agent: AgentConfig;
  model: ModelProfile;
  backend: Backend | undefined;
  /** A text as the user wrote it, before variables were filled in: safe to repeat. */
  shown: (path: Path) => string;
}

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
  const common = [...checkFunctions(agent), ...checkOnce(agent), ...checkVertexSearch(agent, backend)];
  const model = findModelProfile(agent.model);
  if (!model) return [unknownModel(agent.model, shown), ...common];
  const subject: Subject = { agent, model, backend, shown };
  return [
    ...checkModel(subject),
    ...checkVoice(subject),
    ...checkLanguage(subject),
    ...checkThinking(subject),
    ...checkAffectiveAndProactive(subject),
    ...checkCompression(subject),
    ...checkContext(subject),
    ...checkFunctionSupport(subject),
    ...checkModelTools(subject),
    ...common,
  ];
}

function unknownModel(model: string, shown: Subject['shown']): Finding {
  const meant = nearest(
    bareModelId(model),
    MODEL_PROFILES.map((profile) => profile.id),
  );
  const hint = meant === undefined ? '' : ` (did you mean \`${meant}\`?)`;
  const message = `\`${shown(['model'])}\` is not a model this version knows${hint}; what it takes is not checked`;
  return { path: ['model'], severity: 'warning', message };
}

function checkModel({ model, backend }: Subject): Finding[] {
  if (backend !== undefined && !model.backends.includes(backend)) {
    const others = MODEL_PROFILES.filter((other) => other.backends.includes(backend) && other.status !== 'retired');
    const name = BACKEND_NAMES[backend];
    const offered = oneOf(others.map((other) => other.id));
    return [{ path: ['model'], message: `${model.id} is not offered on ${name}, which has ${offered}` }];
  }
  if (model.status !== 'retired') return [];
  return [{ path: ['model'], severity: 'warning', message: `${model.id} is retired; Google may refuse it` }];
}

function checkVoice({ agent, model, shown }: Subject): Finding[] {
  if (model.voices.includes(agent.voice)) return [];
  const hint = suggestion(agent.voice, model.voices);
  return [{ path: ['voice'], message: `\`${shown(['voice'])}\` is not a voice of ${model.id}${hint}` }];
}

function checkLanguage({ agent, model, backend, shown }: Subject): Finding[] {
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

function checkThinking({ agent, model }: Subject): Finding[] {
  if (agent.thinking === undefined) return [];
  if (model.thinking === 'none') {
    return [{ path: ['thinking'], at: 'key', message: `${model.id} takes no \`thinking\`; leave it out` }];
  }
  const wrong = model.thinking === 'level' ? 'budget' : 'level';
  if (agent.thinking[wrong] === undefined) return [];
  const right = model.thinking === 'level' ? '`level`: minimal, low, medium or high' : '`budget`: a number of tokens';
  return [{ path: ['thinking', wrong], at: 'key', message: `${model.id} takes no \`${wrong}\` but a ${right}` }];
}

function checkAffectiveAndProactive({ agent, model }: Subject): Finding[] {
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

function checkCompression({ agent, model }: Subject): Finding[] {
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

function checkContext({ agent, model }: Subject): Finding[] {
  const last = agent.context.at(-1);
  if (model.historyEndsWithCaller !== true || last === undefined || 'caller' in last) return [];
  const message = `${model.id} wants what was said before to end with a \`caller\` turn`;
  return [{ path: ['context', agent.context.length - 1], severity: 'warning', message }];
}

/** The functions of an agent: name, and place among its tools. */
function functionsOf(agent: AgentConfig): { name: string; path: Path }[] {
  return agent.tools.flatMap((tool, index) => {
    if ('http' in tool) return [{ name: tool.name, path: ['tools', index, 'name'] }];
    return 'built_in' in tool ? [{ name: tool.built_in, path: ['tools', index, 'built_in'] }] : [];
  });
}

function checkFunctions(agent: AgentConfig): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const { name, path } of functionsOf(agent)) {
    if (!FUNCTION_NAME.test(name)) {
      const message = 'the name of a function starts with a letter or `_` and has at most 128 of A-Z a-z 0-9 _ . : -';
      findings.push({ path, message });
    }
    if (seen.has(name)) findings.push({ path, message: 'this agent already has a function of this name' });
    seen.add(name);
  }
  for (const [index, tool] of agent.tools.entries()) {
    if (!('http' in tool) || tool.parameters === undefined) continue;
    findings.push(...checkParameters(tool.parameters, ['tools', index, 'parameters']));
  }
  return findings;
}

/** The tools that the model runs itself: kind, and place among the agent's tools. */
function modelToolsOf(agent: AgentConfig): { kind: BuiltInTool; path: Path }[] {
  return agent.tools.flatMap((tool, index) => {
    const kind = MODEL_TOOLS.find((one) => one in tool);
    return kind ? [{ kind, path: ['tools', index, kind] }] : [];
  });
}

function checkOnce(agent: AgentConfig): Finding[] {
  const kinds = modelToolsOf(agent);
  return kinds
    .filter(({ kind }, index) => kinds.findIndex((other) => other.kind === kind) !== index)
    .map(({ kind, path }) => ({ path, at: 'key', message: `\`${kind}\` stands twice` }));
}

function checkVertexSearch(agent: AgentConfig, backend: Backend | undefined): Finding[] {
  if (backend !== 'gemini-api') return [];
  return modelToolsOf(agent)
    .filter(({ kind }) => kind === 'vertex_ai_search')
    .map(({ path }) => ({ path, at: 'key', message: '`vertex_ai_search` is only offered on Vertex AI' }));
}

function checkModelTools({ agent, model }: Subject): Finding[] {
  const offered = model.tools.builtIn;
  const what = offered.length > 0 ? `of its own tools it has ${offered.join(', ')}` : 'it has no tools of its own';
  return modelToolsOf(agent)
    .filter(({ kind }) => !offered.includes(kind))
    .map(({ kind, path }) => ({ path, at: 'key', message: `${model.id} has no \`${kind}\`; ${what}` }));
}

function checkFunctionSupport({ agent, model }: Subject): Finding[] {
  const { blocking, nonBlocking } = model.tools;
  if (!blocking && !nonBlocking) {
    return functionsOf(agent).map(({ path }) => ({ path, message: `${model.id} takes no functions` }));
  }
  return agent.tools.flatMap((tool, index): Finding[] => {
    if (!('http' in tool)) return [];
    const path = ['tools', index];
    if (tool.blocking === true && !blocking) {
      return [{ path: [...path, 'blocking'], message: `${model.id} never waits for a function; leave it out` }];
    }
    if (tool.blocking === false && !nonBlocking) {
      return [{ path: [...path, 'blocking'], message: `${model.id} always waits for a function; leave it out` }];
    }
    const waits = tool.blocking ?? model.tools.default === 'BLOCKING';
    if (tool.when_done === undefined || !waits) return [];
    const message = '`when_done` does nothing where the model waits for the function; it needs `blocking: false`';
    return [{ path: [...path, 'when_done'], at: 'key', severity: 'warning', message }];
  });
}
