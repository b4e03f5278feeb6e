import { isSecretName } from '../../secret-names.js';
import type { AgentConfig } from '../schema/schema.js';

/** Shorter ones would cover ordinary words. */
const MIN_CHARS = 6;
/** In a header, a scheme such as `Bearer` stands before the secret. */
const MIN_HEADER_WORD_CHARS = 8;

/**
 * What must not be shown of an agents file: variables of it that are secrets, and what headers that carry credentials
 * hold.
 * @param filled what was filled in for such variables
 * @returns the longest first, so that no part of one stays when a shorter one is covered
 */
export function secretsOf(agents: readonly AgentConfig[], filled: Iterable<string>): string[] {
  const secrets = new Set([...filled].map((value) => value.trim()).filter((value) => value.length >= MIN_CHARS));
  for (const { tools } of agents) {
    for (const tool of tools) {
      if ('mcp' in tool) addHeaders(tool.mcp.headers ?? {}, secrets);
      if (!('http' in tool)) continue;
      addHeaders(tool.http.headers, secrets);
      addHeaders(tool.on_cancel?.headers ?? {}, secrets);
    }
  }
  return [...secrets].sort((a, b) => b.length - a.length);
}

function addHeaders(headers: Readonly<Record<string, string>>, secrets: Set<string>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!isSecretName(name)) continue;
    const words = value.replace(/\{\{[^]*?\}\}|\{%[^]*?%\}/g, ' ').split(/\s+/);
    for (const word of words) if (word.length >= MIN_HEADER_WORD_CHARS) secrets.add(word);
  }
}
