const KEYS = [
  ['1', ''],
  ['2', 'abc'],
  ['3', 'def'],
  ['4', 'ghi'],
  ['5', 'jkl'],
  ['6', 'mno'],
  ['7', 'pqrs'],
  ['8', 'tuv'],
  ['9', 'wxyz'],
  ['*', ''],
  ['0', ''],
  ['#', ''],
] as const;

const NAMES: Readonly<Partial<Record<string, string>>> = { '*': 'star', '#': 'hash' };

/** The telephone's keys. On a narrow screen they are shown on demand. */
export function Keypad(props: { disabled: boolean; open: boolean; onPress(key: string): void }) {
  return (
    <div id="keypad" class={props.open ? 'keypad open' : 'keypad'} role="group" aria-label="Keypad">
      {KEYS.map(([key, letters]) => (
        <button
          key={key}
          type="button"
          aria-label={NAMES[key] ?? key}
          disabled={props.disabled}
          onClick={() => props.onPress(key)}
        >
          {key}
          <small aria-hidden="true">{letters}</small>
        </button>
      ))}
    </div>
  );
}
