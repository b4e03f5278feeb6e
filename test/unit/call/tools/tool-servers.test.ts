import { describe, expect, it } from 'vitest';
import type { ToolServerChange, ToolServers } from '../../../../src/call/tools/tool-servers.js';
import { settle } from '../../../support/call-with-actions.js';
import { activeCall } from '../../../support/placed-call.js';

/** Servers of which a test says what becomes of them. */
function scriptedServers(...absent: string[]) {
  const users = new Set<(change: ToolServerChange) => void>();
  let mostUsers = 0;
  const servers: ToolServers = {
    use: (onChange) => {
      users.add(onChange);
      mostUsers = Math.max(mostUsers, users.size);
      for (const server of absent) onChange({ phase: 'lost', server });
      return () => users.delete(onChange);
    },
  };
  return {
    servers,
    get users() {
      return users.size;
    },
    get mostUsers() {
      return mostUsers;
    },
    tell: (change: ToolServerChange) => users.forEach((told) => told(change)),
  };
}

const LOST = { phase: 'lost', server: 'shop.example', code: 'ECONNREFUSED' } as const;

describe('the servers of an agent’s tools', () => {
  it('are told of by the call that uses them, from its start to its end', () => {
    const shop = scriptedServers('stock.example');
    const { events, types, leave } = activeCall({ toolServers: shop.servers });
    expect(types().slice(0, 2)).toEqual(['started', 'tool-server']);
    shop.tell(LOST);
    shop.tell({ phase: 'back', server: 'shop.example' });
    expect(events.filter(({ type }) => type === 'tool-server')).toMatchObject([
      { phase: 'lost', server: 'stock.example' },
      LOST,
      { phase: 'back', server: 'shop.example' },
    ]);
    expect(shop.users).toBe(1);
    leave();
    expect(shop.users).toBe(0);
    expect(types().at(-1)).toBe('ended');
  });

  it('are those of the agent that has the call, and are not let go between two that use the same', async () => {
    const shop = scriptedServers();
    const none = { protectGreeting: false, maxCallMs: 600_000 };
    const placed = activeCall(
      { ...none, toolServers: shop.servers },
      ({ id, name, args }, { actions }) => {
        actions.handOver(String(args['agent']), '');
        return Promise.resolve({ id, name, response: {} });
      },
      { others: { billing: { ...none, toolServers: shop.servers }, night: none } },
    );
    const handOver = async (agent: string) => {
      placed.models.last.handlers.onToolCalls([{ id: agent, name: 'hand_over', args: { agent } }]);
      await settle();
      placed.models.last.handlers.onTurnComplete(undefined);
      placed.clock.advance(3_000);
      await settle();
      placed.models.last.handlers.onReady();
      expect(placed.call.agent).toBe(agent);
    };
    await handOver('billing');
    expect(shop).toMatchObject({ users: 1, mostUsers: 2 });
    await handOver('night');
    expect(shop.users).toBe(0);
    placed.leave();
  });
});
