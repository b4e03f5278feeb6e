import { Agent, request } from 'undici';
import type { CallEvent } from '../../call/events.js';
import { CallError } from '../../errors.js';
import type { OutboundCall } from '../../twilio/outbound-call.js';

/** The longest event that is read; what the server sends is far below. */
const MAX_LINE_CHARACTERS = 1_000_000;
const ANSWER_MS = 5_000;

/** The server's API, as far as a caller who is also its operator uses it. Disposing closes its connections. */
export class CallApi implements AsyncDisposable {
  readonly #dispatcher = new Agent({ headersTimeout: ANSWER_MS, bodyTimeout: 0 });
  readonly #scope = new AbortController();
  readonly #callsUrl: string;
  readonly #headers: Record<string, string>;

  /** @param apiToken bearer; without one only a server on this machine lets anybody in */
  constructor(serverUrl: string, apiToken: string | undefined) {
    this.#callsUrl = `${serverUrl}/api/calls`;
    this.#headers = apiToken === undefined ? {} : { authorization: `Bearer ${apiToken}` };
  }

  /**
   * Gives the model a line as if the caller had typed it.
   * @throws CallError `CALL_REFUSED` when the API does not take it
   */
  async say(callSid: string, text: string): Promise<void> {
    await this.#ask('POST', `/${callSid}/say`, { text });
  }

  /**
   * Has an agent call somebody. Returns before anything has rung.
   * @throws CallError `CALL_REFUSED` when the server does not make the call
   */
  dial(order: { to: string; agent: string; from?: string; variables: Record<string, string> }): Promise<OutboundCall> {
    return this.#ask<OutboundCall>('POST', '', order);
  }

  /** How a call stands that this server makes. */
  outbound(id: string): Promise<OutboundCall> {
    return this.#ask<OutboundCall>('GET', `/${id}`);
  }

  /** Hangs up, or gives up a call that was not answered yet. */
  async hangUp(id: string): Promise<void> {
    await this.#ask('POST', `/${id}/hangup`, {});
  }

  /**
   * Tells what the server has to tell of a call, from its beginning; settles when the server is done, or does not
   * let us in. A call is known to the API a moment after its stream has started: until then it is asked again.
   * @param pause settled when it is time to ask again; false when the call is over
   */
  async follow(callSid: string, onEvent: (event: CallEvent) => void, pause: () => Promise<boolean>): Promise<void> {
    try {
      for (;;) {
        const { statusCode, body } = await request(`${this.#callsUrl}/${callSid}/events`, {
          headers: { ...this.#headers, accept: 'text/event-stream' },
          dispatcher: this.#dispatcher,
          signal: this.#scope.signal,
        });
        if (statusCode === 200) {
          await readEvents(body, onEvent);
          return;
        }
        await body.dump();
        if (statusCode !== 404 || !(await pause())) return;
      }
    } catch {
      // The server's events are an extra: a call without them is still a call.
    }
  }

  /** @throws CallError `SERVER_UNREACHABLE`; `CALL_REFUSED` with what the server says for any answer but success */
  async #ask<Answer>(method: 'GET' | 'POST', path: string, content?: object): Promise<Answer> {
    const { statusCode, body } = await request(this.#callsUrl + path, {
      method,
      headers: { ...this.#headers, 'content-type': 'application/json' },
      ...(content && { body: JSON.stringify(content) }),
      dispatcher: this.#dispatcher,
      signal: this.#scope.signal,
    }).catch((cause: unknown) => {
      throw new CallError('SERVER_UNREACHABLE', `no answer from ${this.#callsUrl}: is the server running?`, { cause });
    });
    const answer: unknown = await body.json().catch(() => undefined);
    if (statusCode < 300) return answer as Answer;
    const hint = statusCode === 401 || statusCode === 403 ? ': set LIVELINE_API_TOKEN' : '';
    const said = (answer as { error?: { detail?: unknown } } | undefined)?.error?.detail;
    const why = typeof said === 'string' ? `: ${said}` : hint;
    throw new CallError('CALL_REFUSED', `the server refused (HTTP ${statusCode})${why}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#scope.abort();
    await this.#dispatcher.destroy();
  }
}

/** Source: HTML standard, server-sent events: here every event is one `data:` line. */
async function readEvents(body: AsyncIterable<Buffer>, onEvent: (event: CallEvent) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARACTERS) return;
    for (const line of lines) {
      if (line.startsWith('data:')) onEvent(JSON.parse(line.slice('data:'.length)) as CallEvent);
    }
  }
}
