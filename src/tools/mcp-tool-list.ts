import { isSpecType, type JSONRPCMessage } from '@modelcontextprotocol/client';

/**
 * Takes out of a list of tools what is no tool by the protocol: the library would refuse the whole list for one.
 * @returns the names of what was taken out, as far as it has any
 */
export function siftToolList(message: JSONRPCMessage): string[] {
  const { result } = message as { result?: { tools?: unknown } };
  const listed: unknown = result?.tools;
  if (!result || !Array.isArray(listed)) return [];
  result.tools = listed.filter(isTool);
  return listed.filter((one) => !isTool(one)).map(nameOf);
}

function isTool(value: unknown): boolean {
  if (!isSpecType.Tool(value)) return false;
  // Revisions up to 2025-11-25.
  return value.outputSchema === undefined || value.outputSchema['type'] === 'object';
}

function nameOf(value: unknown): string {
  const { name } = (value ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name : '';
}
