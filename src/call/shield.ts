/** A handler whose faults are told to `onFault` instead of being thrown at whoever calls it: they are never theirs. */
export function shield<Args extends unknown[]>(
  handler: (...args: Args) => void,
  onFault: (thrown: unknown) => void,
): (...args: Args) => void {
  return (...args) => {
    try {
      handler(...args);
    } catch (thrown) {
      onFault(thrown);
    }
  };
}
