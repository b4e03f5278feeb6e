import type { ContextUpdate, ModelLeg, ModelLegHandlers, OpenModelLeg, ImageFile } from '../call/ports.js';
import type { Clock, Timer } from '../clock.js';
import { ModelError, type ModelPhase } from '../errors.js';
import { type ModelProfile, RESUMES_TRANSPARENTLY, takesContext } from '../models/profiles.js';
import type { ToolAnswer, ToolDeclaration } from '../tools/tool.js';
import { audioFrame } from './audio-frame.js';
import { clientFrame } from './client-frames.js';
import type { ClientMessage, FunctionResponse } from './client-messages.js';
import { closeError, type ConnectionEnd } from './close-errors.js';
import { type LiveCredentials, withRequestType } from './credentials.js';
import { contextUpdateMessage, withContext } from './context-update.js';
import { liveEndpoint } from './endpoint.js';
import { given } from './given.js';
import type { LiveService } from './live-service.js';
import { LiveSocket } from './live-socket.js';
import { isUnnamedCall, MessageReader } from './message-reader.js';
import { sessionHistory } from './session-history.js';
import type { LiveSessionSettings } from './session-settings.js';
import { buildSetup, needsPreview } from './setup.js';
import { isNonBlocking } from './setup-tools.js';
import { withTranscript } from './transcript-instruction.js';
import { UnconsumedFrames } from './unconsumed-frames.js';

const SETUP_TIMEOUT_MS = 10_000;
const SCHEDULING = { interrupt: 'INTERRUPT', when_idle: 'WHEN_IDLE', silent: 'SILENT' } as const;

export interface ModelLegOptions {
  service: LiveService;
  settings: LiveSessionSettings;
  profile: ModelProfile;
  credentials: LiveCredentials;
  clock: Clock;
  /** From the opening to `setupComplete`, credentials and upgrade included. Default 10 s. */
  setupTimeoutMs?: number;
}

interface CallLegOptions extends ModelLegOptions {
  /** Of the call's last connection; absent where the service does not say what it has taken in. */
  unconsumed?: UnconsumedFrames;
}

/**
 * Opens sessions of the Live API for one call.
 * @throws ConfigError CONFIG_INVALID, ENVIRONMENT_INVALID when its model or its service's address can be none
 */
export function createModelLegOpener(options: ModelLegOptions): OpenModelLeg {
  const url = liveEndpoint(options.service, { preview: needsPreview(options.settings, options.profile) });
  const first = openingMessages(options, { history: [], rejected: false });
  const { provisioned } = options.settings;
  const dedicates = provisioned !== undefined && options.service.backend === 'vertex-ai';
  const credentials = dedicates ? withRequestType(options.credentials, provisioned) : options.credentials;
  const unconsumed = resumesTransparently(options) ? new UnconsumedFrames() : undefined;
  return (request, handlers) => {
    const { history, handle, context } = request;
    const isFirst = history.length === 0 && handle === undefined && context === undefined;
    const settings = withContext(options.settings, context);
    const opening = isFirst ? first : openingMessages({ ...options, settings }, request);
    const { patienceMs: setupTimeoutMs = options.setupTimeoutMs } = request;
    const legOptions = given({ ...options, settings, credentials, setupTimeoutMs, unconsumed });
    return new LiveModelLeg(legOptions, url, opening, handlers);
  };
}

type OpenRequest = Parameters<OpenModelLeg>[0];

interface OpeningMessages {
  setup: ClientMessage;
  /** The session of an earlier connection is taken up. */
  sameSession: boolean;
  /** Follows `setupComplete`, before any other. */
  history: ClientMessage | undefined;
}

function openingMessages(
  options: ModelLegOptions,
  { handle, history: spoken, rejected }: OpenRequest,
): OpeningMessages {
  const { settings, profile, service } = options;
  // A session that is taken up knows how it began and what was said.
  const turns = handle === undefined ? [...(settings.contextTurns ?? []), ...spoken] : [];
  // What was refused as turns is told as part of the instructions.
  const history = sessionHistory(rejected ? [] : turns, profile);
  const told =
    rejected && turns.length > 0
      ? { ...settings, systemInstruction: withTranscript(settings.systemInstruction, turns) }
      : settings;
  const setup = buildSetup(told, profile, service, history);
  const transparent = resumesTransparently(options) || undefined;
  const sessionResumption = settings.resume === false ? undefined : given({ handle, transparent });
  return {
    setup: { setup: given({ ...setup, sessionResumption }) },
    sameSession: handle !== undefined,
    history: history.message,
  };
}

