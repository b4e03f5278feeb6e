/** What the page tells its audio thread. */
export type ToHandset =
  | { type: 'audio'; mulaw: Uint8Array; outputLatencyMs: number }
  | { type: 'mark'; name: string }
  | { type: 'clear' }
  /** The caller typed or pressed something: the answer to it says nothing of how fast speech is answered. */
  | { type: 'forget-wait' };

/** What the audio thread tells the page. */
export type FromHandset =
  /** Every 20 ms: the caller's voice for the line, and how loud either side is, from 0 to 1. */
  | { type: 'frame'; mulaw: Uint8Array; callerLevel: number; agentLevel: number }
  | { type: 'mark'; name: string }
  | { type: 'latency'; ms: number };

export const HANDSET_PROCESSOR = 'handset';
