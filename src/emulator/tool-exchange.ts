import type { Line, ScriptVariables } from './script-schema.js';

/** How the client wants an answer to a non-blocking call to be spoken of. */
export type Scheduling = 'INTERRUPT' | 'WHEN_IDLE' | 'SILENT';

/** The function calls of one line, and what has come back. */
export interface Exchange {
  line: Line;
  variables: ScriptVariables;
  blocking: boolean;
  /** Ids (or, where calls carry none, running numbers) of what is not answered yet, with the functions' names. */
  open: Map<string, string>;
  responses: Record<string, unknown>[];
}

export interface FunctionResponse {
  id?: string | undefined;
  name?: string | undefined;
  response?: Record<string, unknown> | undefined;
}

/** Ids that were called off or answered and may still be answered late. */
const MAX_CLOSED_IDS = 200;

/** The function calls of a session that wait for an answer. */
export class ToolExchanges {
  #exchanges: Exchange[] = [];
  #cancelled: string[] = [];

  open(exchange: Exchange): void {
    this.#exchanges.push(exchange);
  }

  get blocked(): boolean {
    return this.#exchanges.some(({ blocking }) => blocking);
  }

  /**
   * Takes an answer: by its id, or by name and order where it has none, as Vertex does.
   * @returns the exchange it belongs to; `cancelled` for a call that was called off; `unknown` for one never made
   */
  answer({ id, name, response }: FunctionResponse): Exchange | 'cancelled' | 'unknown' {
    if (id !== undefined && this.#cancelled.includes(id)) return 'cancelled';
    for (const exchange of this.#exchanges) {
      const found = [...exchange.open].find(([openId, openName]) =>
        id === undefined ? openName === name : openId === id,
      );
      if (!found) continue;
      exchange.open.delete(found[0]);
      exchange.responses.push(response ?? {});
      if (exchange.open.size === 0) this.#exchanges = this.#exchanges.filter((other) => other !== exchange);
      return exchange;
    }
    return 'unknown';
  }

  /** Calls off what blocks. @returns the ids */
  cancelBlocking(): string[] {
    const ids = this.#exchanges.filter(({ blocking }) => blocking).flatMap(({ open }) => [...open.keys()]);
    this.#exchanges = this.#exchanges.filter(({ blocking }) => !blocking);
    this.#cancelled = [...this.#cancelled, ...ids].slice(-MAX_CLOSED_IDS);
    return ids;
  }
}

/** What comes after an exchange, and the variables it may speak of. */
export function followUp({ line, variables, responses }: Exchange): { line: Line; variables: ScriptVariables } {
  const error = responses.map((response) => response['error']).find((value) => value !== undefined);
  const results = responses.map((response) => response['output'] ?? response['result'] ?? response);
  const next = error === undefined ? line.then : (line.failed ?? line.then);
  return { line: next ?? {}, variables: { ...variables, result: results[0], results, error } };
}
