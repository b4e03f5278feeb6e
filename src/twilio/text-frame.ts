/**
 * A server's text frame as it goes onto the connection, each character standing for a byte: one string is one write,
 * which takes half of what `ws` takes with its header of its own. Source: RFC 6455 §5.2; a server does not mask.
 * @param text of ASCII
 */
export function textFrame(text: string): string {
  return header(text.length) + text;
}

/** FIN and the opcode of text. */
const FINAL_TEXT = 0x81;

function header(bytes: number): string {
  if (bytes < 126) return String.fromCharCode(FINAL_TEXT, bytes);
  if (bytes < 65_536) return String.fromCharCode(FINAL_TEXT, 126, bytes >> 8, bytes & 0xff);
  const length = [24, 16, 8, 0].map((shift) => (bytes >> shift) & 0xff);
  return String.fromCharCode(FINAL_TEXT, 127, 0, 0, 0, 0, ...length);
}
