import type { DeskPhone } from '../desk-phone.js';

/** Whom to call. */
export function AgentPicker({ phone }: { phone: DeskPhone }) {
  const { line, agent, chosenAgent, calling } = phone;
  const agents = line.value?.agents ?? [];
  return (
    <label class="picker">
      <span>Agent</span>
      <select
        value={agent.value?.name ?? ''}
        title={agent.value?.name}
        disabled={calling.value || agents.length === 0}
        onChange={(event) => (chosenAgent.value = event.currentTarget.value)}
      >
        {agents.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
