import { useRef } from 'preact/hooks';
import type { DeskPhone } from '../desk-phone.js';
import { modelLine } from '../words.js';
import { Announcer } from './announcer.js';
import { AnswerTimes } from './answer-times.js';
import { PhonePanel } from './phone-panel.js';
import { TokenForm } from './token-form.js';
import { Transcript } from './transcript.js';
import { TypedLine } from './typed-line.js';

/** The whole page. */
export function App({ phone }: { phone: DeskPhone }) {
  const { line, agent } = phone;
  return (
    <>
      <header class="masthead">
        <h1>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M1 12h4M9 7v10M13 3v18M17 8v8M20 12h3" />
          </svg>
          Liveline
        </h1>
        <p class="model">{modelLine(line.value, agent.value?.model)}</p>
      </header>
      <main>
        <PhoneOrLock phone={phone} />
        <section class="talk" aria-label="Conversation">
          <AnswerTimes latenciesMs={phone.latenciesMs.value} />
          <Transcript phone={phone} />
          <TypedLine phone={phone} />
        </section>
      </main>
      <Announcer phone={phone} />
    </>
  );
}

/** Nothing yet, until it is known which; a call that runs keeps its phone. */
function PhoneOrLock({ phone }: { phone: DeskPhone }) {
  const { server, calling } = phone;
  const wasLocked = useRef(false);
  if (server.value === 'unknown') return <section class="phone" aria-label="Phone" aria-busy="true" />;
  if (server.value === 'locked' && !calling.value) {
    wasLocked.current = true;
    return <TokenForm phone={phone} />;
  }
  return <PhonePanel phone={phone} takesFocus={wasLocked.current} />;
}
