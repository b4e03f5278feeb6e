import { describe, expect, it } from 'vitest';
import {
  type Case,
  said,
  NATIVE_2_5,
  HALF_CASCADE,
  TRANSLATE,
  SLOW,
  LEGACY,
  TOOL,
  CORPUS,
  NOT_SENT,
} from '../../support/gemini-cases.js';

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
    ['5:15 agents.desk.thinking: gemini-3.8-live takes no `thinking`; leave it out'],
  ],
  [
    'thinking: { level: low }',
    NATIVE_2_5,
    [`5:24 agents.desk.thinking.level: ${NATIVE_2_5} takes no \`level\` but a \`budget\`: a number of tokens`],
  ],
  [
    'thinking: { budget: 0 }',
    LEGACY,
    [`5:25 agents.desk.thinking.budget: ${LEGACY} takes no \`budget\` but a \`level\`: minimal, low, medium or high`],
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
      `6:15 agents.desk.greeting: ${TRANSLATE} only translates; it cannot greet`,
      `7:14 agents.desk.context: ${TRANSLATE} only translates; it takes no \`context\``,
    ],
  ],
  [
    'translation: { target: pl }',
    'gemini-3.8-live',
    [`5:18 agents.desk.translation: gemini-3.8-live takes no \`translation\`; \`${TRANSLATE}\` does`],
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
      `4:12 agents.desk.model: ${NATIVE_2_5} is not offered on the Gemini API, which has \`gemini-3.8-live\`, \`${SLOW}\`, \`${LEGACY}\` or \`gemini-2.5-flash-native-audio-preview-12-2025\``,
    ],
    'gemini-api',
  ],
];

describe('what Gemini refuses', () => {
  it.each(REFUSED)('is `%s` on %s', (...one) => {
    expect(said(one)).toEqual(one[2]);
  });
});
