/** What the page says of the line before anyone calls. */
export interface LineInfo {
  agents: { name: string; isDefault: boolean; model: string }[];
  service: 'emulator' | 'gemini-api' | 'vertex-ai';
}
