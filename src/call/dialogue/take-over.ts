/** What the first session of another agent is told. */
export interface TakeOver {
  line: string;
  /** It opens with its own greeting. */
  greets: boolean;
}

/** What the agent that takes over is told. */
export function takeOverLine(from: string, note: string, greets: boolean): string {
  const said = note === '' ? '' : ` It notes for you: ${JSON.stringify(note)}.`;
  const how = greets
    ? ''
    : ' Do not greet the caller as if the call began, and do not ask for what was said already: say in a few words who you are, and go on.';
  return `(You have taken over this call from the agent "${from}" and speak with the caller from here on.${said}${how})`;
}
