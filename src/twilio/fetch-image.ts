import type { Dispatcher } from 'undici';
import type { ImageFile } from '../call/ports.js';
import { CallError } from '../errors.js';
import type { TwilioCredentials } from './account.js';

/** The largest picture that is taken. A message with all its files holds 5 MB. Source: Twilio, "Accepted content types for media". */
export const MAX_IMAGE_BYTES = 4 * 1024 * 1024;
const API_ORIGIN = 'https://api.twilio.com';
/** RFC 9110 §15.4. */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** Twilio's one leads to where its files lie. */
const MAX_REDIRECTS = 3;
const MAX_REDIRECT_BODY_BYTES = 4_096;

export interface ImageFetcherOptions extends TwilioCredentials {
  /** Opens sockets to public addresses and to the host of `baseUrl` only, and reads no more than `MAX_IMAGE_BYTES`. */
  openDispatcher: () => Promise<Dispatcher>;
}

/**
 * Fetches one picture of a message from Twilio.
 * @param source.accountSid the account whose message it is
 * @throws CallError CARRIER_FAILED when it is not to be had, too large, or neither JPEG, PNG nor WebP
 */
export type FetchImage = (source: { url: string; accountSid: string }, signal: AbortSignal) => Promise<ImageFile>;

/** Credentials go to Twilio's API, or what stands in for it, and to nobody that it redirects to. */
export function createImageFetcher(options: ImageFetcherOptions): FetchImage {
  return async ({ url: mediaUrl, accountSid }, signal) => {
    const source = sourceOf(mediaUrl, options.baseUrl);
    const dispatcher = await options.openDispatcher();
    let url = source;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const headers = url.origin === source.origin ? authorization(options, accountSid) : {};
      const { statusCode, body, headers: answer } = await ask(dispatcher, url, headers, signal);
      if (!REDIRECTS.includes(statusCode)) {
        if (statusCode === 200) return imageOf(await read(body));
        await body.dump({ limit: MAX_REDIRECT_BODY_BYTES, signal });
        throw refused(`HTTP ${statusCode}`);
      }
      await body.dump({ limit: MAX_REDIRECT_BODY_BYTES, signal });
      url = redirected(url, answer['location'], source);
    }
    throw refused('it redirects too often');
  };
}

/** @throws CallError for a url that is not at Twilio's API */
function sourceOf(mediaUrl: string, baseUrl: string | undefined): URL {
  const url = URL.canParse(mediaUrl) ? new URL(mediaUrl) : undefined;
  if (url && baseUrl !== undefined && url.origin === new URL(baseUrl).origin) return url;
  if (url?.origin !== API_ORIGIN) throw refused('its address is not one of Twilio’s API');
  return baseUrl === undefined ? url : new URL(baseUrl.replace(/\/+$/, '') + url.pathname + url.search);
}

function redirected(from: URL, location: string | string[] | undefined, source: URL): URL {
  const url = typeof location === 'string' && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  // A stand-in on this machine has no certificate.
  if (url?.protocol !== 'https:' && url?.protocol !== source.protocol) throw refused('it redirects to no safe address');
  return url;
}

function authorization(options: ImageFetcherOptions, accountSid: string): Record<string, string> {
  const { apiKeySid, apiKeySecret, authToken } = options;
  const hasKey = apiKeySid !== undefined && apiKeySecret !== undefined;
  const user = hasKey ? apiKeySid : (options.accountSid ?? accountSid);
  const secret = hasKey ? apiKeySecret : authToken;
  if (secret === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` };
}

async function ask(dispatcher: Dispatcher, url: URL, headers: Record<string, string>, signal: AbortSignal) {
  try {
    return await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers,
      signal,
    });
  } catch (thrown) {
    throw unreadable(thrown);
  }
}

async function read(body: Dispatcher.ResponseData['body']): Promise<Uint8Array> {
  try {
    return await body.bytes();
  } catch (thrown) {
    throw unreadable(thrown);
  }
}

/** What a file is, by its first bytes: what it is called is the sender's word. */
function imageOf(bytes: Uint8Array): ImageFile {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (head.startsWith('\xff\xd8\xff')) return { mimeType: 'image/jpeg', bytes };
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return { mimeType: 'image/png', bytes };
  if (head.startsWith('RIFF') && head.slice(8) === 'WEBP') return { mimeType: 'image/webp', bytes };
  throw refused('it is neither JPEG, PNG nor WebP');
}

/** Codes, never messages: those hold addresses. */
function unreadable(thrown: unknown): CallError {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'no answer';
  return refused(code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' ? 'it is larger than 4 MiB' : code);
}

function refused(why: string): CallError {
  return new CallError('CARRIER_FAILED', `a picture could not be fetched: ${why}`);
}
