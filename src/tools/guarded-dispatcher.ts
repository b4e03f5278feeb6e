import * as dns from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Agent, Dispatcher } from 'undici';
import { ConfigError, ToolError } from '../errors.js';

/** The network as tools may use it: public addresses, and the private hosts that an agent's author named. */
export interface GuardedDispatchers extends AsyncDisposable {
  /**
   * A dispatcher whose sockets reach public addresses and the named hosts only, redirects included. One dispatcher for
   * each distinct list: a kept-alive socket to a private host is never reused by a tool that may not reach it.
   * @param allowPrivateHosts host names or IP addresses as they stand in the url; no ports, no wildcards. An address
   * does not permit a name that resolves to it
   * @returns makes the dispatcher, at the first call
   * @throws ConfigError CONFIG_INVALID when an entry is no host
   */
  allowing(allowPrivateHosts: readonly string[]): () => Promise<Dispatcher>;
  /** Closes every socket, running requests included. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Largest response body, compressed or not. A model reads an eighth of it at most, but a JSON document may be picked from. */
export const MAX_RESPONSE_BYTES = 256 * 1024;
/** A name that does not connect by then will not in time for the caller. */
const CONNECT_TIMEOUT_MS = 5000;
/** Behind each tool's own time, which is shorter and aborts the request. */
const BACKSTOP_TIMEOUT_MS = 120_000;
/** The part of IPv6 that is assigned as global unicast: IANA, IPv6 Global Unicast Address Assignments. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Resolves a name to all of its addresses. */
type LookupAll = (
  host: string,
  options: dns.LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void,
) => void;

/** @param options.maxResponseBytes default 256 KiB, for tools */
export function createGuardedDispatchers(
  options: { lookup?: LookupAll; maxResponseBytes?: number } = {},
): GuardedDispatchers {
  const { maxResponseBytes = MAX_RESPONSE_BYTES } = options;
  const lookup = lookupPublic(options.lookup ?? dns.lookup);
  const agents = new Map<string, Promise<Agent>>();
  return {
    allowing(allowPrivateHosts) {
      const hosts = new Set(allowPrivateHosts.map(canonicalHost));
      const key = [...hosts].sort().join(' ');
      return () => {
        const agent = agents.get(key) ?? createAgent(hosts, lookup, maxResponseBytes);
        agents.set(key, agent);
        return agent;
      };
    },
    async [Symbol.asyncDispose]() {
      const closing = [...agents.values()].map(async (agent) => (await agent).destroy());
      agents.clear();
      await Promise.all(closing);
    },
  };
}

async function createAgent(
  allowedHosts: ReadonlySet<string>,
  lookup: LookupFunction,
  maxResponseBytes: number,
): Promise<Agent> {
  // Not loaded with this file: only agents with such tools need it, and it would be a sixth of the server's start.
  const { Agent, buildConnector } = await import('undici');
  const openAnywhere = buildConnector({ timeout: CONNECT_TIMEOUT_MS });
  // Trying both address families is what makes a socket ask for all addresses.
  const openPublic = buildConnector({ timeout: CONNECT_TIMEOUT_MS, autoSelectFamily: true, lookup });
  return new Agent({
    connect(options, callback) {
      const host = options.hostname.replace(/^\[|\]$/g, '');
      if (allowedHosts.has(host)) openAnywhere(options, callback);
      // An address needs no lookup, so the guarded one would never see it.
      else if (isIP(host) !== 0 && !isPublic(host)) callback(blocked(host), null);
      else openPublic(options, callback);
    },
    headersTimeout: BACKSTOP_TIMEOUT_MS,
    bodyTimeout: BACKSTOP_TIMEOUT_MS,
    maxResponseSize: maxResponseBytes,
  });
}

/** Refuses a name if any of its addresses is private. The addresses checked are the ones connected to. */
function lookupPublic(lookup: LookupAll): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) callback(error, []);
      else if (addresses.every(({ address }) => isPublic(address))) callback(null, addresses);
      else callback(blocked(host), []);
    });
  };
}

function isPublic(address: string): boolean {
  // `process` turns an IPv4-mapped address into the IPv4 address it stands for.
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6);
}

function blocked(host: string): ToolError {
  return new ToolError('TOOL_BLOCKED_ADDRESS', `"${host}" is not a public address and is not in allow_private_hosts`);
}

/** A host as `URL` writes it, which is how the connector sees it. */
function canonicalHost(host: string): string {
  const authority = isIP(host) === 6 ? `[${host}]` : host;
  const url = URL.canParse(`http://${authority}`) ? new URL(`http://${authority}`) : undefined;
  if (!url || url.href !== `http://${url.hostname}/` || url.hostname.includes('*')) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `"${host}" in allow_private_hosts is neither a host name nor an IP address`,
    );
  }
  return url.hostname.replace(/^\[|\]$/g, '');
}
