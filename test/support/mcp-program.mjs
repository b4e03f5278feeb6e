// An MCP server as a program, for tests: what it is asked, it answers; and it can go wrong.
import { McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';

const server = new McpServer({ name: 'orders', version: '1' });
const text = (value) => ({ content: [{ type: 'text', text: value }] });

server.registerTool(
  'find order',
  {
    description: 'Finds an order.',
    inputSchema: z.object({ id: z.number().int() }),
    annotations: { readOnlyHint: true },
  },
  async ({ id }) => text(JSON.stringify({ id, state: 'sent' })),
);
server.registerTool('environment', { description: 'Tells its environment.' }, async () =>
  text(JSON.stringify({ names: Object.keys(process.env).sort(), pid: process.pid })),
);
server.registerTool('refuse', { description: 'Refuses.' }, async () => ({ ...text('out of stock'), isError: true }));
let calledOff = 0;
server.registerTool('hang', { description: 'Hangs.' }, ({ mcpReq }) => {
  mcpReq.signal.addEventListener('abort', () => (calledOff += 1));
  return new Promise(() => undefined);
});
server.registerTool('called off', { description: 'How many calls were called off.' }, async () => text(`${calledOff}`));
server.registerTool(
  'write',
  { description: 'Answers with so many letters.', inputSchema: z.object({ letters: z.number().int() }) },
  async ({ letters }) => text('z'.repeat(letters)),
);
server.registerTool('die', { description: 'Dies.' }, () => process.exit(1));
server.registerTool('grow', { description: 'Gets another tool.' }, async () => {
  server.registerTool('grown', { description: 'Grown.' }, async () => text('grown'));
  return text('grown');
});
await server.connect(new StdioServerTransport());
