import type { Clock } from '../clock.js';
import type { LiveService } from '../live/live-service.js';

/** A Live API in this process, for those who have no account yet. */
export interface EmbeddedModel extends AsyncDisposable {
  service: LiveService;
}

/** Starts the emulator with its default script. Loaded only when asked for: a real deployment never reads its code. */
export async function startEmbeddedModel(clock: Clock): Promise<EmbeddedModel> {
  const { startLiveEmulator } = await import('../emulator/live-emulator.js');
  const { DEFAULT_SCRIPT_URL, loadScript } = await import('../emulator/script.js');
  const emulator = await startLiveEmulator({ script: loadScript(DEFAULT_SCRIPT_URL), clock });
  return {
    service: { backend: 'gemini-api', baseUrl: emulator.url, apiKey: 'embedded' },
    [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose](),
  };
}
