import { promisify } from 'node:util';
import { brotliDecompress, unzip } from 'node:zlib';
import { ToolError } from '../errors.js';

/** `unzip` tells gzip from deflate by itself. Source: RFC 9110 §8.4.1. */
const DECODERS = new Map([
  ['gzip', promisify(unzip)],
  ['x-gzip', promisify(unzip)],
  ['deflate', promisify(unzip)],
  ['br', promisify(brotliDecompress)],
]);

/**
 * A body as it was before it was compressed: some services do that although nobody asked for it.
 * @param coding the `content-encoding`; empty for none
 * @throws ToolError TOOL_RESPONSE_TOO_LARGE for more than `maxBytes`, TOOL_FAILED for another coding or a broken body
 */
export async function decodeContent(bytes: Uint8Array, coding: string, maxBytes: number): Promise<Uint8Array> {
  if (coding === '' || coding === 'identity' || bytes.length === 0) return bytes;
  const decode = DECODERS.get(coding);
  if (!decode) {
    const detail = `the service answered in the encoding "${coding.slice(0, 40)}", which was not asked for`;
    throw new ToolError('TOOL_FAILED', detail);
  }
  try {
    return await decode(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new ToolError('TOOL_RESPONSE_TOO_LARGE', 'the service answered with more than can be read', { cause });
    }
    throw new ToolError('TOOL_FAILED', `the service answered with something that is not the ${coding} it says it is`);
  }
}
