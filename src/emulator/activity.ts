import type { LivelineError } from '../errors.js';
import type { Backend } from '../models/profiles.js';
import type { Role } from './context-window.js';

/** What happened in a session of the emulator, for tests and for who watches it. May hold transcripts: never logged. */
export type LiveActivity =
  | { type: 'session-opened'; backend: Backend; model: string; setup: Record<string, unknown> }
  | { type: 'session-resumed'; history: { role: Role; text: string }[] }
  /** Where the client says when the caller speaks. `outsideMs`: audio that came outside, since the session began. */
  | { type: 'activity-started' }
  | { type: 'activity-ended'; audioMs: number; outsideMs: number }
  | { type: 'speech-heard'; transcript: string }
  | { type: 'text-heard'; text: string }
  | { type: 'image-seen'; mimeType: string; bytes: number }
  | { type: 'tool-called'; name: string; id: string }
  | { type: 'tool-answered'; name: string; response: Record<string, unknown>; dropped: boolean; willContinue?: true }
  | { type: 'tools-cancelled'; ids: string[] }
  | { type: 'context-updated' }
  | { type: 'context-compressed'; droppedTurns: number; tokens: number }
  | { type: 'going-away'; leftMs: number }
  | { type: 'interrupted'; spokenMs: number }
  | { type: 'turn-completed'; spokenMs: number; text: string }
  | { type: 'failed'; error: LivelineError }
  | { type: 'refused'; code: number; reason: string }
  | { type: 'session-closed'; code: number };
