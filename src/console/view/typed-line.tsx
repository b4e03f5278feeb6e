import { useRef, useState } from 'preact/hooks';
import type { DeskPhone } from '../desk-phone.js';

/** A line for the agent, for whoever cannot or will not speak. */
export function TypedLine({ phone }: { phone: DeskPhone }) {
  const [text, setText] = useState('');
  const [failed, setFailed] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const inCall = phone.phase.value === 'in-call';

  async function say(): Promise<void> {
    const line = text.trim();
    if (line === '' || !inCall) return;
    setText('');
    field.current?.focus();
    const said = await phone.say(line);
    setFailed(!said);
    if (!said) setText((typed) => (typed === '' ? line : typed));
  }

  return (
    <form
      class="typed-line"
      onSubmit={(event) => {
        event.preventDefault();
        void say();
      }}
    >
      <label class="hidden" for="typed">
        Say something by typing
      </label>
      <input
        ref={field}
        id="typed"
        value={text}
        maxLength={4_000}
        autocomplete="off"
        enterkeyhint="send"
        // Disabled, it would lose the keyboard when the call ends.
        readOnly={!inCall}
        aria-disabled={!inCall}
        placeholder="Or type a line"
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="secondary" disabled={!inCall || text.trim() === ''}>
        Say
      </button>
      <p class="failed" role="status">
        {failed ? 'That line did not reach the server. Try again.' : ''}
      </p>
    </form>
  );
}