function resumesTransparently({ settings, profile, service }: ModelLegOptions): boolean {
  const { resume = true, transparent = true } = settings;
  return resume && transparent && !profile.translates && RESUMES_TRANSPARENTLY.includes(service.backend);
}

class LiveModelLeg implements ModelLeg {
  resent: readonly string[] = [];
  readonly #options: CallLegOptions;
  readonly #handlers: ModelLegHandlers;
  readonly #opening: OpeningMessages;
  readonly #reader: MessageReader;
  readonly #socket: LiveSocket;
  readonly #setupTimer: Timer;
  /** As the session was told last. */
  #settings: LiveSessionSettings;
  #ready = false;
  #closing = false;
  /** Why this side gave up, when it was neither the service nor the call. */
  #fault: ModelError | undefined;

  constructor(options: CallLegOptions, url: URL, opening: OpeningMessages, handlers: ModelLegHandlers) {
    const { clock, credentials, settings, setupTimeoutMs = SETUP_TIMEOUT_MS } = options;
    this.#options = options;
    this.#settings = settings;
    this.#handlers = handlers;
    this.#opening = opening;
    this.#reader = new MessageReader(
      {
        modality: settings.modality ?? 'AUDIO',
        onSetupComplete: () => this.#begin(),
        onUnreadable: () => this.#giveUp(unreadable(this.#phase)),
        unconsumed: options.unconsumed,
      },
      handlers,
    );
    this.#socket = new LiveSocket(
      { url, credentials, clock },
      {
        onOpened: () => this.#socket.send(clientFrame(opening.setup)),
        onMessage: (data) => this.#reader.read(data),
        onClosed: (end) => this.#closed(end),
      },
    );
    this.#setupTimer = clock.after(setupTimeoutMs, () => this.#giveUp(timeout(this.#phase, setupTimeoutMs)));
  }

  sendAudio(pcm16k: Uint8Array): void {
    if (!this.#ready) return;
    if (!this.#socket.sendUnlessCongested(audioFrame(pcm16k))) this.#handlers.onIrregular('caller-audio-dropped');
    else if (this.#findsTurns) this.#options.unconsumed?.heard(pcm16k);
    else this.#options.unconsumed?.passed();
  }

  endAudio(): boolean {
    // Google's pages disagree on whether Vertex AI takes it; silence ends the caller's turn there all the same.
    if (this.#options.service.backend !== 'gemini-api' || !this.#findsTurns) return false;
    this.#send({ realtimeInput: { audioStreamEnd: true } });
    return true;
  }

  startActivity(): void {
    this.#signal({ realtimeInput: { activityStart: {} } });
  }

  endActivity(): void {
    this.#signal({ realtimeInput: { activityEnd: {} } });
  }

  sendText(text: string): void {
    if (this.#options.profile.text === 'none') return;
    this.#send(
      this.#options.profile.text === 'realtime-input'
        ? { realtimeInput: { text } }
        : { clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } },
    );
  }

  sendImage({ mimeType, bytes }: ImageFile): boolean {
    if (!this.#options.profile.seesImages || !this.#ready) return false;
    const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    this.#socket.sendLarge(clientFrame({ realtimeInput: { video: { mimeType, data } } }));
    this.#options.unconsumed?.passed();
    return true;
  }

  sendContext(text: string): void {
    if (!takesContext(this.#options.profile)) return;
    this.#send({ clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: false } });
  }

  sendToolAnswers(answers: readonly ToolAnswer[]): void {
    this.#send({ toolResponse: { functionResponses: answers.map((answer) => this.#functionResponse(answer)) } });
  }

  sendToolUpdate(piece: ToolAnswer): boolean {
    const { profile, service } = this.#options;
    const tool = this.#declared(piece.name);
    const takesPieces = profile.tools.partialAnswersOn.includes(service.backend);
    if (!takesPieces || !tool || !isNonBlocking(tool, profile)) return false;
    const functionResponse = { ...this.#functionResponse(piece), willContinue: true };
    this.#send({ toolResponse: { functionResponses: [functionResponse] } });
    return true;
  }

  updateContext(update: ContextUpdate): boolean {
    const { profile, service } = this.#options;
    const settings = withContext(this.#settings, update);
    const message = contextUpdateMessage(update, settings, profile, service);
    if (!message || !this.#ready) return false;
    this.#settings = settings;
    this.#send(message);
    return true;
  }

  close(): void {
    this.#leave();
    this.#socket.close();
  }

  /** The service finds the caller's turns. Where the bridge does, it says a turn again from its beginning. */
  get #findsTurns(): boolean {
    return this.#options.settings.turn?.detection !== 'local';
  }

  get #phase(): ModelPhase {
    if (this.#ready) return 'conversation';
    return this.#socket.phase === 'open' ? 'setup' : this.#socket.phase;
  }

  #send(message: ClientMessage): void {
    if (!this.#ready) return;
    const frame = clientFrame(message);
    this.#socket.send(frame);
    this.#options.unconsumed?.sent(message, frame.length);
  }

  /** Means nothing without the audio that it stands beside. */
  #signal(message: ClientMessage): void {
    if (!this.#ready) return;
    this.#socket.send(clientFrame(message));
    this.#options.unconsumed?.passed();
  }

  #begin(): void {
    if (this.#closing) return;
    this.#ready = true;
    this.#setupTimer.cancel();
    const lost = this.#options.unconsumed?.begin(this.#opening.sameSession) ?? [];
    for (const frame of lost) {
      if ('message' in frame) this.#send(frame.message);
      else this.sendAudio(frame.pcm16k);
    }
    this.resent = lost.flatMap((frame) => ('message' in frame ? linesOf(frame.message) : []));
    if (this.#opening.history) this.#send(this.#opening.history);
    this.#handlers.onReady();
  }

  /** `scheduling` means something only where the model went on talking. */
  #functionResponse({ id, name, response, whenDone }: ToolAnswer): FunctionResponse {
    const { profile } = this.#options;
    const tool = this.#declared(name);
    return given({
      id: isUnnamedCall(id) ? undefined : id,
      name,
      response,
      scheduling: whenDone && tool && isNonBlocking(tool, profile) ? SCHEDULING[whenDone] : undefined,
    });
  }

  #declared(name: string): ToolDeclaration | undefined {
    return this.#settings.tools?.find((declared) => declared.name === name);
  }

  #giveUp(fault: ModelError): void {
    this.#fault = fault;
    this.#leave();
    this.#socket.terminate();
  }

  #leave(): void {
    this.#ready = false;
    this.#closing = true;
    this.#setupTimer.cancel();
    this.#reader.mute();
  }

  #closed(end: ConnectionEnd): void {
    const phase = this.#phase;
    const closing = this.#closing;
    this.#leave();
    const error = this.#fault ?? (closing ? undefined : closeError(end, phase, this.#options.service.apiKey));
    this.#handlers.onClosed(error);
  }
}

function timeout(phase: ModelPhase, timeoutMs: number): ModelError {
  return new ModelError('MODEL_TIMEOUT', `The Live API was not ready after ${timeoutMs / 1_000} s`, {
    phase,
    retryable: true,
  });
}

function unreadable(phase: ModelPhase): ModelError {
  return new ModelError('MODEL_PROTOCOL', 'The service sends messages that cannot be read', { phase, retryable: true });
}

/** The lines of text that a message gives the model to answer. */
function linesOf({ realtimeInput, clientContent }: ClientMessage): string[] {
  const parts = clientContent?.turns?.flatMap((turn) => turn.parts ?? []) ?? [];
  return [...(realtimeInput?.text === undefined ? [] : [realtimeInput.text]), ...parts.map(({ text = '' }) => text)];
}
