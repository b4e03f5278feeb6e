import * as z from 'zod';
import { E164 } from '../../e164.js';

/** Live API reference, function declarations: letter or `_` first, at most 128 characters. */
export const FUNCTION_NAME = /^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/;

/** For editors, that a text begins as a url of the web does; JSON Schema has no flag for the case of letters. */
export const WEB_URL = { pattern: '^[hH][tT][tT][pP][sS]?://' };

export const telephoneNumber = z
  .string()
  .regex(E164, 'is not a telephone number in E.164 form: `+`, country code, number, no spaces ("+15550002222")');

/** ITU-T E.164, or RFC 3261 §19.1 as far as a destination needs it. */
export const telephoneAddress = z
  .string()
  .regex(
    /^(?:\+[1-9]\d{6,14}|[sS][iI][pP][sS]?:[^\s@<>"]+@[^\s@<>"]+)$/,
    'is neither a number in E.164 form ("+15550002222") nor a SIP address ("sip:name@host")',
  );

/** RFC 5646, as far as a voice needs it: language, script, region. */
export const languageTag = z
  .string()
  .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|\d{3}))?$/, 'is not a language tag such as `en-US`');
