import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { DeskPhone } from '../desk-phone.js';
import { clockTime, statusOf } from '../words.js';
import { AgentPicker } from './agent-picker.js';
import { Keypad } from './keypad.js';
import { Voices } from './voices.js';

/** The telephone itself: whom to call, how the call stands, both voices, and its buttons. */
export function PhonePanel({ phone, takesFocus }: { phone: DeskPhone; takesFocus: boolean }) {
  const { phase, agent, muted, microphoneProblem } = phone;
  const [keypadOpen, setKeypadOpen] = useState(false);
  const panel = useRef<HTMLElement>(null);
  usePressedKeys(phone);
  const calling = phone.calling.value;
  const inCall = phase.value === 'in-call';
  useEffect(() => {
    if (takesFocus) panel.current?.focus();
  }, []);
  useLayoutEffect(() => {
    // A button that the call's end takes away does not take the keyboard with it; Call is not put under its fingers.
    const focused = document.activeElement;
    if (!inCall && focused?.matches(':disabled') && panel.current?.contains(focused)) panel.current.focus();
  }, [inCall]);
  return (
    <section ref={panel} class="phone" aria-label="Phone" tabIndex={-1}>
      <AgentPicker phone={phone} />
      <StatusLine phone={phone} />
      <Voices levels={phone.levels} running={inCall} agentName={phone.speaker.value} />
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
          disabled={!calling && (!agent.value || phone.server.value !== 'there')}
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
  // A title that says what is wrong takes the whole line, and so does the one before anyone answers.
  const answered = phase.value === 'in-call' && view.value.state !== 'opening';
  const timed = answered || (phase.value === 'over' && tone === 'calm' && phone.elapsedMs.peek() > 0);
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
