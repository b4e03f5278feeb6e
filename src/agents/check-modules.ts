import { LivelineError } from '../errors.js';
import { checkAgents } from './check-agents.js';
import type { CheckOptions } from './check-agents.js';
import type { FindModule, LoadModule } from './module-tools.js';

export interface LoadOptions extends Omit<CheckOptions, 'findModule'> {
  /** Left out: nothing is checked of modules. */
  loadModule?: LoadModule;
}

/** As `checkAgents`, with the modules that its tools name; each is loaded once, which runs it. */
export async function checkAgentsAndModules(
  text: string,
  file: string,
  { loadModule, ...options }: LoadOptions,
): Promise<ReturnType<typeof checkAgents>> {
  if (!loadModule) return checkAgents(text, file, options);
  const loading = new Map<string, ReturnType<LoadModule>>();
  const keyOf = (...names: Parameters<FindModule>) => names.join('#');
  const findModule: FindModule = (module, exportName) => {
    const key = keyOf(module, exportName);
    if (!loading.has(key)) loading.set(key, loadModule(module, exportName));
    return undefined;
  };
  const checked = checkAgents(text, file, { ...options, findModule });
  if (loading.size === 0) return checked;
  const results = [...loading].map(
    async ([key, module]) => [key, await module.catch((error: unknown) => LivelineError.from(error))] as const,
  );
  const found = new Map(await Promise.all(results));
  return checkAgents(text, file, { ...options, findModule: (...names) => found.get(keyOf(...names)) });
}
