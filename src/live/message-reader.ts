import { randomUUID } from 'node:crypto';
import type { ModelLegHandlers, ModelReport } from '../call/ports.js';
import type { ToolCall } from '../tools/tool.js';
import { decodeModelAudio, readUsualAudio } from './model-audio.js';
import { modelReports } from './model-reports.js';
import {
  durationMs,
  hasUnknownField,
  parseServerMessage,
  plainAudio,
  type ServerContent,
  type ServerMessage,
  type Transcription,
} from './server-messages.js';
import { transcriptDetails } from './transcript-details.js';
import { turnUsage } from './turn-usage.js';
import type { UnconsumedFrames } from './unconsumed-frames.js';

/** This many messages in a row that cannot be read: the peer does not speak our protocol. */
const MAX_UNREADABLE = 20;
const UNNAMED_CALL = 'liveline-unnamed-call-';

export interface MessageReaderOptions {
  /** In a session of text, text parts are what the agent says. */
  modality: 'AUDIO' | 'TEXT';
  /** At most once. Messages before it are not told to the handlers. */
  onSetupComplete: () => void;
  /** Nothing but rubbish comes. */
  onUnreadable: () => void;
  /** Told before the handlers are: what the model has made of what was sent. */
  unconsumed?: Pick<UnconsumedFrames, 'reacted' | 'called' | 'consumed' | 'turnOver'> | undefined;
}

/** Whether a call's id is ours, because the service gave it none: the answer must not carry it. */
export function isUnnamedCall(id: string): boolean {
  return id.startsWith(UNNAMED_CALL);
}

/** Reads the service's messages and tells the handlers, in the order that `ModelLegHandlers` promises. `onReady` and `onClosed` are the leg's. */
export class MessageReader {
  readonly #options: MessageReaderOptions;
  #handlers: ModelLegHandlers;
  #ready = false;
  #unreadable = 0;
  /** The model has said that its turn goes on. */
  #inProgress = false;
  #lastGrounded = '';

  constructor(options: MessageReaderOptions, handlers: ModelLegHandlers) {
    this.#options = options;
    this.#handlers = handlers;
  }

  /** From here on no handler is called, not even for the rest of a message that is being read. */
  mute(): void {
    this.#handlers = MUTE;
  }

  read(data: Buffer): void {
    if (this.#handlers === MUTE) return;
    const usual = this.#ready ? readUsualAudio(data) : undefined;
    if (usual) {
      this.#unreadable = 0;
      this.#options.unconsumed?.reacted();
      this.#handlers.onAudio(usual);
      return;
    }
    let message: ServerMessage;
    try {
      const json: unknown = JSON.parse(data.toString());
      const blob = this.#ready ? plainAudio(json) : undefined;
      if (blob) {
        this.#unreadable = 0;
        this.#speak(blob.mimeType, blob.data);
        return;
      }
      message = parseServerMessage(json);
    } catch {
      this.#rubbish();
      return;
    }
    this.#unreadable = 0;
    if (hasUnknownField(message)) this.#handlers.onIrregular('unknown-field');
    if ('setupComplete' in message) this.#complete();
    else if (!this.#ready) this.#handlers.onIrregular('message-before-setup');
    if (this.#ready) this.#tell(message);
  }

  #rubbish(): void {
    this.#handlers.onIrregular('unreadable-message');
    this.#unreadable += 1;
    if (this.#unreadable >= MAX_UNREADABLE) this.#options.onUnreadable();
  }

  #complete(): void {
    if (this.#ready) {
      this.#handlers.onIrregular('second-setup-complete');
      return;
    }
    this.#ready = true;
    this.#options.onSetupComplete();
  }

  /** A message may carry any number of fields at once. */
  #tell(message: ServerMessage): void {
    const content = message.serverContent ?? {};
    if (content.interrupted === true) {
      this.#options.unconsumed?.turnOver();
      this.#handlers.onInterrupted();
    }
    const cancelledIds = message.toolCallCancellation?.ids ?? [];
    if (cancelledIds.length > 0) this.#handlers.onToolCallsCancelled(cancelledIds);
    this.#tellParts(content);
    this.#transcribe('caller', content.inputTranscription ?? message.inputTranscription);
    this.#transcribe('agent', content.outputTranscription ?? message.outputTranscription);
    for (const report of modelReports(message)) this.#report(report);
    const calls = this.#toolCalls(message.toolCall);
    if (calls.length > 0) this.#call(calls);
    if (content.generationComplete === true) this.#handlers.onGenerationComplete();
    if (content.waitingForInput === true) this.#handlers.onWaiting();
    this.#tellEnd(content);
    if (message.usageMetadata) this.#handlers.onUsage(turnUsage(message.usageMetadata));
    if (message.sessionResumptionUpdate) this.#tellHandle(message.sessionResumptionUpdate);
    if (message.goAway) this.#handlers.onGoingAway(durationMs(message.goAway.timeLeft));
  }

  /** Some models end their turn several times: only the end that leaves them idle is one. */
  #tellEnd({ turnComplete, turnCompleteReason: reason, interactionStatus: status }: ServerContent): void {
    if (turnComplete === true && status === 'IN_PROGRESS') {
      this.#inProgress = true;
      this.#handlers.onUtteranceComplete(reason);
    } else if (turnComplete === true || (this.#inProgress && status === 'IDLE')) {
      this.#inProgress = false;
      this.#options.unconsumed?.turnOver();
      this.#handlers.onTurnComplete(reason);
    }
  }

  /** Thoughts are not for the caller, and neither is code: older models show a call as code first. */
  #tellParts(content: ServerContent): void {
    for (const part of content.modelTurn?.parts ?? []) {
      if (part.thought === true) continue;
      if (part.inlineData) this.#speak(part.inlineData.mimeType ?? '', part.inlineData.data ?? '');
      if (this.#options.modality === 'TEXT' && part.text) this.#handlers.onTranscript('agent', part.text);
    }
  }

  #tellHandle(update: NonNullable<ServerMessage['sessionResumptionUpdate']>): void {
    const handle = handleOf(update);
    if (handle !== undefined) this.#options.unconsumed?.consumed(update.lastConsumedClientMessageIndex);
    this.#handlers.onResumable(handle);
  }

