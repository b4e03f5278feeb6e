import type { CallEvent } from '../call/events.js';
import { isSecretName } from '../secret-names.js';

const MASK = '••••';
/** A tool's result is no deeper; what is, is left out. */
const MAX_DEPTH = 32;

/**
 * Covers secrets in what observers see of tools: the values of fields whose names say so, and the known ones wherever
 * they stand. The model, and the tool, have seen the real ones.
 * @param secrets those of the agents as they are now, the longest first
 */
export function maskSecrets(event: CallEvent, secrets: readonly string[]): CallEvent {
  if (event.type !== 'tool' || !('pii' in event)) return event;
  return { ...event, pii: masked(event.pii, secrets, 0) } as CallEvent;
}

/** Covers known secrets in a text. */
export function maskText(text: string, secrets: readonly string[]): string {
  return secrets.reduce((covered, secret) => covered.replaceAll(secret, MASK), text);
}

function masked(value: unknown, secrets: readonly string[], depth: number): unknown {
  if (depth > MAX_DEPTH) return MASK;
  if (typeof value === 'string') return maskText(value, secrets);
  if (Array.isArray(value)) return value.map((item) => masked(item, secrets, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      isSecretName(name) && !isEmpty(field) ? MASK : masked(field, secrets, depth + 1),
    ]),
  );
}

/** That there is no secret may be told. */
function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || typeof value === 'boolean';
}
