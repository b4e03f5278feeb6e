import { InvalidArgumentError } from '@commander-js/extra-typings';

/** Where a server runs, as written on the command line; without a slash at the end. */
export function parseServerUrl(text: string): string {
  if (!/^https?:\/\/[^/?#]+\/?$/.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('It looks like http://127.0.0.1:8080, without a path.');
  }
  return text.replace(/\/$/, '');
}
