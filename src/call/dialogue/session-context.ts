import { ToolError } from '../../errors.js';
import type { CallActions, ToolDeclaration } from '../../tools/tool.js';
import type { ContextUpdate, ModelLeg } from '../ports.js';

/** What the sessions of a call were told in the middle of it, beside what their configuration says. */
export class SessionContext {
  readonly #declarations: readonly ToolDeclaration[];
  #told: ContextUpdate | undefined;

  /** @param declarations of all functions that the agent has */
  constructor(declarations: readonly ToolDeclaration[]) {
    this.#declarations = declarations;
  }

  /** For a session that takes over; undefined: nothing. */
  get told(): ContextUpdate | undefined {
    return this.#told;
  }

  /** @returns false where the model cannot be told, or no session stands: then nothing has changed */
  update(update: ContextUpdate, model: ModelLeg | undefined): boolean {
    if (model?.updateContext(update) !== true) return false;
    this.#told = { ...this.#told, ...update };
    return true;
  }

  /**
   * The same in a tool's words.
   * @throws ToolError TOOL_UNKNOWN
   */
  updateByName(
    { instructions, tools }: Parameters<CallActions['updateContext']>[0],
    model: ModelLeg | undefined,
  ): boolean {
    return this.update(
      {
        ...(instructions !== undefined && { instructions }),
        ...(tools && { tools: tools.map((name) => this.#declaration(name)) }),
      },
      model,
    );
  }

  #declaration(name: string): ToolDeclaration {
    const declaration = this.#declarations.find((declared) => declared.name === name);
    if (!declaration) throw new ToolError('TOOL_UNKNOWN', `the agent has no function "${name.slice(0, 64)}"`);
    return declaration;
  }
}
