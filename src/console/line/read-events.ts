import type { CallEvent } from '../../call/events.js';

/**
 * Reads the server's feed. Source: HTML standard, server-sent events; every event is one `data:` line of JSON here.
 * @returns whether it went on to the end of the call
 */
export async function readEvents(
  feed: ReadableStream<Uint8Array>,
  onEvent: (event: CallEvent) => void,
): Promise<boolean> {
  const reader = feed.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return false;
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      const event = JSON.parse(line.slice('data: '.length)) as CallEvent;
      onEvent(event);
      if (event.type === 'ended') return true;
    }
  }
}
