import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import * as z from 'zod';

/** A name, or an address of either kind, as far as a pattern tells. */
const HOST = /^(?:[^\s/\\?#@*:]+|[\da-fA-F:.]+)$/;
const HOST_MISTAKE = 'must be a host name or an IP address, without port or `*`';

/** An entry of `allow_private_hosts`. */
export const privateHost = z
  .string()
  .regex(HOST, { error: HOST_MISTAKE, abort: true })
  .refine((entry) => canonical(entry) !== undefined, HOST_MISTAKE);

/**
 * What is wrong with a url's host that is written as a private address and not allowed, so that every request would be
 * refused; or undefined. A name is not looked up: what it resolves to is checked when a request is made.
 */
export function refusedHostMistake(origin: string, allowed: readonly string[]): string | undefined {
  const host = URL.canParse(origin) ? bare(new URL(origin).hostname) : '';
  const isPrivate = host === 'localhost' || (isIP(host) !== 0 && ipaddr.process(host).range() !== 'unicast');
  if (!isPrivate || allowed.some((entry) => canonical(entry) === host)) return undefined;
  return 'the host is a private address; to reach it, list it under `allow_private_hosts`';
}

/** A host as `URL` writes it, which is how it is compared when a request is made. */
function canonical(host: string): string | undefined {
  // `URL` drops a port that is the scheme's own.
  if (isIP(host) !== 6 && host.includes(':')) return undefined;
  const origin = `http://${isIP(host) === 6 ? `[${host}]` : host}`;
  if (!URL.canParse(origin)) return undefined;
  const { href, hostname } = new URL(origin);
  return href === `http://${hostname}/` ? bare(hostname) : undefined;
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
