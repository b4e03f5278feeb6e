// The stock and the order book of a shop, as a server of the Model Context Protocol (2025-06-18) on standard input and
// output: one JSON-RPC message a line. An example without a dependency; a real one would use `@modelcontextprotocol/server`.
import { createInterface } from 'node:readline';

const PRICES = { margherita: 9, funghi: 11, calzone: 12 };
const MINUTES = 35;

const TOOLS = [
  {
    name: 'menu',
    description: 'What can be ordered, with prices in euro.',
    inputSchema: { type: 'object', properties: {} },
  },
  {
    name: 'place_order',
    description: 'Places an order for pick-up.',
    inputSchema: {
      type: 'object',
      properties: {
        pizza: { type: 'string', enum: Object.keys(PRICES) },
        count: { type: 'integer', minimum: 1, maximum: 20 },
      },
      required: ['pizza', 'count'],
    },
  },
];

const METHODS = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'order-line', version: '1.0.0' },
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools: TOOLS }),
  'tools/call': ({ name, arguments: args }) => ({
    content: [{ type: 'text', text: JSON.stringify(name === 'menu' ? PRICES : order(args)) }],
  }),
};

function order({ pizza, count }) {
  return { pizza, count, total: PRICES[pizza] * count, ready_in_minutes: MINUTES };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params = {} } = JSON.parse(line);
  // What has no id wants no answer.
  if (id === undefined) continue;
  const answer = METHODS[method];
  const outcome = answer ? { result: answer(params) } : { error: { code: -32601, message: `no method ${method}` } };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...outcome })}\n`);
}
