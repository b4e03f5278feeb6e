import { describe, expect, it } from 'vitest';
import { Conversation } from '../../../src/call/dialogue/conversation.js';
import { ManualClock } from '../../support/manual-clock.js';

function setUp() {
  const clock = new ManualClock();
  const conversation = new Conversation(clock, { caller: false, agent: false }, () => undefined);
  return {
    conversation,
    /** The agent speaks for so long; its turn stays open. */
    speak: (ms: number) => {
      conversation.agentBegan();
      clock.advance(ms);
    },
    end: () => conversation.endTurn({ sentMs: 0, heardMs: 0 }, {}),
  };
}

describe('who had the word how often', () => {
  it('is nobody at first', () => {
    expect(setUp().conversation.turns).toEqual({ agent: 0, caller: 0 });
  });

  it('counts what the caller says after the agent has spoken, kept transcript or not', () => {
    const { conversation, speak, end } = setUp();
    conversation.heard('caller', 'Book Monday.');
    expect(conversation.turns).toEqual({ agent: 0, caller: 0 });
    speak(3000);
    end();
    expect(conversation.turns, 'the agent has asked').toEqual({ agent: 1, caller: 0 });
    conversation.heard('caller', 'Yes.');
    expect(conversation.turns).toEqual({ agent: 1, caller: 1 });
  });

  it('takes words that come late for what the agent answers', () => {
    const { conversation, speak } = setUp();
    speak(1000);
    conversation.heard('caller', 'Book Monday.');
    expect(conversation.turns).toEqual({ agent: 0, caller: 0 });
  });

  it('takes words in the middle of the agent’s for an answer to them', () => {
    const { conversation, speak, end } = setUp();
    speak(2000);
    conversation.heard('caller', 'Yes, yes.');
    end();
    expect(conversation.turns).toEqual({ agent: 1, caller: 1 });
    conversation.heard('caller', ' Please.');
    expect(conversation.turns).toEqual({ agent: 1, caller: 1 });
  });

  it('counts keys and typed lines, at once while the agent speaks', () => {
    const { conversation, speak, end } = setUp();
    conversation.typed('1');
    expect(conversation.turns).toEqual({ agent: 0, caller: 0 });
    speak(100);
    conversation.typed('2');
    expect(conversation.turns).toEqual({ agent: 0, caller: 1 });
    conversation.heard('caller', 'late');
    expect(conversation.turns, 'never goes back').toEqual({ agent: 0, caller: 1 });
    end();
    expect(conversation.turns).toEqual({ agent: 1, caller: 1 });
  });

  it('counts no turn in which the agent said nothing', () => {
    const { conversation, end } = setUp();
    conversation.heard('caller', 'Book Monday.');
    end();
    conversation.heard('caller', 'Hello?');
    expect(conversation.turns).toEqual({ agent: 0, caller: 0 });
  });
});
