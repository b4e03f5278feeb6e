import { refusedHostMistake } from './private-hosts.js';

/** What is wrong with a url that is the same for every call, or undefined. */
export function fixedUrlMistake(url: string, allowedHosts: readonly string[]): string | undefined {
  if (/\{[{%]/.test(url)) return 'takes no Liquid: it is the same for every call';
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return 'must be a url that starts with `http://` or `https://`';
  const { username, password, origin } = new URL(url);
  if (username !== '' || password !== '') return 'a url takes no user or password';
  return refusedHostMistake(origin, allowedHosts);
}
