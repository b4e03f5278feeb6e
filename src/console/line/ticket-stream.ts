import { FRAME_MS, LINE_HZ } from '../audio/line-rate.js';
import type { PhoneTicket } from './line-api.js';

/** Five seconds of frames that the network does not take: what comes then is dropped, its timestamps show the gap. */
const MAX_UNSENT_BYTES = 80_000;

export interface MediaStreamHandlers {
  /** The stream has started: the call begins. */
  onStarted(): void;
  onAudio(mulaw: Uint8Array): void;
  onMark(name: string): void;
  onClear(): void;
  /** Exactly once, last, unless this side hung up. */
  onClosed(): void;
}

/**
 * The caller's end of one call, as Twilio speaks it. Source: Twilio, "Media Streams - WebSocket Messages"; the order of
 * fields in `media` is Twilio's own, which the server reads fastest.
 */
export class TicketStream {
  readonly #socket: WebSocket;
  readonly #ticket: PhoneTicket;
  readonly #handlers: MediaStreamHandlers;
  #sequenceNumber = 0;
  #frames = 0;

  constructor(ticket: PhoneTicket, handlers: MediaStreamHandlers) {
    this.#ticket = ticket;
    this.#handlers = handlers;
    const url = new URL(`phone/media/${ticket.ticket}`, document.baseURI);
    url.protocol = url.protocol.replace('http', 'ws');
    this.#socket = new WebSocket(url);
    this.#socket.onopen = () => this.#start();
    this.#socket.onmessage = ({ data }: MessageEvent<string>) => this.#receive(data);
    this.#socket.onclose = () => handlers.onClosed();
  }

  /** One frame of the caller's voice, every 20 ms. */
  sendAudio(mulaw: Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const timestamp = String(this.#frames * FRAME_MS);
    this.#frames += 1;
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) return;
    const payload = btoa(String.fromCharCode(...mulaw));
    this.#send('media', { media: { track: 'inbound', chunk: String(this.#frames), timestamp, payload } });
  }

  sendDigit(digit: string): void {
    this.#send('dtmf', { dtmf: { track: 'inbound_track', digit } });
  }

  sendMark(name: string): void {
    this.#send('mark', { mark: { name } });
  }

  /** The caller hangs up. */
  hangUp(): void {
    const { callSid, accountSid } = this.#ticket;
    this.#socket.onclose = null;
    this.#socket.onmessage = null;
    this.#socket.onopen = null;
    this.#send('stop', { stop: { callSid, accountSid } });
    this.#socket.close(1000);
  }

  #start(): void {
    const { callSid, accountSid, streamSid } = this.#ticket;
    this.#socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: LINE_HZ, channels: 1 };
    this.#send('start', {
      start: { callSid, accountSid, streamSid, tracks: ['inbound'], mediaFormat, customParameters: {} },
    });
    this.#handlers.onStarted();
  }

  #send(event: string, body: object): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#sequenceNumber += 1;
    const sequenceNumber = String(this.#sequenceNumber);
    this.#socket.send(JSON.stringify({ event, sequenceNumber, streamSid: this.#ticket.streamSid, ...body }));
  }

  /** The server is our own: what it sends is what it promises. */
  #receive(text: string): void {
    const message = JSON.parse(text) as MessageToCaller;
    if (message.event === 'media') this.#handlers.onAudio(bytesOf(message.media.payload));
    else if (message.event === 'mark') this.#handlers.onMark(message.mark.name);
    else this.#handlers.onClear();
  }
}

type MessageToCaller =
  { event: 'media'; media: { payload: string } } | { event: 'mark'; mark: { name: string } } | { event: 'clear' };

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
