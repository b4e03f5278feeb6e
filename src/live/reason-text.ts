/** What credentials look like wherever Google quotes them back. */
const CREDENTIALS = /\b(AIza[\w-]{20,}|AQ\.[\w-]{10,}|ya29\.[\w.-]+|auth_tokens\/[\w-]+|api_key:\S+|Bearer\s+\S+)/gi;
const MAX_CHARACTERS = 200;

/** A peer's words as they may stand in an error: one bounded line, without credentials. */
export function reasonText(text: string, apiKey?: string): string {
  const shown = apiKey === undefined || apiKey === '' ? text : text.replaceAll(apiKey, '…');
  return shown.replace(CREDENTIALS, '…').replace(/\s+/g, ' ').trim().slice(0, MAX_CHARACTERS);
}
