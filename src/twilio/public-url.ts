import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

/** What a request tells of the way it came. */
export interface RequestFacts {
  headers: IncomingHttpHeaders;
  remoteAddress: string | undefined;
  localPort: number | undefined;
}

export function readRequestFacts({ headers, socket }: IncomingMessage): RequestFacts {
  return { headers, remoteAddress: socket.remoteAddress, localPort: socket.localPort };
}

/** What to put in front of a path, without a slash at the end. */
export interface PublicBase {
  /** `https://host` or `http://host`, for webhooks. */
  http: string;
  /** `wss://host` or `ws://host`, for streams. */
  webSocket: string;
}

/**
 * Where the other end finds this server: signatures are checked over these urls, and TwiML is written with them.
 * `publicUrl` wins; on direct loopback it is plain HTTP on the local port; else what the nearest proxy says.
 */
export function publicBase(facts: RequestFacts, publicUrl?: string): PublicBase {
  if (publicUrl !== undefined) return baseOf(publicUrl.replace(/\/+$/, ''));
  const host = splitHost(facts.headers.host);
  if (isDirectLoopback(facts)) return baseOf(`http://${host?.name ?? 'localhost'}:${facts.localPort ?? 80}`);
  const forwarded = splitHost(firstItem(facts.headers['x-forwarded-host'])) ?? host;
  // Traefik writes the scheme of an upgrade as `wss`.
  const scheme = /^(https|wss)$/i.test(firstItem(facts.headers['x-forwarded-proto']) ?? '') ? 'https' : 'http';
  return baseOf(`${scheme}://${forwarded?.name ?? 'localhost'}${forwarded?.port ?? ''}`);
}

/** An `http` url turned into a `ws` one keeps its `s`. */
function baseOf(http: string): PublicBase {
  return { http, webSocket: http.replace(/^http/i, 'ws') };
}

function firstItem(header: string | string[] | undefined): string | undefined {
  return (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim();
}

/** A `Host` header's name (IPv6 in brackets) and port (`:8080`, or empty); undefined for what is neither. */
function splitHost(host: string | undefined): { name: string; port: string } | undefined {
  const [, name, port = ''] = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.exec(host ?? '') ?? [];
  return name === undefined ? undefined : { name, port };
}

// What proxies, tunnels and clouds add to a request. Better one too many: the price is that a token must be set.
const FORWARDING_HEADER =
  /^(forwarded|via|cdn-loop|client-ip|true-client-ip|x-(forwarded|original|real|client|cluster|envoy|amzn|amz-cf|azure|arr|vercel|appengine|nf|sucuri)(-.*)?|x-cloud-trace-context|(cf|fastly|fly|ngrok|tailscale)-.*)$/;

/**
 * Whether the request came from this machine and from nowhere else: a loopback socket, a loopback `Host`, and no sign
 * of a proxy (behind a tunnel everyone's socket is loopback; a page of another site brings its own `Host`).
 */
export function isDirectLoopback({ headers, remoteAddress }: RequestFacts): boolean {
  const host = splitHost(headers.host)?.name;
  return (
    isLoopbackAddress(remoteAddress) &&
    host !== undefined &&
    (host.toLowerCase() === 'localhost' || isLoopbackAddress(host.replace(/^\[|\]$/g, ''))) &&
    !Object.keys(headers).some((name) => FORWARDING_HEADER.test(name))
  );
}

function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}
