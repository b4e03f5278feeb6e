import type { Finding, Path } from './problem.js';
import { readRecordedSound } from './recorded-sound.js';
import type { AgentConfig } from './schema/schema.js';

/**
 * The recordings that an agent names: what callers hear while they wait.
 * @param directory where relative paths start
 */
export function readSounds(
  agent: Pick<AgentConfig, 'hold' | 'tools'>,
  directory: string,
): { sounds: Map<string, Uint8Array>; findings: Finding[] } {
  const sounds = new Map<string, Uint8Array>();
  const findings: Finding[] = [];
  for (const { recording, path } of recordingsOf(agent)) {
    const result = readRecordedSound(recording, directory);
    if ('sound' in result) sounds.set(recording, result.sound);
    else findings.push({ path, message: result.error });
  }
  return { sounds, findings };
}

function recordingsOf({ hold, tools }: Pick<AgentConfig, 'hold' | 'tools'>): { recording: string; path: Path }[] {
  const ofTools = tools.flatMap((tool, index) => {
    const recording = 'while_running' in tool && tool.while_running !== false ? tool.while_running.sound : undefined;
    return typeof recording === 'string' ? [{ recording, path: ['tools', index, 'while_running', 'sound'] }] : [];
  });
  return hold === undefined ? ofTools : [{ recording: hold, path: ['hold'] }, ...ofTools];
}
