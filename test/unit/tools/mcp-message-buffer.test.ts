import { expect, it } from 'vitest';
import { McpMessageBuffer } from '../../../src/tools/mcp-message-buffer.js';

const MIB = 1024 * 1024;
const LARGE = 'z'.repeat(5 * MIB);
const PONG = '{"jsonrpc":"2.0","id":9,"result":{}}';

/** What is read of a text that comes in pieces of this size. */
function readOf(text: string, pieceBytes = 65_536): unknown[] {
  const buffer = new McpMessageBuffer();
  const bytes = Buffer.from(text);
  const messages: unknown[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    buffer.append(bytes.subarray(at, at + pieceBytes));
    for (let one = buffer.readMessage(); one; one = buffer.readMessage()) messages.push(one);
  }
  return messages;
}

it.each([
  ['at its beginning', `{"jsonrpc":"2.0","id":7,"result":{"text":"${LARGE}"}}`],
  ['before the version', `{"id": 7, "jsonrpc": "2.0", "result": {"text":"${LARGE}"}}`],
  ['at its end', `{"result":{"text":"${LARGE}"},"jsonrpc":"2.0","id":7}`],
  ['before the version at its end', `{ "error": {"message":"${LARGE}"}, "id": 7, "jsonrpc": "2.0" }`],
])('an answer that is too large is an error with its id, which stands %s', (_where, answer) => {
  const error = { code: expect.any(Number) as number, message: 'the server answered with more than can be read' };
  expect(readOf(`${PONG}\n${answer}\r\n${PONG}\n`)).toEqual([
    JSON.parse(PONG),
    { jsonrpc: '2.0', id: 7, error },
    JSON.parse(PONG),
  ]);
});

it.each([
  ['whose id stands nowhere near', `{"x":"${LARGE}","id":7,"result":{"y":"${LARGE}"}}`],
  ['that asks', `{"jsonrpc":"2.0","id":7,"method":"ping","params":{"x":"${LARGE}"}}`],
  ['that has another id deeper', `{"result":{"text":"${LARGE}","of":{"id":7}}}`],
  ['that is no message', LARGE],
])('a message that is too large is left out: one %s', (_kind, message) => {
  expect(readOf(`${message}\n${PONG}\n`)).toEqual([JSON.parse(PONG)]);
});

it('messages come whole, however they are cut', () => {
  const said = '{"jsonrpc":"2.0","id":8,"result":{"text":"é\\n\\u2028"}}';
  for (const bytes of [1, 7, 65_536])
    expect(readOf(`${PONG}\n${said}\n\nhello\n${PONG}\n`, bytes)).toEqual([
      JSON.parse(PONG),
      JSON.parse(said),
      JSON.parse(PONG),
    ]);
  const large = `{"jsonrpc":"2.0","id":8,"result":{"text":"${'z'.repeat(3 * MIB)}"}}`;
  expect(readOf(`${large}\n`)).toEqual([JSON.parse(large)]);
});

it('one that has no end is an error', () => {
  const buffer = new McpMessageBuffer();
  const piece = Buffer.alloc(MIB, 'z');
  for (let mib = 0; mib < 64; mib += 1) buffer.append(piece);
  expect(() => buffer.append(piece)).toThrow('without end');
});
