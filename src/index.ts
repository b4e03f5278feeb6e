// What `import … from 'liveline'` gives to the modules of an agents file.
export {
  defineTool,
  type ToolDefinition,
  type ToolModuleContext,
  type ToolModuleLog,
  type ToolModuleUndoContext,
} from './tools/define-tool.js';
export type { CallActions, CollectDigitsOptions, CollectedDigits, TurnCounts } from './tools/tool.js';
