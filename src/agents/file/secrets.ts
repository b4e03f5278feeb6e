import { isSecretName } from '../../secret-names.js';
import type { AgentConfig } from '../schema/schema.js';
import type { ToolConfig } from '../schema/tool-schema.js';

/** Shorter ones would cover ordinary words. */
const MIN_CHARS = 6;
/** In a header, a scheme such as `Bearer` stands before the secret. */
const MIN_HEADER_WORD_CHARS = 8;

/**
 * What must not be shown of an agents file: variables of it that are secrets, what headers that carry credentials hold,
 * and what reports are signed with; each in the ways it may be written.
 * @param filled what was filled in for such variables
 * @returns the longest first, so that no part of one stays when a shorter one is covered
 */
export function secretsOf(agents: readonly AgentConfig[], filled: Iterable<string>): string[] {
  const written = agents.flatMap(({ tools, before_call: before, after_call: after }) => [
    ...[...tools.flatMap(credentialsOf), before?.headers].flatMap(wordsOfCredentials),
    ...(after ? [after.secret, after.secret.replace(/^whsec_/, '')] : []),
  ]);
  const secrets = [...[...filled].map((value) => value.trim()), ...written].filter(({ length }) => length >= MIN_CHARS);
  return [...new Set(secrets.flatMap(spellings))].sort((a, b) => b.length - a.length);
}

function credentialsOf(tool: ToolConfig): (Readonly<Record<string, string>> | undefined)[] {
  if ('mcp' in tool) return [tool.mcp.headers, tool.mcp.env];
  return 'http' in tool ? [tool.http.headers, tool.on_cancel?.headers] : [];
}

function wordsOfCredentials(fields: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(fields)
    .filter(([name]) => isSecretName(name))
    .flatMap(([, value]) => value.replace(/\{\{[^]*?\}\}|\{%[^]*?%\}/g, ' ').split(/\s+/))
    .filter((word) => word.length >= MIN_HEADER_WORD_CHARS);
}

/** As it is, within JSON, in a form or url, and as a number of JSON, which may be rounded. */
function spellings(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inForm = new URLSearchParams([['', secret]]).toString().slice(1);
  const asNumber = /^\d+$/.test(secret) ? String(Number(secret)) : secret;
  return [secret, inJson, inForm, asNumber].filter(({ length }) => length >= MIN_CHARS);
}
