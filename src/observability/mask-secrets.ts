import type { CallEvent } from '../call/events.js';
import { coverValues, MASK } from '../cover-values.js';
import { isSecretName } from '../secret-names.js';
import { coverFieldsIn } from './field-texts.js';

/**
 * Covers secrets in what observers see of tools: the values of fields whose names say so, also in texts that hold such
 * fields, and the known ones wherever they stand. The model, and the tool, have seen the real ones.
 * @param secrets those of the agents as they are now, the longest first
 */
export function maskSecrets(event: CallEvent, secrets: readonly string[]): CallEvent {
  if (event.type !== 'tool' || !('pii' in event)) return event;
  const pii = coverValues(event.pii, {
    text: (text) => coverFieldsIn(maskText(text, secrets)),
    field: (name, value) => (isSecretName(name) && !isEmpty(value) ? MASK : undefined),
  });
  return { ...event, pii } as CallEvent;
}

/** Covers known secrets in a text. */
export function maskText(text: string, secrets: readonly string[]): string {
  return secrets.reduce((covered, secret) => covered.replaceAll(secret, MASK), text);
}

/** That there is no secret may be told. */
function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || typeof value === 'boolean';
}
