import { describe, expect, it } from 'vitest';
import type { CallEventBody } from '../../../src/call/events.js';
import { type CallView, NEW_CALL, withEvent } from '../../../src/console/call-view.js';

/** What a call looks like after these events, one every 100 ms unless they say when. */
function after(...bodies: (CallEventBody & { atMs?: number })[]): CallView {
  return bodies.reduce<CallView>(
    (view, body, index) => withEvent(view, { callSid: 'CA1', atMs: index * 100, ...body }),
    NEW_CALL,
  );
}

function agentSays(text: string): CallEventBody {
  return { type: 'transcript', speaker: 'agent', pii: { text } };
}

function callerSays(text: string): CallEventBody {
  return { type: 'transcript', speaker: 'caller', pii: { text } };
}

function agentTurn(): CallEventBody {
  return { type: 'turn', speaker: 'agent', turn: 1, sentMs: 4_000, heardMs: 4_000, cutOff: false, pii: { text: '' } };
}

function cutOffTurn(heardMs: number, heard: string, unheard: string): CallEventBody {
  const pii = { text: heard + unheard, heard, unheard };
  return { type: 'turn', speaker: 'agent', turn: 1, sentMs: 4_000, heardMs, cutOff: true, pii };
}

const callerTurn: CallEventBody = { type: 'turn', speaker: 'caller', turn: 1, pii: { text: '' } };

function texts({ entries }: CallView): string[] {
  return entries.map((entry) => {
    if (entry.kind === 'speech') return `${entry.speaker}: ${entry.text}${entry.unheard && ` [${entry.unheard}]`}`;
    return entry.kind === 'tool' ? `tool: ${entry.name} ${entry.state}` : entry.kind;
  });
}

