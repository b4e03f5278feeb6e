import type { Backend, ModelProfile } from '../../models/profiles.js';
import type { Path } from '../problem.js';
import type { AgentConfig } from '../schema/schema.js';

/** A rule's view of one agent on one model. Paths in findings are relative to the agent. */
export interface GeminiSubject {
  agent: AgentConfig;
  model: ModelProfile;
  /** undefined: any on which the model is offered. */
  backend: Backend | undefined;
  /** A text as the user wrote it, before variables were filled in: safe to repeat. Empty for what is not written. */
  shown: (path: Path) => string;
}
