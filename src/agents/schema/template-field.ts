import * as z from 'zod';
import { LivelineError } from '../../errors.js';
import { parseTemplate } from '../../template.js';
import { WEB_URL } from './common-fields.js';

/** Marks a zod issue as a mistake in a template, so that the text shown with it can be the one without secrets. */
export const TEMPLATE_ISSUE = 'template';

/** Scheme, host and port, complete before the first template begins: nothing rendered can change them. */
const URL_ORIGIN = /^https?:\/\/[^/?#\\\s{}@]+(?=[/?#]|$)/i;

/** Text that is a Liquid template, rendered for each call. */
export function templateText(description: string) {
  return z
    .string()
    .min(1)
    .superRefine((text, context) => reportTemplate(text, [], context))
    .meta({ description });
}

/** A url whose path and query may hold Liquid, but never its scheme and host. */
export function templateUrl(description: string) {
  return z
    .string()
    .superRefine((text, context) => {
      reportTemplate(text, [], context);
      const mistake = urlMistake(text);
      if (mistake !== undefined) context.addIssue({ code: 'custom', message: mistake });
    })
    .meta({ description, ...WEB_URL });
}

/** Any JSON value; each text in it is a Liquid template. */
export function templateValue(description: string) {
  return z
    .unknown()
    .superRefine((value, context) => {
      for (const { text, path } of textsIn(value)) reportTemplate(text, path, context);
    })
    .meta({ description });
}

/** What is wrong with a text as a template, in Liquid's words, or undefined. */
export function templateMistake(text: string): string | undefined {
  try {
    parseTemplate(text);
    return undefined;
  } catch (error) {
    return LivelineError.from(error).detail;
  }
}

function reportTemplate(text: string, path: (string | number)[], context: z.RefinementCtx): void {
  const message = templateMistake(text);
  if (message !== undefined) {
    context.addIssue({ code: 'custom', path, message, params: { kind: TEMPLATE_ISSUE } });
  }
}

/** Scheme, host and port of a url template; empty where they are not fixed. */
export function originOf(url: string): string {
  return URL_ORIGIN.exec(url)?.[0] ?? '';
}

function urlMistake(url: string): string | undefined {
  if (URL.canParse(originOf(url))) return undefined;
  const liquidAt = url.search(/\{[{%]/);
  const fixed = liquidAt < 0 ? url : url.slice(0, liquidAt);
  if (!/^https?:\/\//i.test(url)) {
    return liquidAt >= 0 && liquidAt <= 'https://'.length
      ? 'the scheme and host of a url are fixed; Liquid may only stand behind them'
      : 'must be a url that starts with `http://` or `https://`';
  }
  const authority = fixed.replace(/^https?:\/\//i, '').split(/[/?#]/)[0] ?? '';
  if (authority.includes('@')) return 'a url takes no user or password; send an `authorization` header instead';
  if (liquidAt >= 0) return 'the scheme and host of a url are fixed; Liquid may only stand behind them';
  return 'must be a url with a host';
}

/** Every text inside a JSON value, with its path. */
export function* textsIn(
  value: unknown,
  path: (string | number)[] = [],
): Generator<{ text: string; path: (string | number)[] }> {
  if (typeof value === 'string') yield { text: value, path };
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* textsIn(item, [...path, index]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* textsIn(item, [...path, key]);
  }
}