describe('the view of a call', () => {
  it('joins the pieces of a turn, and begins a new line for the next', () => {
    const view = after(agentSays('Good'), agentSays(' morning.'), agentTurn(), agentSays(' How are you?'));
    expect(texts(view)).toEqual(['agent: Good morning.', 'agent: How are you?']);
    expect(view.entries).toMatchObject([{ done: true }, { done: false }]);
  });

  it('shows of a cut-off turn what was heard, and apart from it what was not', () => {
    const said = agentSays(' We are open on most days of the week.');
    const view = after(said, cutOffTurn(2_000, 'We are open on most', ' days of the week.'));
    expect(texts(view)).toEqual(['agent: We are open on most [ days of the week.]']);
    expect(view.entries).toMatchObject([{ cutOffAfterMs: 2_000 }]);
  });

  it('shows nothing as heard of a turn that was cut off before its first sound', () => {
    const view = after(agentSays('Well now.'), cutOffTurn(0, '', 'Well now.'));
    expect(texts(view)).toEqual(['agent:  [Well now.]']);
  });

  it('divides a turn over its lines when a tool stands between them', () => {
    const view = after(
      agentSays('One moment, please.'),
      { type: 'tool', phase: 'called', id: '1', name: 'hours', pii: { args: {} } },
      agentSays(' We are open today.'),
      cutOffTurn(600, 'One moment, please. We are', ' open today.'),
    );
    expect(texts(view)).toEqual(['agent: One moment, please.', 'tool: hours running', 'agent: We are [ open today.]']);
    expect(view.entries.filter((entry) => 'cutOffAfterMs' in entry)).toHaveLength(1);
  });

  it('puts the caller’s late words before the answer to them, and later ones after it', () => {
    const late = after(agentSays('Hello.'), callerSays('Hi'), callerSays(' there.'));
    expect(texts(late)).toEqual(['caller: Hi there.', 'agent: Hello.']);
    const later = after(agentSays('Hello.'), { ...callerSays('Wait.'), atMs: 3_000 });
    expect(texts(later)).toEqual(['agent: Hello.', 'caller: Wait.']);
  });

  it('shows what was typed and pressed once', () => {
    const view = after(
      { type: 'said', pii: { text: 'Are you open?' } },
      callerTurn,
      { type: 'digits', count: 2, pii: { digits: '1#' } },
      callerTurn,
    );
    expect(texts(view)).toEqual(['typed', 'pressed']);
  });

  it('tells how each use of a tool ended', () => {
    const called = (id: string): CallEventBody => ({
      type: 'tool',
      phase: 'called',
      id,
      name: `tool-${id}`,
      pii: { args: {} },
    });
    const view = after(
      called('a'),
      called('b'),
      called('c'),
      { type: 'tool', phase: 'answered', id: 'b', name: 'tool-b', ms: 5, ok: true, pii: { response: { n: 1 } } },
      { type: 'tool', phase: 'answered', id: 'a', name: 'tool-a', ms: 9, ok: false, pii: { response: {} } },
      { type: 'tool', phase: 'cancelled', id: 'c', name: 'tool-c', ms: 7 },
      { type: 'tool', phase: 'cancelled', id: 'unknown', name: 'tool-d', ms: 7 },
    );
    expect(texts(view)).toEqual(['tool: tool-a failed', 'tool: tool-b answered', 'tool: tool-c cancelled']);
    expect(view.entries).toMatchObject([{ tookMs: 9 }, { tookMs: 5, response: { n: 1 } }, { tookMs: 7 }]);
  });

  it('follows the call from opening to its end', () => {
    const ready: CallEventBody = { type: 'model-ready', setupMs: 5, resumed: false };
    const lost: CallEventBody = { type: 'model-lost', code: 'MODEL_CLOSED', detail: '', willRetry: true };
    const draining: CallEventBody = { type: 'draining', reason: 'agent-hung-up' };
    const goesOn: CallEventBody = { type: 'end-called-off' };
    const error = { code: 'MODEL_UNAUTHORIZED', detail: '' };
    const ended: CallEventBody = { type: 'ended', reason: 'model-failed', durationMs: 5, error };
    const states = [
      [],
      [ready],
      [ready, lost],
      [ready, lost, ready],
      [ready, draining],
      [ready, draining, goesOn],
      [ready, ended],
    ].map((events) => after(...events).state);
    expect(states).toEqual(['opening', 'talking', 'reopening', 'talking', 'ending', 'talking', 'ended']);
    expect(after(ended).end).toEqual({ reason: 'model-failed', code: 'MODEL_UNAUTHORIZED' });
  });

  it('tells of a message with what the agent saw of it', () => {
    const received = (images: number, unseen: number, text: string): CallEventBody => ({
      type: 'message-received',
      images,
      unseen,
      pii: { text },
    });
    const { entries } = after(received(2, 1, ''), received(0, 0, 'My name'));
    expect(entries).toMatchObject([
      { text: 'A text message came with 2 pictures that the agent was shown and a file that it was not.' },
      { text: 'A text message came: “My name”' },
    ]);
  });

  it('ends with what was used, where something was', () => {
    const tokens = { promptTokens: 90, responseTokens: 10, thoughtsTokens: 0, toolUsePromptTokens: 0, cachedTokens: 0 };
    const usage = { ...tokens, totalTokens: 100, promptByModality: {}, responseByModality: {}, trafficTypes: {} };
    const ended = (replies: number): CallEventBody => ({
      type: 'ended',
      reason: 'caller-hung-up',
      durationMs: 5,
      usage: { ...usage, replies },
    });
    expect(after(ended(1)).entries).toMatchObject([{ kind: 'remark', text: '100 tokens were used.' }]);
    expect(after(ended(0)).entries).toEqual([]);
  });

  it('speaks of a lost model only when there was one', () => {
    const lost: CallEventBody = { type: 'model-lost', code: 'MODEL_UNREACHABLE', detail: '', willRetry: true };
    expect(after(lost, lost)).toEqual(NEW_CALL);
    expect(texts(after({ type: 'model-ready', setupMs: 5, resumed: false }, lost))).toEqual(['remark']);
  });

  it('knows whose call it is', () => {
    const started: CallEventBody = {
      type: 'started',
      agent: 'sales',
      direction: 'inbound',
      beganWallMs: 0,
      pii: { from: '', to: '' },
    };
    expect(after(started, agentSays('Hello.')).agent).toBe('sales');
    const back = after({ ...started, returned: { from: 'nurse', why: 'no-answer', beganWallMs: 0 } });
    expect(back).toMatchObject({ agent: 'sales', entries: [{ kind: 'remark' }] });
    expect(JSON.stringify(back.entries)).toContain('nurse did not take the call (no answer): the caller is back.');
  });

  it('keeps a bounded number of lines, each with an id of its own', () => {
    const many = Array.from({ length: 1_200 }, (): CallEventBody => ({ type: 'said', pii: { text: 'again' } }));
    const { entries } = after(...many);
    expect(entries).toHaveLength(1_000);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(1_000);
  });

  it('shows keys that were asked for, and of private ones how many', () => {
    const collected = { type: 'digits-collected', outcome: 'ok', count: 4 } as const;
    const view = after(
      { ...collected, sensitive: false, pii: { digits: '1234' } },
      { ...collected, sensitive: true, pii: {} },
      { ...collected, outcome: 'timeout', count: 0, sensitive: true, pii: {} },
      { type: 'digits-sent', count: 2, pii: { digits: '1w2' } },
    );
    expect(view.entries).toMatchObject([
      { kind: 'pressed', digits: '1234' },
      { kind: 'pressed', digits: '••••' },
      { kind: 'remark', text: 'The agent pressed 1w2.' },
    ]);
  });

  it('says which server of its tools is not there, and when it is back', () => {
    const view = after(
      { type: 'tool-server', phase: 'lost', server: 'shop.example', code: 'ECONNREFUSED' },
      { type: 'tool-server', phase: 'back', server: 'shop.example' },
    );
    expect(view.entries).toMatchObject([
      { text: 'The server shop.example is not there: its tools do not work.' },
      { text: 'The server shop.example is back.' },
    ]);
  });

  it('shows what the agent was told, and why it hung up', () => {
    const view = after(
      { type: 'prompted', cause: 'no-input' },
      { type: 'ended', reason: 'agent-hung-up', durationMs: 100, pii: { why: 'all said' } },
    );
    expect(view.entries).toMatchObject([
      { text: 'Nobody says anything: the agent is to ask.' },
      { text: 'The agent hung up: all said' },
    ]);
  });

  it('tells in one line where an answer comes from, by name', () => {
    const sources = [
      { kind: 'web' as const, title: 'harbour.example', uri: 'https://redirect.example/a' },
      { kind: 'web' as const, title: 'harbour.example', uri: 'https://redirect.example/b' },
      { kind: 'page' as const, uri: 'https://hours.example/today?x=1', failed: true },
      { kind: 'document' as const, uri: 'not an address' },
    ];
    const view = after(
      { type: 'grounded', queries: 1, sources: 4, pii: { queries: ['opening hours'], sources } },
      { type: 'grounded', queries: 0, sources: 1, pii: { queries: [], sources: sources.slice(0, 1) } },
    );
    expect(view.entries).toMatchObject([
      {
        kind: 'report',
        about: 'sources',
        text: '“opening hours” → harbour.example, hours.example (not read), not an address',
      },
      { text: 'harbour.example' },
    ]);
  });

  it('shows a program that the model ran, and what came of it', () => {
    const view = after(
      { type: 'code', phase: 'written', language: 'python', pii: { code: 'print(1)' } },
      { type: 'code', phase: 'run', ok: true, pii: { output: '1' } },
      { type: 'code', phase: 'run', ok: false, pii: { output: 'NameError' } },
    );
    expect(view.entries.map((entry) => entry.kind === 'report' && entry.text)).toEqual([
      'print(1)',
      '→ 1',
      'failed: NameError',
    ]);
  });

  it('shows of a tool what it has answered so far, and that it was called off and undone', () => {
    const id = 'a';
    const name = 'book';
    const called: CallEventBody = { type: 'tool', phase: 'called', id, name, pii: { args: {} } };
    const piece: CallEventBody = {
      type: 'tool',
      phase: 'updated',
      id,
      name,
      ms: 5,
      sent: true,
      pii: { response: { output: 'soon' } },
    };
    const cancelled: CallEventBody = { type: 'tool', phase: 'cancelled', id, name, ms: 9 };
    const undone = (ok: boolean): CallEventBody => ({
      type: 'tool',
      phase: 'undone',
      id,
      name,
      ms: 3,
      ok,
      pii: { response: {} },
    });
    expect(after(called, piece).entries).toMatchObject([{ state: 'running', response: { output: 'soon' } }]);
    expect(after(called, cancelled, undone(true)).entries).toMatchObject([{ state: 'undone', tookMs: 9 }]);
    expect(after(called, cancelled, undone(false)).entries).toMatchObject([{ state: 'not-undone' }]);
  });
});