  #call(calls: readonly ToolCall[]): void {
    const { unconsumed } = this.#options;
    unconsumed?.reacted();
    unconsumed?.called(calls.map(({ id }) => id));
    this.#handlers.onToolCalls(calls);
  }

  #speak(mimeType: string, base64: string): void {
    const audio = decodeModelAudio(mimeType, base64);
    if (typeof audio === 'string') this.#handlers.onIrregular(audio);
    else {
      this.#options.unconsumed?.reacted();
      this.#handlers.onAudio(audio);
    }
  }

  #transcribe(speaker: 'caller' | 'agent', piece: Transcription | undefined): void {
    if (!piece?.text) return;
    if (speaker === 'agent') this.#options.unconsumed?.reacted();
    this.#handlers.onTranscript(speaker, piece.text, transcriptDetails(piece));
  }

  /** A reply's sources come with several of its messages. */
  #report(report: ModelReport): void {
    const told = JSON.stringify(report);
    if (report.type === 'grounded' && told === this.#lastGrounded) return;
    if (report.type === 'grounded') this.#lastGrounded = told;
    this.#handlers.onReport(report);
  }

  #toolCalls(toolCall: ServerMessage['toolCall']): ToolCall[] {
    return (toolCall?.functionCalls ?? []).map(({ id, name, args = {} }) => ({
      id: id ? id : `${UNNAMED_CALL}${randomUUID()}`,
      name,
      args,
    }));
  }
}

/** Without a handle, or with one that is not resumable, the session cannot be taken up at this moment. */
function handleOf({ newHandle, resumable }: { newHandle?: string; resumable?: boolean }): string | undefined {
  return resumable === true && newHandle ? newHandle : undefined;
}

function ignore(): void {
  // The session is over.
}

const MUTE: ModelLegHandlers = {
  onReady: ignore,
  onAudio: ignore,
  onInterrupted: ignore,
  onTranscript: ignore,
  onReport: ignore,
  onToolCalls: ignore,
  onToolCallsCancelled: ignore,
  onGenerationComplete: ignore,
  onUtteranceComplete: ignore,
  onTurnComplete: ignore,
  onWaiting: ignore,
  onUsage: ignore,
  onResumable: ignore,
  onGoingAway: ignore,
  onIrregular: ignore,
  onClosed: ignore,
};
