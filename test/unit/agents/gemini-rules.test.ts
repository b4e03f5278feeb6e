import { describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/models/profiles.js';
import { agentsIn, deskWith, problemsIn } from '../../support/agents-file.js';

const NATIVE_2_5 = 'gemini-live-2.5-flash-native-audio';
const HALF_CASCADE = 'gemini-live-2.5-flash';
const TRANSLATE = 'gemini-3.5-live-translate-preview';
const SLOW = 'gemini-3.8-live-extended-thinking';
const LEGACY = 'gemini-3.1-flash-live-preview';
const TOOL = '{ name: f, description: d, http: { url: "https://example.com" }';

const CORPUS = 'projects/p/locations/l/ragCorpora/c';
const NOT_SENT = `3:5 warning: agents.desk: ${TRANSLATE} only translates, so \`instructions\` are not sent`;

/** Settings of an agent on a model, and what is said of them behind `agents.yaml:line:`. */
type Case = [settings: string, model: string, said: string[], backend?: Backend];

const REFUSED: Case[] = [
  [
    'voice: kore',
    'gemini-3.8-live',
    ['5:12 agents.desk.voice: `kore` is not a voice of gemini-3.8-live (did you mean `Kore`?)'],
  ],
  [
    'voice: Sulafat',
    HALF_CASCADE,
    [
      '5:12 agents.desk.voice: `Sulafat` is not a voice of gemini-live-2.5-flash; allowed: Puck, Charon, Kore, Fenrir, Aoede, Leda, Orus, Zephyr',
    ],
  ],
  [
    'language: es-ES',
    HALF_CASCADE,
    ['5:15 agents.desk.language: `es-ES` is not a language of gemini-live-2.5-flash (did you mean `es-US`?)'],
    'vertex-ai',
  ],
  [
    'language: de-AT',
    HALF_CASCADE,
    ['5:15 agents.desk.language: `de-AT` is not a language of gemini-live-2.5-flash (did you mean `de-DE`?)'],
  ],
  [
    'thinking: { level: low }',
    'gemini-3.8-live',
    ['5:5 agents.desk: gemini-3.8-live takes no `thinking`; leave it out'],
  ],
  [
    'thinking: { level: low }',
    NATIVE_2_5,
    [`5:17 agents.desk.thinking: ${NATIVE_2_5} takes no \`level\` but a \`budget\`: a number of tokens`],
  ],
  [
    'thinking: { budget: 0 }',
    LEGACY,
    [`5:17 agents.desk.thinking: ${LEGACY} takes no \`budget\` but a \`level\`: minimal, low, medium or high`],
  ],
  [
    'affective_dialog: true',
    'gemini-3.8-live',
    ['5:23 agents.desk.affective_dialog: gemini-3.8-live takes no `affective_dialog`; leave it out'],
  ],
  [
    'proactive_audio: true',
    LEGACY,
    [`5:22 agents.desk.proactive_audio: ${LEGACY} takes no \`proactive_audio\`; leave it out`],
  ],
  [
    'proactive_audio: false',
    'gemini-3.8-live',
    [
      '5:22 agents.desk.proactive_audio: gemini-3.8-live is always proactive and refuses to be told otherwise; leave it out',
    ],
  ],
  [
    'session: { compress: { trigger_tokens: 200000 } }',
    'gemini-3.8-live',
    [
      '5:44 agents.desk.session.compress.trigger_tokens: the context of gemini-3.8-live holds 128000 tokens; `trigger_tokens` must be smaller',
    ],
  ],
  [
    'session: { compress: { trigger_tokens: 1000, target_tokens: 1000 } }',
    'gemini-3.8-live',
    ['5:65 agents.desk.session.compress.target_tokens: must be smaller than `trigger_tokens`'],
  ],
  [
    'session: { compress: { target_tokens: 110000 } }',
    'gemini-3.8-live',
    ['5:43 agents.desk.session.compress.target_tokens: must be smaller than 102400, where gemini-3.8-live begins'],
  ],
  [
    'turn: { detection: local, coverage: all }',
    'gemini-3.8-live',
    ['5:41 agents.desk.turn.coverage: `all` needs `detection: model`; with `local` the model hears turns only'],
  ],
  [
    'turn: { detection: local, activity_signals: true }',
    NATIVE_2_5,
    [
      '5:49 agents.desk.turn.activity_signals: needs `detection: model`; with `local` there is nothing for the service to report',
    ],
  ],
  [
    'turn: { detection: local, silence_ms: 50 }',
    'gemini-3.8-live',
    ['5:43 agents.desk.turn.silence_ms: must be at least 100 with `detection: local`; words have pauses too'],
  ],
  [
    'turn: { detection: local, silence_ms: 500, end_sensitivity: high }',
    'gemini-3.8-live',
    ['5:65 agents.desk.turn.end_sensitivity: says the same as `silence_ms` with `detection: local`; keep one of them'],
  ],
  [
    'turn: { detection: local, prefix_padding_ms: 5000 }',
    'gemini-3.8-live',
    ['5:50 agents.desk.turn.prefix_padding_ms: must be at most 1000 with `detection: local`'],
  ],
  [
    'translation: { target: pl }\nturn: { detection: local }',
    TRANSLATE,
    [NOT_SENT, `6:24 agents.desk.turn.detection: ${TRANSLATE} only translates; it has no turns`],
  ],
  [
    'turn: { tell_cut_off: true }',
    LEGACY,
    [
      `5:27 agents.desk.turn.tell_cut_off: ${LEGACY} takes no text in the middle of a call that it does not answer; leave it out`,
    ],
  ],
  [
    'turn: { tell_cut_off: true, barge_in: false }',
    'gemini-3.8-live',
    ['5:27 agents.desk.turn.tell_cut_off: needs `barge_in`: without it nothing is cut off'],
  ],
  [
    `tools: [${TOOL}, blocking: false }]`,
    LEGACY,
    [`5:88 agents.desk.tools[0].blocking: ${LEGACY} always waits for a function; leave it out`],
  ],
  [
    `tools: [${TOOL}, blocking: true }]`,
    SLOW,
    [`5:88 agents.desk.tools[0].blocking: ${SLOW} never waits for a function; leave it out`],
  ],
  [
    'tools: [built_in: hang_up]\ntranslation: { target: pl }',
    TRANSLATE,
    [NOT_SENT, `5:23 agents.desk.tools[0].built_in: ${TRANSLATE} takes no functions`],
  ],
  [
    '',
    TRANSLATE,
    [NOT_SENT, `4:12 agents.desk.model: ${TRANSLATE} only translates; it needs \`translation: { target: … }\``],
  ],
  [
    'translation: { target: pl }\ngreeting: Hello\ncontext: [{ caller: Hi }]',
    TRANSLATE,
    [
      NOT_SENT,
      `6:5 agents.desk: ${TRANSLATE} only translates; it cannot greet`,
      `7:5 agents.desk: ${TRANSLATE} only translates; it takes no \`context\``,
    ],
  ],
  [
    'translation: { target: pl }',
    'gemini-3.8-live',
    [`5:5 agents.desk: gemini-3.8-live takes no \`translation\`; \`${TRANSLATE}\` does`],
  ],
  [
    'modality: text',
    'gemini-3.8-live',
    ['5:15 agents.desk.modality: gemini-3.8-live only answers by voice; what it says is transcribed all the same'],
  ],
  [
    'tools: [google_search: {}, built_in: hang_up]',
    'gemini-2.0-flash-live-preview-04-09',
    [
      '4:12 warning: agents.desk.model: gemini-2.0-flash-live-preview-04-09 is retired; Google may refuse it',
      '5:13 agents.desk.tools[0]: gemini-2.0-flash-live-preview-04-09 takes either functions or `google_search`, not both',
    ],
  ],
  [
    'tools: [code_execution: {}]',
    'gemini-3.8-live',
    [
      '5:13 agents.desk.tools[0]: gemini-3.8-live has no `code_execution`; of its own tools it has google_search, vertex_ai_search, vertex_rag',
    ],
  ],
  [
    'tools: [google_search: {}, google_search: {}]',
    'gemini-3.8-live',
    ['5:32 agents.desk.tools[1]: `google_search` stands twice'],
  ],
  [
    'tools: [vertex_ai_search: { datastore: projects/p/locations/l/collections/c/dataStores/d }]',
    'gemini-3.8-live',
    ['5:13 agents.desk.tools[0]: `vertex_ai_search` is only offered on Vertex AI'],
    'gemini-api',
  ],
  [
    `tools: [vertex_rag: { corpus: ${CORPUS} }]`,
    'gemini-9-live',
    [
      '4:12 warning: agents.desk.model: `gemini-9-live` is not a model this version knows (did you mean `gemini-3.8-live`?); what it takes is not checked',
      '5:13 agents.desk.tools[0]: `vertex_rag` is only offered on Vertex AI',
    ],
    'gemini-api',
  ],
  [
    'tools: [google_maps: {}, enterprise_web_search: {}, file_search: { stores: [fileSearchStores/s] }]',
    'gemini-9-live',
    [
      '4:12 warning: agents.desk.model: `gemini-9-live` is not a model this version knows (did you mean `gemini-3.8-live`?); what it takes is not checked',
      '5:57 agents.desk.tools[2]: `file_search` is only offered on the Gemini API',
    ],
    'vertex-ai',
  ],
  [
    'tools: [google_maps: {}, enterprise_web_search: { exclude_domains: [example.com] }]',
    HALF_CASCADE,
    [
      '5:13 agents.desk.tools[0]: gemini-live-2.5-flash has no `google_maps`; of its own tools it has google_search, code_execution, url_context, vertex_ai_search, vertex_rag',
      '5:30 agents.desk.tools[1]: gemini-live-2.5-flash has no `enterprise_web_search`; of its own tools it has google_search, code_execution, url_context, vertex_ai_search, vertex_rag',
    ],
  ],
  [
    'transcription: { mode: smart, word_timestamps: true, diarization: true }',
    'gemini-3.8-live',
    [
      '5:52 agents.desk.transcription.word_timestamps: `word_timestamps` is not to be had with `mode: smart`',
      '5:71 agents.desk.transcription.diarization: `diarization` is not to be had with `mode: smart`',
    ],
  ],
  [
    `tools: [${TOOL} }, ${TOOL} }]`,
    'gemini-3.8-live',
    ['5:88 agents.desk.tools[1].name: this agent already has a function of this name'],
  ],
  [
    'tools: [{ name: hang_up, description: d, http: { url: "https://example.com" } }, { built_in: hang_up }]',
    'gemini-3.8-live',
    ['5:98 agents.desk.tools[1].built_in: this agent already has a function of this name'],
  ],
  [
    'tools: [{ name: "9 to 5", description: d, http: { url: "https://example.com" } }]',
    'gemini-3.8-live',
    [
      '5:21 agents.desk.tools[0].name: the name of a function starts with a letter or `_` and has at most 128 of A-Z a-z 0-9 _ . : -',
    ],
  ],
  [
    '',
    NATIVE_2_5,
    [
      `4:12 agents.desk.model: ${NATIVE_2_5} is not offered on the Gemini API, which has \`gemini-3.8-live\`, \`${SLOW}\`, \`${LEGACY}\`, \`${TRANSLATE}\` or \`gemini-2.5-flash-native-audio-preview-12-2025\``,
    ],
    'gemini-api',
  ],
];

const ADVISED: Case[] = [
  [
    'labels: { team: desk }\nprovisioned: shared\nsafety: { harassment: off, method: severity }\nturn: { activity_signals: true }',
    'gemini-3.8-live',
    [
      '5:5 warning: agents.desk: `labels` is for Vertex AI; it is not sent to the Gemini API',
      '6:5 warning: agents.desk: `provisioned` is for Vertex AI; it is not sent to the Gemini API',
      '7:32 warning: agents.desk.safety: `method` is for Vertex AI; it is not sent to the Gemini API',
      '8:13 warning: agents.desk.turn: `activity_signals` is for Vertex AI; it is not sent to the Gemini API',
    ],
    'gemini-api',
  ],
  [
    'transcription: { languages: [en-US], vocabulary: [Liveline] }',
    LEGACY,
    [
      `5:22 warning: agents.desk.transcription: ${LEGACY} takes no \`languages\` for its transcripts, so it is not sent`,
      `5:42 warning: agents.desk.transcription: ${LEGACY} takes no \`vocabulary\` for its transcripts, so it is not sent`,
    ],
  ],
  [
    'transcription: { mode: verbatim, word_timestamps: true, diarization: true }',
    HALF_CASCADE,
    [
      '5:22 warning: agents.desk.transcription: gemini-live-2.5-flash takes no `mode` for its transcripts, so it is not sent',
      '5:38 warning: agents.desk.transcription: gemini-live-2.5-flash takes no `word_timestamps` for its transcripts, so it is not sent',
      '5:61 warning: agents.desk.transcription: gemini-live-2.5-flash takes no `diarization` for its transcripts, so it is not sent',
    ],
  ],
  [
    'translation: { target: pl }\nvoice: Puck',
    TRANSLATE,
    [NOT_SENT, `6:12 warning: agents.desk.voice: ${TRANSLATE} has a voice of its own, so \`voice\` is not sent`],
  ],
  [
    'modality: text',
    HALF_CASCADE,
    ['5:15 warning: agents.desk.modality: a caller hears nothing of an agent that answers in text'],
  ],
  [
    'language: en-US',
    'gemini-3.8-live',
    [
      '5:15 warning: agents.desk.language: gemini-3.8-live hears the language by itself, so `language` is not sent; ask for one in `instructions`',
    ],
  ],
  [
    'voice: Nobody',
    'gemini-3.9-live',
    [
      '4:12 warning: agents.desk.model: `gemini-3.9-live` is not a model this version knows (did you mean `gemini-3.8-live`?); what it takes is not checked',
    ],
  ],
  [
    '',
    'gemini-2.0-flash-live-001',
    ['4:12 warning: agents.desk.model: gemini-2.0-flash-live-001 is retired; Google may refuse it'],
  ],
  [
    'context: [{ caller: Hi }, { agent: Hello }]',
    NATIVE_2_5,
    [`5:31 warning: agents.desk.context[1]: ${NATIVE_2_5} wants what was said before to end with a \`caller\` turn`],
  ],
  [
    `tools: [${TOOL}, blocking: true, when_done: silent }]`,
    'gemini-3.8-live',
    [
      '5:94 warning: agents.desk.tools[0]: `when_done` does nothing where the model waits for the function; it needs `blocking: false`',
    ],
  ],
];

const TAKEN: Case[] = [
  [
    'turn: { detection: local, start_sensitivity: low, prefix_padding_ms: 200, silence_ms: 700, tell_cut_off: true }',
    'gemini-3.8-live',
    [],
  ],
  ['turn: { detection: local, end_sensitivity: low, barge_in: false, coverage: activity }', LEGACY, []],
  ['labels: { team: desk }\nprovisioned: dedicated\nturn: { activity_signals: true }', NATIVE_2_5, [], 'vertex-ai'],
  ['safety: { harassment: off, method: severity }', NATIVE_2_5, [], 'vertex-ai'],
  ['generation: { frequency_penalty: -2, presence_penalty: 2 }', NATIVE_2_5, []],
  ['transcription: { languages: [pl], vocabulary: [Liveline] }', 'gemini-3.8-live', []],
  [`tools: [vertex_rag: { corpus: ${CORPUS}, top_k: 3, max_distance: 0.5 }, built_in: hang_up]`, NATIVE_2_5, []],
  ['voice: Zephyr\nlanguage: de-DE', HALF_CASCADE, []],
  ['thinking: { budget: -1, include_thoughts: true }\naffective_dialog: true\nproactive_audio: true', NATIVE_2_5, []],
  ['affective_dialog: false', 'gemini-3.8-live', []],
  ['session: { resume: true, compress: {} }', 'gemini-3.8-live', []],
  [`tools: [${TOOL}, when_done: silent }]`, 'gemini-3.8-live', []],
  ['', 'projects/p/locations/global/publishers/google/models/gemini-3.8-live', [], 'vertex-ai'],
  ['tools: [code_execution: {}, url_context: {}]', HALF_CASCADE, []],
];

function said([settings, model, , backend]: Case): string[] {
  const problems = problemsIn(deskWith(`model: ${model}\n${settings}`), backend && { backend });
  return problems.map((problem) => problem.replace(/^agents\.yaml:/, ''));
}

describe('what Gemini takes', () => {
  it.each(REFUSED)('refuses `%s` on %s', (...one) => {
    expect(said(one)).toEqual(one[2]);
  });

  it.each(ADVISED)('warns of `%s` on %s', (...one) => {
    expect(said(one)).toEqual(one[2]);
  });

  it.each(TAKEN)('takes `%s` on %s', (...one) => {
    expect(said(one)).toEqual([]);
  });

  it('asks a translator for no instructions', () => {
    const text = `agents: { desk: { model: ${TRANSLATE}, translation: { target: pl } } }`;
    expect(problemsIn(text)).toEqual([]);
    expect(agentsIn(text)[0]).toMatchObject({ instructions: '', translation: { target: 'pl', echo: false } });
  });

  it('names the agent whose model refuses what stands in defaults', () => {
    const text = [
      'defaults: { thinking: { budget: 0 } }',
      'agents:',
      `  a: { instructions: Hi, model: ${NATIVE_2_5}, default: true }`,
      '  b: { instructions: Hi }',
    ].join('\n');
    expect(problemsIn(text)).toEqual(['agents.yaml:1:13 agents.b: gemini-3.8-live takes no `thinking`; leave it out']);
  });
});
