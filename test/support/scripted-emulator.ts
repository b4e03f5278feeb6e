import type { LiveActivity } from '../../src/emulator/activity.js';
import { type LiveEmulator, startLiveEmulator } from '../../src/emulator/live-emulator.js';
import { createScript } from '../../src/emulator/script.js';
import type { EmulatorScriptInput } from '../../src/emulator/script-schema.js';
import { createTestSpeech } from './test-speech.js';

/** An emulator that plays a script in the tests' own voice, and what it tells of its sessions, as it comes. */
export async function startScriptedEmulator(
  script: EmulatorScriptInput,
): Promise<{ emulator: LiveEmulator; activities: LiveActivity[] }> {
  const activities: LiveActivity[] = [];
  const emulator = await startLiveEmulator({
    script: createScript(script),
    speech: createTestSpeech(),
    onActivity: (activity) => activities.push(activity),
  });
  return { emulator, activities };
}
