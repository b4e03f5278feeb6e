import { useEffect, useState } from 'preact/hooks';
import type { DeskPhone } from '../desk-phone.js';
import { clockTime, statusOf } from '../words.js';
import { AgentPicker } from './agent-picker.js';
import { Keypad } from './keypad.js';
import { Voices } from './voices.js';

/** The telephone itself: whom to call, how the call stands, both voices, and its buttons. */
export function PhonePanel({ phone }: { phone: DeskPhone }) {
  const { phase, agent, muted, microphoneProblem } = phone;
  const [keypadOpen, setKeypadOpen] = useState(false);
  usePressedKeys(phone);
  const calling = phase.value === 'dialling' || phase.value === 'in-call';
  const inCall = phase.value === 'in-call';
  return (
    <section class="phone" aria-label="Phone">
      <AgentPicker phone={phone} />
      <StatusLine phone={phone} />
      <Voices levels={phone.levels} running={inCall} agentName={agent.value?.name ?? 'Agent'} />
      <div class="actions">
        <button
          type="button"
          class="secondary"
          aria-pressed={muted.value}
          disabled={!inCall || microphoneProblem.value !== undefined}
          onClick={() => phone.setMuted(!muted.value)}
        >
          {muted.value ? 'Unmute' : 'Mute'}
        </button>
        <button
          type="button"
          class={calling ? 'call hang-up' : 'call'}
          disabled={!calling && (!agent.value || phone.server.value === 'gone')}
          onClick={() => (calling ? phone.hangUp() : phone.call())}
        >
          {calling ? 'Hang up' : 'Call'}
        </button>
        <button
          type="button"
          class="secondary only-narrow"
          aria-expanded={keypadOpen}
          aria-controls="keypad"
          onClick={() => setKeypadOpen(!keypadOpen)}
        >
          Keypad
        </button>
      </div>
      <Keypad disabled={!inCall} open={keypadOpen} onPress={(key) => phone.press(key)} />
    </section>
  );
}

function StatusLine({ phone }: { phone: DeskPhone }) {
  const { server, phase, view, problem, microphoneProblem, muted } = phone;
  const { tone, title, detail } = statusOf({
    server: server.value,
    phase: phase.value,
    view: view.value,
    problem: problem.value,
    microphoneProblem: microphoneProblem.value,
    muted: muted.value,
  });
  const timed = phase.value === 'in-call' || (phase.value === 'over' && phone.elapsedMs.peek() > 0);
  return (
    <div class={`status ${tone}${timed ? ' timed' : ''}`}>
      <div role="status">
        <p class="title">{title}</p>
        <p class="detail">{detail}</p>
      </div>
      <Elapsed phone={phone} shown={timed} />
    </div>
  );
}

/** A component of its own: its ticking redraws nothing else. */
function Elapsed({ phone, shown }: { phone: DeskPhone; shown: boolean }) {
  return (
    <p class="elapsed" role="timer" aria-label="Elapsed time">
      {shown ? clockTime(phone.elapsedMs.value) : ''}
    </p>
  );
}

/** Digits on the keyboard are keys of the telephone, unless they are typed into a field. */
function usePressedKeys(phone: DeskPhone): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      const field = event.target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
      if (field || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (/^[0-9*#]$/.test(event.key)) phone.press(event.key);
    }
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [phone]);
}
