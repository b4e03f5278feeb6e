import type { CallerMessage } from '../call/dialogue/caller-messages.js';
import type { ImageFile } from '../call/ports.js';
import type { CallRegistry } from '../call/registry.js';
import type { Clock } from '../clock.js';
import { LivelineError } from '../errors.js';
import type { Log } from '../observability/log.js';
import { createGuardedDispatchers } from '../tools/guarded-dispatcher.js';
import type { TwilioAccount } from '../twilio/account.js';
import { createImageFetcher, type FetchImage, MAX_IMAGE_BYTES } from '../twilio/fetch-image.js';
import type { MessageRequest } from '../twilio/message-request.js';

/** Messages whose pictures are fetched at once; of more, nothing is fetched. */
const MAX_AT_ONCE = 4;
/** How long all pictures of a message may take. */
const FETCH_TIMEOUT_MS = 15_000;

interface Surroundings {
  calls: CallRegistry;
  clock: Clock;
  log: Log;
}

/** Text messages on their way to calls. Disposing of it gives up what is being fetched. */
export interface MessageDesk extends AsyncDisposable {
  /**
   * Brings a message to the call that its sender is on; returns at once. That of somebody who is on no call of this
   * instance is let be, and nothing of it is fetched.
   */
  take(message: MessageRequest): void;
}

/** @param twilio whose pictures they are; sockets go to public addresses, and to what stands in for Twilio */
export function startMessageDesk(twilio: TwilioAccount, surroundings: Surroundings): MessageDesk {
  const { authTokens, apiBaseUrl: baseUrl } = twilio;
  // Sockets of their own: pictures are larger than what tools may read.
  const dispatchers = createGuardedDispatchers({ maxResponseBytes: MAX_IMAGE_BYTES });
  const openDispatcher = dispatchers.allowing(baseUrl === undefined ? [] : [new URL(baseUrl).hostname]);
  const fetchImage = createImageFetcher({ ...twilio, authToken: authTokens[0], baseUrl, openDispatcher });
  const desk = new FetchingDesk({ ...surroundings, fetchImage });
  return {
    take: (message) => desk.take(message),
    async [Symbol.asyncDispose]() {
      await desk[Symbol.asyncDispose]();
      await dispatchers[Symbol.asyncDispose]();
    },
  };
}

class FetchingDesk implements MessageDesk {
  readonly #options: Surroundings & { fetchImage: FetchImage };
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: Surroundings & { fetchImage: FetchImage }) {
    this.#options = options;
  }

  take(message: MessageRequest): void {
    const { calls, log } = this.#options;
    const call = calls.findByAddress(message.from, message.to);
    if (!call) {
      log.info('a text message came, and its sender is on no call here: nothing was done');
      return;
    }
    const delivery = this.#fetch(message, call.callSid)
      .then((fetched) => call.receiveMessage(fetched))
      .catch((thrown: unknown) => {
        const { code, detail } = LivelineError.from(thrown);
        log.warn({ callSid: call.callSid, code }, `a text message did not reach its call: ${detail}`);
      })
      .finally(() => this.#running.delete(delivery));
    this.#running.add(delivery);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
  }

  async #fetch({ media, text, accountSid }: MessageRequest, callSid: string): Promise<CallerMessage> {
    const { clock, log, fetchImage } = this.#options;
    const wanted = media.filter(({ contentType }) => /^image\//i.test(contentType));
    const images: ImageFile[] = [];
    const scope = new AbortController();
    const signal = AbortSignal.any([scope.signal, this.#closing.signal]);
    const timer = clock.after(FETCH_TIMEOUT_MS, () => scope.abort(), this.#closing.signal);
    if (this.#running.size >= MAX_AT_ONCE) scope.abort();
    for (const { url } of wanted) {
      try {
        signal.throwIfAborted();
        images.push(await fetchImage({ url, accountSid }, signal));
      } catch (thrown) {
        const detail = signal.aborted ? 'a picture was not fetched in time' : LivelineError.from(thrown).detail;
        log.warn({ callSid }, detail);
      }
    }
    timer.cancel();
    return {
      text,
      images,
      unseenImages: wanted.length - images.length,
      otherFiles: media.length - wanted.length,
    };
  }
}
