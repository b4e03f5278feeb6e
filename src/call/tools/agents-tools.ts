import type { ToolCall } from '../../tools/tool.js';
import type { CallEventBody } from '../events.js';
import type { ToolRunner } from './tool-runner.js';
import { type ToolServers, ToolServersInUse } from './tool-servers.js';

/** The tools of the agent that has the call, and behind them those of agents that had it: what runs of them goes on. */
export class AgentsTools {
  #own: ToolRunner;
  readonly #earlier: ToolRunner[] = [];
  readonly #servers: ToolServersInUse;

  constructor(own: ToolRunner, servers: ToolServers | undefined, emit: (event: CallEventBody) => void) {
    this.#own = own;
    this.#servers = new ToolServersInUse(emit);
    this.#servers.use(servers);
  }

  /** The model must not hear the caller just now. */
  get holdsMicrophone(): boolean {
    return this.#own.holdsMicrophone;
  }

  /** One of them runs. */
  get busy(): boolean {
    return this.#own.busy;
  }

  /** Another agent has the call. */
  use(own: ToolRunner, servers: ToolServers | undefined): void {
    this.#earlier.push(this.#own);
    this.#own = own;
    this.#servers.use(servers);
  }

  start(calls: readonly ToolCall[]): void {
    this.#own.start(calls);
  }

  cancel(ids: readonly string[]): void {
    for (const tools of this.#all) tools.cancel(ids);
  }

  /** The agent speaks. */
  agentBegan(): void {
    this.#own.agentBegan();
  }

  /** What the agent was saying is over. */
  turnEnded(): void {
    this.#own.turnEnded();
  }

  handleIssued(): void {
    this.#own.handleIssued();
  }

  detach(): void {
    for (const tools of this.#all) tools.detach();
  }

  /** @param sameSession the agent's own calls may be known to it; those of others are not its */
  attach(sameSession: boolean): void {
    this.#own.attach(sameSession);
    for (const tools of this.#earlier) tools.attach(false);
  }

  dispose(): void {
    for (const tools of this.#all) tools.dispose();
    this.#servers.dispose();
  }

  get #all(): readonly ToolRunner[] {
    return [this.#own, ...this.#earlier];
  }
}
