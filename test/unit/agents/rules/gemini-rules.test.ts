import { describe, expect, it } from 'vitest';
import { agentsIn, problemsIn } from '../../../support/agents-file.js';
import {
  type Case,
  said,
  NATIVE_2_5,
  HALF_CASCADE,
  TRANSLATE,
  LEGACY,
  TOOL,
  CORPUS,
  NOT_SENT,
} from '../../../support/gemini-cases.js';

const ADVISED: Case[] = [
  [
    'labels: { team: desk }\nprovisioned: shared\nsafety: { harassment: off, method: severity }\nturn: { activity_signals: true }',
    'gemini-3.8-live',
    [
      '5:13 warning: agents.desk.labels: `labels` is for Vertex AI; it is not sent to the Gemini API',
      '6:18 warning: agents.desk.provisioned: `provisioned` is for Vertex AI; it is not sent to the Gemini API',
      '7:40 warning: agents.desk.safety.method: `method` is for Vertex AI; it is not sent to the Gemini API',
      '8:31 warning: agents.desk.turn.activity_signals: `activity_signals` is for Vertex AI; it is not sent to the Gemini API',
    ],
    'gemini-api',
  ],
  [
    'transcription: { languages: [en-US], vocabulary: [Liveline] }',
    LEGACY,
    [
      `5:33 warning: agents.desk.transcription.languages: ${LEGACY} takes no \`languages\` for its transcripts, so it is not sent`,
      `5:54 warning: agents.desk.transcription.vocabulary: ${LEGACY} takes no \`vocabulary\` for its transcripts, so it is not sent`,
    ],
  ],
  [
    'transcription: { mode: verbatim, word_timestamps: true, diarization: true }',
    HALF_CASCADE,
    [
      '5:28 warning: agents.desk.transcription.mode: gemini-live-2.5-flash takes no `mode` for its transcripts, so it is not sent',
      '5:55 warning: agents.desk.transcription.word_timestamps: gemini-live-2.5-flash takes no `word_timestamps` for its transcripts, so it is not sent',
      '5:74 warning: agents.desk.transcription.diarization: gemini-live-2.5-flash takes no `diarization` for its transcripts, so it is not sent',
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
  [
    `tools: [${TOOL}, while_running: { say: Say so. } }, ${TOOL.replace('name: f', 'name: g')}, while_running: false }]`,
    'gemini-3.1-flash-live-preview',
    [
      '5:95 warning: agents.desk.tools[0].while_running: `say` does nothing where the model waits for the function; it needs `blocking: false`',
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

describe('what Gemini takes', () => {
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
    expect(problemsIn(text)).toEqual([
      'agents.yaml:1:23 agents.b.thinking: gemini-3.8-live takes no `thinking`; leave it out',
    ]);
  });
});
