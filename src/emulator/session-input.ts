import type { ReadClientMessage } from '../live/wire.js';
import type { LiveActivity } from './activity.js';
import type { CallerActivity } from './caller-activity.js';
import { invalidArgument, type Refusal } from './client-frame.js';
import type { Conversation } from './conversation.js';
import type { Dialect } from './dialect.js';
import { flawsOf } from './faults.js';
import type { LiveConnection } from './live-connection.js';
import type { WireSettings } from './script-schema.js';
import type { SessionState } from './session-memory.js';
import type { SessionSettings } from './session-settings.js';
import { checkTools, sessionTools } from './session-tools.js';

/** Of content that waits for its `turnComplete`, the end is kept. */
const MAX_UNANSWERED_CHARS = 10_000;

/** Source: Live API, the types of `@google/genai` 2.32. */
const IMAGE_TYPES: readonly string[] = ['image/jpeg', 'image/png', 'image/webp'];

type ClientContent = NonNullable<ReadClientMessage['clientContent']>;
type RealtimeInput = NonNullable<ReadClientMessage['realtimeInput']>;
type ToolResponse = NonNullable<ReadClientMessage['toolResponse']>;
type ContextUpdate = NonNullable<ReadClientMessage['contextUpdate']>;

export interface SessionInputOptions {
  connection: LiveConnection;
  dialect: Dialect;
  wire: WireSettings;
  settings: SessionSettings;
  state: SessionState;
  conversation: Conversation;
  activity: CallerActivity;
  /** The client will tell what was said before. */
  expectsHistory: boolean;
  report: (activity: LiveActivity) => void;
  /** A piece of the caller's audio came. */
  onCallerAudio: (base64: string) => void;
}

/** What a client's messages mean to a session that is set up, and which of them the service would refuse. */
export class SessionInput {
  readonly #options: SessionInputOptions;
  #inHistory: boolean;

  constructor(options: SessionInputOptions) {
    this.#options = options;
    this.#inHistory = options.expectsHistory;
  }

  take({ setup, clientContent, realtimeInput, toolResponse, contextUpdate }: ReadClientMessage): void {
    // A second one.
    if (setup) this.#refuse(invalidArgument());
    else if (clientContent) this.#content(clientContent);
    else if (realtimeInput) this.#realtime(realtimeInput);
    else if (toolResponse) this.#toolResponse(toolResponse);
    else if (contextUpdate) this.#contextUpdate(contextUpdate);
  }

  #refuse(refusal: Refusal): void {
    this.#options.connection.refuse(refusal);
  }

  #content({ turns = [], turnComplete = false }: ClientContent): void {
    const { dialect, state, conversation } = this.#options;
    if (dialect.profile.clientContentOnlyAsHistory && !this.#inHistory) {
      this.#refuse(invalidArgument());
      return;
    }
    conversation.interrupt();
    for (const { role = 'user', parts = [] } of turns) {
      const text = parts.map((part) => part.text ?? '').join('');
      if (role === 'user') state.unansweredText = (state.unansweredText + text).slice(-MAX_UNANSWERED_CHARS);
      else if (role === 'model') {
        state.player.skipGreeting();
        state.unansweredText = '';
      } else {
        this.#refuse(invalidArgument('Please use a valid role: user, model.'));
        return;
      }
      state.context.addText(role, text);
    }
    if (!turnComplete) return;
    const text = state.unansweredText;
    state.unansweredText = '';
    if (this.#inHistory) this.#inHistory = false;
    else conversation.hear({ kind: 'text', text });
  }

  #realtime({ audio, video, text, audioStreamEnd, activityStart, activityEnd, mediaChunks }: RealtimeInput): void {
    const { dialect, settings, state, conversation, activity } = this.#options;
    if (mediaChunks && !dialect.mediaChunks) {
      const reason = 'realtime_input.media_chunks is deprecated. Use audio, video, or text instead.';
      this.#refuse(invalidArgument(reason));
      return;
    }
    const isAutomaticOnly = audioStreamEnd === true;
    const isManualOnly = activityStart !== undefined || activityEnd !== undefined;
    if (settings.automaticActivity ? isManualOnly : isAutomaticOnly) {
      this.#refuse(invalidArgument());
      return;
    }
    const blob = audio ?? mediaChunks?.[0];
    if (blob) this.#audio(blob);
    if (video) this.#image(video);
    if (activityStart) activity.start();
    if (activityEnd || audioStreamEnd === true) activity.end();
    if (text === undefined) return;
    state.context.addText('user', text);
    conversation.hear({ kind: 'text', text });
  }

  #audio({ data, mimeType }: { data: string; mimeType: string }): void {
    const { connection, state, conversation, activity, onCallerAudio } = this.#options;
    onCallerAudio(data);
    if (conversation.isBlocked) connection.strike('call_audio');
    const heardMs = activity.hear(data, mimeType);
    if (heardMs === undefined) this.#refuse(invalidArgument());
    else if (activity.counts) state.context.addAudio('user', heardMs);
  }

  #image({ data, mimeType }: { data: string; mimeType: string }): void {
    const { dialect, state, report } = this.#options;
    const bytes = Buffer.from(data, 'base64').length;
    if (!dialect.profile.seesImages || !IMAGE_TYPES.includes(mimeType) || bytes === 0) {
      this.#refuse(invalidArgument());
      return;
    }
    state.context.addImage('user');
    state.player.see();
    report({ type: 'image-seen', mimeType, bytes });
  }

  #toolResponse({ functionResponses = [] }: ToolResponse): void {
    const { connection, conversation, wire } = this.#options;
    const struck = connection.strike('tool_answer');
    if (!connection.usable || struck.some(({ reply }) => reply === 'ignored')) return;
    const { waitMs } = flawsOf(struck);
    for (const answer of functionResponses) {
      const isKnown = conversation.answerTool(answer, waitMs);
      if (!isKnown && wire.unknown_answers === 'refused') {
        this.#refuse({ code: 1008, reason: 'Requested entity was not found.' });
      }
    }
  }

  #contextUpdate({ systemInstruction, tools }: ContextUpdate): void {
    const { dialect, settings, state, report } = this.#options;
    if (!dialect.contextUpdate) {
      this.#refuse(invalidArgument());
      return;
    }
    const refusal = checkTools(tools?.tools ?? [], dialect);
    if (refusal) {
      this.#refuse(refusal);
      return;
    }
    if (tools) settings.tools = sessionTools(tools.tools ?? [], dialect);
    if (systemInstruction) state.context.instruct(instructionOf(systemInstruction));
    report({ type: 'context-updated' });
  }
}

/** The text of a system instruction. */
export function instructionOf({ parts = [] }: { parts?: { text?: string }[] }): string {
  return parts.map(({ text = '' }) => text).join('');
}
