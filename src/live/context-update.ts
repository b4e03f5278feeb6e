import type { ContextUpdate } from '../call/ports.js';
import type { ModelProfile } from '../models/profiles.js';
import type { ClientMessage } from './client-messages.js';
import { given } from './given.js';
import type { LiveService } from './live-service.js';
import type { LiveSessionSettings } from './session-settings.js';
import { setupTools } from './setup-tools.js';

/** A session's settings after it was told anew. */
export function withContext(settings: LiveSessionSettings, update: ContextUpdate = {}): LiveSessionSettings {
  const { instructions: systemInstruction, tools, nativeTools } = update;
  return { ...settings, ...given({ systemInstruction, tools, nativeTools }) };
}

/**
 * The message that tells a session anew; undefined where the model takes none.
 * @param settings with the update in them: a list of tools is replaced as a whole
 */
export function contextUpdateMessage(
  update: ContextUpdate,
  settings: LiveSessionSettings,
  profile: ModelProfile,
  service: LiveService,
): ClientMessage | undefined {
  if (!profile.contextUpdateOn.includes(service.backend)) return undefined;
  const { instructions, tools, nativeTools } = update;
  const changesTools = (tools ?? nativeTools) !== undefined;
  return {
    contextUpdate: given({
      systemInstruction:
        instructions === undefined ? undefined : { role: 'user' as const, parts: [{ text: instructions }] },
      // The list stands in a list, as `@google/genai` sends it.
      tools: changesTools ? { tools: setupTools(settings, profile, service) ?? [] } : undefined,
    }),
  };
}
