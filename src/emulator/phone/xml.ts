/** One element of an XML document. `text` is its own character data, trimmed. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

const NAME = String.raw`[A-Za-z_][\w:.-]*`;
const TOKEN = new RegExp(
  [
    String.raw`<!--[\s\S]*?-->|<\?[\s\S]*?\?>`,
    String.raw`<!\[CDATA\[(?<cdata>[\s\S]*?)\]\]>`,
    String.raw`</(?<closing>${NAME})\s*>`,
    String.raw`<(?<opening>${NAME})(?<attributes>(?:\s+${NAME}\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(?<empty>/?)>`,
    String.raw`(?<text>[^<]+)`,
  ].join('|'),
  'y',
);
const ATTRIBUTE = new RegExp(String.raw`(${NAME})\s*=\s*(?:"([^"]*)"|'([^']*)')`, 'g');
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const ENTITY = /&(?:#x([\da-fA-F]{1,6})|#(\d{1,7})|(\w+));|&/g;

/**
 * Reads a whole XML document of elements, attributes and text; no doctype, no namespaces.
 * @throws SyntaxError when it is not well formed
 */
export function parseXml(source: string): XmlElement {
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(source)?.groups;
    const parent = open.at(-1);
    if (!parent) throw new SyntaxError(`More is closed than was opened at offset ${at}.`);
    if (!groups) {
      // A match without groups cannot be: this is no match, and the pattern would start over at 0.
      throw new SyntaxError(`Not XML at offset ${at}.`);
    }
    read(groups, open, parent, at);
  }
  const [document, ...others] = root.children;
  if (open.length !== 1) throw new SyntaxError(`<${open.at(-1)?.name ?? ''}> is not closed.`);
  if (!document || others.length > 0 || root.text.trim() !== '')
    throw new SyntaxError('There is not exactly one root element.');
  return document;
}

function read(groups: Record<string, string | undefined>, open: XmlElement[], parent: XmlElement, at: number): void {
  const { cdata, closing, opening, attributes = '', empty, text } = groups;
  if (opening !== undefined) {
    const element: XmlElement = { name: opening, attributes: readAttributes(attributes), children: [], text: '' };
    parent.children.push(element);
    if (empty === '') open.push(element);
  } else if (closing !== undefined) {
    if (open.length === 1 || parent.name !== closing)
      throw new SyntaxError(`Unexpected </${closing}> at offset ${at}.`);
    parent.text = parent.text.trim();
    open.pop();
  } else if (cdata !== undefined) {
    parent.text += cdata;
  } else if (text !== undefined) {
    parent.text += unescape(text);
  }
}

function readAttributes(source: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = '', double, single] of source.matchAll(ATTRIBUTE)) {
    if (Object.hasOwn(attributes, name)) throw new SyntaxError(`The attribute ${name} is given twice.`);
    attributes[name] = unescape(double ?? single ?? '');
  }
  return attributes;
}

function unescape(text: string): string {
  return text.replace(ENTITY, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined || decimal !== undefined) {
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      if (point <= 0x10ffff) return String.fromCodePoint(point);
    }
    const character = name === undefined ? undefined : ENTITIES[name];
    if (character === undefined) throw new SyntaxError(`${whole} is not an entity of XML.`);
    return character;
  });
}
