/** What the page says of the line before anyone calls. */
export interface LineInfo {
  agents: {
    name: string;
    isDefault: boolean;
    model: string;
    /** It speaks first. */
    greets: boolean;
    /** What a telephone would hear when the model cannot be had. */
    fallback: string;
    /** What a telephone hears first, before the agent: a quoted line, or the url of a recording. */
    disclosure?: string;
  }[];
  service: 'emulator' | 'gemini-api' | 'vertex-ai';
}
