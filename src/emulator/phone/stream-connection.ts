import type { Handset, HandsetOptions } from './handset.js';
import { MediaStream } from './media-stream.js';
import type { PhoneEventBody, StreamWarningCode } from './phone-event.js';
import type { TwimlStream } from './twiml.js';

/** What became of a stream, for its `statusCallback`. */
export interface StreamNews {
  streamSid: string;
  event: 'stream-started' | 'stream-stopped' | 'stream-error';
  error?: string;
}

export interface StreamConnectionOptions extends HandsetOptions {
  handset: Handset;
  stream: TwimlStream;
  callSid: string;
  accountSid: string;
  authToken: string | undefined;
  /** The caller hangs up, or the call's TwiML is replaced. */
  signal: AbortSignal;
  emit: (event: PhoneEventBody) => void;
  tell: (news: StreamNews) => void;
}

/**
 * Runs one `<Connect><Stream>`.
 * @returns settled when the server closed the socket, when it cannot be opened, or after `signal` was aborted
 */
export async function connectStream(options: StreamConnectionOptions): Promise<void> {
  const { stream, signal, emit, tell } = options;
  const problem = checkStreamUrl(stream.url);
  if (problem) {
    emit({ type: 'warning', ...problem });
    tell({ streamSid: '', event: 'stream-error', error: problem.detail });
    return;
  }
  const open = new AbortController();
  await new Promise<void>((closed) => {
    const socket = openSocket(options, closed);
    signal.addEventListener('abort', () => socket.hangUp(), { once: true, signal: open.signal });
  });
  open.abort();
}

function openSocket(options: StreamConnectionOptions, closed: () => void): MediaStream {
  const { handset, stream: target, emit, tell } = options;
  const { earpiece } = handset;
  let started = false;
  const stream = new MediaStream(
    { ...options, url: target.url, parameters: target.parameters },
    {
      onConnected: () => emit({ type: 'connected' }),
      onStarted: (streamSid) => {
        started = true;
        earpiece.connect((name) => stream.echoMark(name));
        emit({ type: 'start', streamSid });
        handset.connect(stream);
        tell({ streamSid, event: 'stream-started' });
      },
      onAudio: (mulaw) => {
        if (!earpiece.play(mulaw)) stream.warn(31931, 'more than ten minutes of audio are queued');
      },
      onMark: (name) => earpiece.mark(name),
      onClear: () => earpiece.clear(),
      onSpeech: (phase) => emit({ type: 'caller-audio', phase }),
      onKey: (digit) => emit({ type: 'dtmf', digit }),
      onWarning: (code, detail) => {
        emit({ type: 'warning', code, detail });
        if (!started) tell({ streamSid: stream.streamSid, event: 'stream-error', error: detail });
      },
      onStopped: () => emit({ type: 'stop' }),
      onClosed: (code, by) => {
        handset.disconnect(stream);
        earpiece.disconnect();
        emit({ type: 'closed', code, by });
        if (started) tell({ streamSid: stream.streamSid, event: 'stream-stopped' });
        closed();
      },
    },
  );
  return stream;
}

/** Twilio opens `wss` only; `ws` is let pass on loopback, where there is no certificate to be had. */
function checkStreamUrl(url: string): { code: StreamWarningCode; detail: string } | undefined {
  if (!URL.canParse(url)) return { code: 31923, detail: 'the URL of the stream is malformed' };
  const { protocol, hostname } = new URL(url);
  const loopback = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  if (protocol === 'wss:' || (protocol === 'ws:' && loopback)) return undefined;
  return { code: 31922, detail: 'the URL of the stream is not wss' };
}
