import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { CallEventBody } from '../../../../src/call/events.js';
import { ChatPrompt } from '../../../../src/cli/chat/chat-prompt.js';
import { ChatScreen } from '../../../../src/cli/chat/chat-screen.js';

function shown(echo: boolean, ...events: CallEventBody[]): string[] {
  let text = '';
  const screen = new ChatScreen((piece) => (text += piece), { echo });
  for (const body of events) screen.onEvent({ callSid: 'CA1', atMs: 0, ...body });
  return text.split('\n').slice(0, -1);
}

function says(text: string): CallEventBody {
  return { type: 'transcript', speaker: 'agent', pii: { text } };
}

function turn(cutOff = false): CallEventBody {
  return { type: 'turn', speaker: 'agent', turn: 1, cutOff, pii: { text: '' } };
}

describe('the screen of a chat', () => {
  it('shows each sentence when it is complete, and the rest at the end of the turn', () => {
    const pieces = [says('We open'), says(' at 8.30 today. Shall'), says(' I book'), says(' a visit?')];
    expect(shown(false, ...pieces)).toEqual(['agent   We open at 8.30 today.']);
    expect(shown(false, ...pieces, turn())).toEqual([
      'agent   We open at 8.30 today.',
      'agent   Shall I book a visit?',
    ]);
    expect(shown(false, says('Well, I'), turn(true))).toEqual(['agent   Well, I …']);
  });

  it('shows tools where they are used, and how the chat ended', () => {
    const called: CallEventBody = { type: 'tool', phase: 'called', id: '1', name: 'hours', pii: { args: { day: 1 } } };
    const ended: CallEventBody = { type: 'ended', reason: 'agent-hung-up', durationMs: 5 };
    expect(shown(false, says('One moment'), called, says(' Open.'), ended)).toEqual([
      'agent   One moment',
      'tool    hours({"day":1})',
      'agent   Open.',
      'line    ended: agent-hung-up',
    ]);
  });

  it('repeats what was typed only where it is not on the screen already', () => {
    const said: CallEventBody = { type: 'said', pii: { text: 'Hello?' } };
    expect(shown(false, said)).toEqual([]);
    expect(shown(true, said)).toEqual(['caller  types “Hello?”']);
  });

  it('lets no word of a model steer the terminal', () => {
    expect(shown(false, says('A\u001b[2J\u0007B\r\nC'), turn())).toEqual(['agent   A [2J B C']);
  });
});

describe('the prompt', () => {
  function open() {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const prompt = new ChatPrompt(input, output);
    const heard: string[] = [];
    prompt.open({ onLine: (line) => heard.push(line), onLeft: () => heard.push('left') });
    return { input, prompt, heard, screen: () => (output.read() as Buffer | null)?.toString() ?? '' };
  }

  it('prints above a line that is half typed, which stays', async () => {
    const { input, prompt, heard, screen } = open();
    input.write('half');
    await expect.poll(screen).toContain('half');
    prompt.print('agent   Hello.\n');
    expect(screen()).toMatch(/agent {3}Hello\.\n[^]*you {5}half/);
    input.write(' a line\r');
    await expect.poll(() => heard).toEqual(['half a line']);
    prompt.close();
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is left by %s', async (_name, key) => {
    const { input, prompt, heard } = open();
    input.write(key);
    await expect.poll(() => heard).toContain('left');
    prompt.close();
  });
});
