import { useEffect, useRef, useState } from 'preact/hooks';
import type { DeskPhone } from '../desk-phone.js';

/** Asks for the server's token; it is kept as long as the tab is open. */
export function TokenForm({ phone }: { phone: DeskPhone }) {
  const [token, setToken] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <section class="phone" aria-label="Token">
      <form
        class="token"
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim() !== '') phone.unlock(token.trim());
        }}
      >
        <h2>This phone is locked</h2>
        <p>The server asks for its token: the value of LIVELINE_API_TOKEN where it runs.</p>
        <label for="token">Token</label>
        <input
          ref={field}
          id="token"
          type="password"
          autocomplete="off"
          value={token}
          aria-describedby="token-problem"
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <p id="token-problem" class="problem" role="alert">
          {phone.tokenRejected.value ? 'That is not the server’s token.' : ''}
        </p>
        <button type="submit" class="call">
          Unlock
        </button>
      </form>
    </section>
  );
}
