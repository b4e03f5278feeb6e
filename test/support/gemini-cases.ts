import type { Backend } from '../../src/models/profiles.js';
import { deskWith, problemsIn } from './agents-file.js';

export const NATIVE_2_5 = 'gemini-live-2.5-flash-native-audio';
export const HALF_CASCADE = 'gemini-live-2.5-flash';
export const TRANSLATE = 'gemini-3.5-live-translate-preview';
export const SLOW = 'gemini-3.8-live-extended-thinking';
export const LEGACY = 'gemini-3.1-flash-live-preview';
export const TOOL = '{ name: f, description: d, http: { url: "https://example.com" }';

export const CORPUS = 'projects/p/locations/l/ragCorpora/c';
export const NOT_SENT = `3:19 warning: agents.desk.instructions: ${TRANSLATE} only translates, so \`instructions\` are not sent`;

/** Settings of an agent on a model, and what is said of them behind `agents.yaml:line:`. */
export type Case = [settings: string, model: string, said: string[], backend?: Backend];

/** What `validate` says of such a case. */
export function said([settings, model, , backend]: Case): string[] {
  const problems = problemsIn(deskWith(`model: ${model}\n${settings}`), backend && { backend });
  return problems.map((problem) => problem.replace(/^agents\.yaml:/, ''));
}
