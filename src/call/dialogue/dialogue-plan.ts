import type { Toolbox } from '../../tools/tool.js';
import type { AttendantPlan } from './attendant.js';
import type { TurnTakingPlan } from '../caller/caller-turns.js';
import type { TranscriptKeeping } from './conversation.js';
import type { ToolServers } from '../tools/tool-servers.js';

/** How one call's conversation goes: what the agent's configuration says of it. */
export interface DialoguePlan extends AttendantPlan, TurnTakingPlan {
  /** What the model is told to make it speak first; absent: the caller speaks first. */
  readonly greeting?: string | undefined;
  protectGreeting: boolean;
  /** Whether the caller's voice cuts what is being said. Default true. */
  bargeIn?: boolean;
  /** The model answers in text: it has spoken when there are words, without a sound. Default false. */
  answersInText?: boolean;
  /** Nobody listens to what the caller says. */
  isDeaf?: boolean;
  digits: 'to_model' | 'ignore';
  keepTranscript: TranscriptKeeping;
  /** Caller audio in one message to the model, in milliseconds. */
  uplinkMs: number;
  tools: Toolbox;
  /** Where some of them come from; absent: all are this process's own. */
  toolServers?: ToolServers;
  /** The model makes calls again that it called off itself: their work is not done twice. Default false. */
  repeatsCancelledCalls?: boolean;
  /** Whether the model must not hear the caller while it waits for this function. Default: it may, for all of them. */
  holdsMicrophoneFor?: (toolName: string) => boolean;
  /** What templates of this call's tools may use. */
  variables: Record<string, unknown>;
}
