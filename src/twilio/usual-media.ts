/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are loop-bounded; checks would cost in the hot path */
import type { Base64Decoder } from '../audio/base64.js';

// Fifty messages a second and call look exactly like this, with `streamSid` before `media` or after it.
const EVENT = Buffer.from('{"event":"media",');
const SEQUENCE = Buffer.from('"sequenceNumber":"');
const SID = Buffer.from('"streamSid":"');
const MEDIA = Buffer.from('"media":{"track":"');
const INBOUND = Buffer.from('inbound","chunk":"');
const OUTBOUND = Buffer.from('outbound","chunk":"');
const TIMESTAMP = Buffer.from('","timestamp":"');
const PAYLOAD = Buffer.from('","payload":"');
const NEXT = Buffer.from('",');
const SID_AFTER = Buffer.from('"},"streamSid":"');
const END_AFTER = Buffer.from('"}');
const END = Buffer.from('"}}');

const MAX_SID_CHARACTERS = 100;
/** Of a timestamp; more would not be a whole number to JavaScript. */
const MAX_DIGITS = 15;
const QUOTE = 0x22;
const ZERO = 0x30;

/** What there is to know of a frame of audio. */
export interface UsualMedia {
  event: 'media';
  streamSid: string;
  media: { track: string; timestamp: number; payload: Uint8Array };
}

/**
 * Reads a `media` message by its exact outline, byte by byte, in a third of the time that its parser takes.
 * @returns undefined for any other message, which the parser must see. The audio is the decoder's, valid until its next
 */
export function readUsualMedia(data: Buffer, decoder: Base64Decoder): UsualMedia | undefined {
  let at = after(data, 0, EVENT);
  if (at < 0) return undefined;
  const sequenceAt = after(data, at, SEQUENCE);
  if (sequenceAt >= 0) at = after(data, afterDigits(data, sequenceAt), NEXT);
  const sidBeforeAt = after(data, at, SID);
  const isSidBefore = sidBeforeAt >= 0;
  const sidBeforeEnd = afterSid(data, sidBeforeAt);
  if (isSidBefore) at = after(data, sidBeforeEnd, NEXT);
  at = after(data, at, MEDIA);
  const inboundAt = after(data, at, INBOUND);
  const chunkAt = inboundAt < 0 ? after(data, at, OUTBOUND) : inboundAt;
  const timestampAt = after(data, afterDigits(data, chunkAt), TIMESTAMP);
  const timestampEnd = afterDigits(data, timestampAt);
  const payloadAt = after(data, timestampEnd, PAYLOAD);
  if (payloadAt < 0 || timestampEnd - timestampAt > MAX_DIGITS) return undefined;
  const payloadEnd = data.indexOf(QUOTE, payloadAt);
  const sidAt = isSidBefore ? sidBeforeAt : after(data, payloadEnd, SID_AFTER);
  const sidEnd = isSidBefore ? sidBeforeEnd : afterSid(data, sidAt);
  const end = isSidBefore ? after(data, payloadEnd, END) : after(data, sidEnd, END_AFTER);
  if (end !== data.length) return undefined;
  // Whatever could be an escape, or is no JSON at all, is no base64 either.
  const payload = decoder.decode(data.toString('latin1', payloadAt, payloadEnd));
  if (!payload) return undefined;
  const track = inboundAt < 0 ? 'outbound' : 'inbound';
  const timestamp = numberIn(data, timestampAt, timestampEnd);
  const streamSid = data.toString('latin1', sidAt, sidEnd);
  return { event: 'media', streamSid, media: { track, timestamp, payload } };
}

/** @returns where the text ends if it stands there; below 0 if not, or if `at` is */
function after(data: Buffer, at: number, text: Buffer): number {
  if (at < 0) return -1;
  for (let i = 0; i < text.length; i++) if (data[at + i] !== text[i]) return -1;
  return at + text.length;
}

/** @returns where the digits end that begin there, at least one; below 0 if there are none, or if `at` is */
function afterDigits(data: Buffer, at: number): number {
  if (at < 0) return -1;
  let end = at;
  while (isDigit(data[end])) end++;
  return end > at ? end : -1;
}

/** @returns where the id ends that begins there; below 0 if there is none that needs no escaping, or if `at` is */
function afterSid(data: Buffer, at: number): number {
  if (at < 0) return -1;
  let end = at;
  while (isOfSid(data[end])) end++;
  return end > at && end - at <= MAX_SID_CHARACTERS ? end : -1;
}

function numberIn(data: Buffer, at: number, end: number): number {
  let number = 0;
  for (; at < end; at++) number = 10 * number + data[at]! - ZERO;
  return number;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte < ZERO + 10;
}

/** A letter, a digit, `_` or `-`. */
function isOfSid(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const upper = byte & 0xdf;
  return isDigit(byte) || (upper >= 0x41 && upper <= 0x5a) || byte === 0x5f || byte === 0x2d;
}
