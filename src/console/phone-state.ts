/** Whether the server is there, and lets this page in. */
export type ServerState = 'unknown' | 'there' | 'gone' | 'locked' | 'closed' | 'absent' | 'failing';

export type Phase = 'idle' | 'dialling' | 'in-call' | 'over';

/** Why a call could not be had or kept, as far as this side knows; the server's own reasons come as events. */
export type LineProblem =
  | 'no-audio'
  | 'line-taken'
  | 'token-needed'
  | 'not-allowed'
  | 'no-such-agent'
  | 'server-failed'
  | 'not-taken'
  | 'server-gone'
  | 'connection-lost';

/** Why the caller cannot be heard; everything else of a call works without a microphone. */
export type MicrophoneProblem = 'refused' | 'absent' | 'busy' | 'insecure-page' | 'lost';

/** What is on the other end of the line, as the server tells it. */
export interface LineInfo {
  agents: {
    name: string;
    isDefault: boolean;
    model: string;
    /** What a telephone would say when the model fails. */
    fallback: string;
    /** What a telephone hears first, before the agent. */
    disclosure?: string;
  }[];
  service: 'emulator' | 'gemini-api' | 'vertex-ai';
}
