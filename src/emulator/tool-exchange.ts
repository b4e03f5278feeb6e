import type { Line, ScriptVariables } from './script-schema.js';

/** How the client wants an answer to a non-blocking call to be spoken of. */
type Scheduling = 'SCHEDULING_UNSPECIFIED' | 'INTERRUPT' | 'WHEN_IDLE' | 'SILENT';

/** One function call. */
interface OpenCall {
  /** As on the wire; a running number where calls carry none. */
  id: string;
  name: string;
  response?: Record<string, unknown>;
}

/** The function calls of one line, and what has come back. */
export interface Exchange {
  line: Line;
  variables: ScriptVariables;
  blocking: boolean;
  calls: readonly OpenCall[];
}

export interface FunctionResponse {
  id?: string | undefined;
  name?: string | undefined;
  response?: Record<string, unknown> | undefined;
  scheduling?: Scheduling | undefined;
  /** A piece of an answer; the last one says that nothing follows. */
  willContinue?: boolean | undefined;
}

/** What was called off and may still be answered, and what nobody may ever answer: the oldest are forgotten. */
const MAX_KEPT = 200;

/** The function calls of a session that wait for an answer. */
export class ToolExchanges {
  #exchanges: Exchange[] = [];
  #cancelled: string[] = [];

  /** What is not answered. */
  get open(): readonly Exchange[] {
    return this.#exchanges;
  }

  add(exchange: Exchange): void {
    this.#exchanges = [...this.#exchanges, exchange].slice(-MAX_KEPT);
  }

  /** A call that the model waits for is not answered. */
  get blocks(): boolean {
    return this.#exchanges.some(({ blocking }) => blocking);
  }

  /** Any call is not answered. */
  get anyOpen(): boolean {
    return this.#exchanges.length > 0;
  }

  /**
   * Takes an answer: by its id, or by name and order where it has none, as Vertex does.
   * @returns the exchange it belongs to; `cancelled` for a call that was called off; `unknown` for one never made
   */
  answer({ id, name, response, willContinue }: FunctionResponse): Exchange | 'cancelled' | 'unknown' {
    if (id !== undefined && this.#cancelled.includes(id)) return 'cancelled';
    for (const exchange of this.#exchanges) {
      const call = exchange.calls.find(
        (open) => !open.response && (id === undefined ? open.name === name : open.id === id),
      );
      if (!call) continue;
      if (willContinue) return exchange;
      call.response = response ?? {};
      if (isAnswered(exchange)) this.#exchanges = this.#exchanges.filter((other) => other !== exchange);
      return exchange;
    }
    return 'unknown';
  }

  /** Calls off what the model waits for, or everything. @returns the ids of what was not answered */
  cancel(which: 'blocking' | 'all'): string[] {
    const isMeant = ({ blocking }: Exchange): boolean => blocking || which === 'all';
    const ids = this.#exchanges
      .filter(isMeant)
      .flatMap(({ calls }) => calls.filter(({ response }) => !response).map(({ id }) => id));
    this.#exchanges = this.#exchanges.filter((exchange) => !isMeant(exchange));
    this.#cancelled = [...this.#cancelled, ...ids].slice(-MAX_KEPT);
    return ids;
  }
}

export function isAnswered({ calls }: Exchange): boolean {
  return calls.every(({ response }) => response !== undefined);
}

/** What comes after an exchange, and the variables it may speak of. */
export function followUp({ line, variables, calls }: Exchange): { line: Line; variables: ScriptVariables } {
  const responses = calls.map(({ response = {} }) => response);
  const error = responses.map((response) => response['error']).find((value) => value !== undefined);
  const results = responses.map(resultOf);
  const next = error === undefined ? line.then : (line.failed ?? line.then);
  return { line: next ?? {}, variables: { ...variables, result: results[0], results, error } };
}

/** The same for a piece of an answer that continues. */
export function meanwhile(
  { line, variables }: Exchange,
  response: Record<string, unknown> = {},
): { line: Line; variables: ScriptVariables } {
  return { line: line.meanwhile ?? {}, variables: { ...variables, result: resultOf(response) } };
}

function resultOf(response: Record<string, unknown>): unknown {
  return response['output'] ?? response['result'] ?? response;
}
