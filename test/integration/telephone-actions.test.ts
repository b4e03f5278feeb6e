import { describe, expect, it } from 'vitest';
import { startLiveEmulator } from '../../src/emulator/live-emulator.js';
import { createScript } from '../../src/emulator/script.js';
import { decodeDtmf } from '../support/dtmf-decoder.js';
import { ACCOUNT_SID } from '../support/carrier.js';
import { AUTH_TOKEN, startTestLine } from '../support/liveline.js';
import { startLocalServer } from '../support/local-server.js';
import { callerSpeech, createTestSpeech } from '../support/test-speech.js';

describe('keys that the agent presses', () => {
  it('are heard on the telephone as tones, whole, though the caller speaks into them', async () => {
    await using line = await startTestLine({
      agents: `
agents:
  dialer:
    default: true
    instructions: You talk to a machine.
    turn: { silence_ms: 300 }
    tools: [built_in: send_digits, built_in: hang_up]
`,
      script: {
        replies: [
          {
            on: 'text',
            say: 'One moment.',
            call: [{ name: 'send_digits', args: { digits: '12 3#' } }],
            then: { say: 'Goodbye.', call: [{ name: 'hang_up', args: { reason: 'the machine has what it needs' } }] },
          },
        ],
      },
    });
    await using phone = line.call();
    await line.waitFor('model-ready');
    await line.say('go');
    await line.waitFor('digits-sent');
    await phone.speak(await callerSpeech(400));
    await phone.ended;
    const keys = decodeDtmf(phone.heard).map(({ key }) => key);
    expect(keys.join('')).toBe('123#');
    expect(await line.waitFor('ended')).toMatchObject({
      reason: 'agent-hung-up',
      pii: { why: 'the machine has what it needs' },
    });
  });
});

describe('a sensitive number that the caller enters', () => {
  it('is not taken on a carrier’s call whose recording nobody could pause', async () => {
    await using line = await startTestLine({
      agents: `
agents:
  cashier:
    default: true
    instructions: You take payments.
    tools: [{ built_in: collect_digits, sensitive: true }, built_in: hang_up]
`,
      script: {
        replies: [
          { on: 'text', call: [{ name: 'collect_digits' }], then: { say: 'Sorry.', call: [{ name: 'hang_up' }] } },
        ],
      },
    });
    expect(line.logged.join('')).toContain('no recording can be paused without TWILIO_ACCOUNT_SID');
    await using phone = line.call();
    await line.waitFor('model-ready');
    await line.say('go');
    expect(await line.waitFor('digits-collected')).toMatchObject({ outcome: 'recorded', count: 0 });
    await phone.ended;
  });

  it('reaches the service it is for, and no event, log line or model', async () => {
    await using rest = await startLocalServer((_request, response) =>
      response.setHeader('content-type', 'application/json').end('{}'),
    );
    await using service = await startLocalServer(({ body }, response) =>
      response.setHeader('content-type', 'application/json').end(body),
    );
    await using line = await startTestLine({
      agents: `
agents:
  cashier:
    default: true
    instructions: You take payments.
    tools:
      - built_in: collect_digits
        as: card
        sensitive: true
        max: 8
      - name: pay
        description: Pays.
        http:
          method: POST
          url: ${service.origin}/pay
          body: { card: '{{ collected.card }}' }
          allow_private_hosts: [127.0.0.1]
      - built_in: hang_up
`,
      server: { twilio: { authTokens: [AUTH_TOKEN], accountSid: ACCOUNT_SID, apiBaseUrl: rest.origin } },
      script: {
        replies: [
          {
            on: 'text',
            say: 'Your card number, please.',
            call: [{ name: 'collect_digits' }],
            then: {
              call: [{ name: 'pay' }],
              then: { say: 'Paid with {{ result.card }}.', call: [{ name: 'hang_up' }] },
            },
          },
        ],
      },
    });
    await using phone = line.call({ accountSid: ACCOUNT_SID });
    await line.waitFor('model-ready');
    await line.say('go');
    await line.waitFor('digits-collecting');
    await phone.press('41112222');
    await phone.ended;
    expect(service.requests.map(({ body }) => body)).toEqual(['{"card":"41112222"}']);
    const told = JSON.stringify(line.events) + line.logged.join('');
    expect(told).not.toMatch(/4111|2222/);
    // The service said it all again, and the model said what it got of that.
    expect(await line.waitFor('turn', ({ pii }) => pii.text.includes('Paid'))).toMatchObject({
      pii: { text: 'Your card number, please. Paid with ••••.' },
    });
    expect(await line.waitFor('digits-collected')).toMatchObject({ outcome: 'ok', count: 8, pii: {} });
    const recorded = rest.requests.filter(({ path }) => path.includes('/Recordings/')).map(({ body }) => body);
    expect(recorded).toEqual(['Status=paused', 'Status=in-progress']);
  });
});

describe('a call that is handed over', () => {
  const agents = (billing: string) => `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    greeting: Greet the caller.
    turn: { protect_greeting: false, silence_ms: 300 }
    tools:
      - built_in: hand_over
        to: { billing: Invoices and payments. }
  billing:
    instructions: You know all about invoices.
    greeting: Greet the caller for billing.
    voice: Puck
    ${billing}
    tools: [built_in: hang_up]
`;
  const script = createScript({
    greeting: 'Hello.',
    replies: [
      {
        on: 'speech',
        heard: 'I have a question about my bill.',
        say: 'One moment.',
        call: [{ name: 'hand_over', args: { agent: 'billing', note: 'invoice 7' } }],
      },
      // Only the second agent has the function that this takes.
      { on: { text: 'taken over .*invoice 7' }, say: 'Billing here. Goodbye.', call: [{ name: 'hang_up' }] },
    ],
  });

  it.each([
    ['the same model on the Gemini API', 'gemini-api', '', true],
    ['another model on Vertex AI', 'vertex-ai', 'model: gemini-live-2.5-flash-native-audio', false],
  ] as const)('goes on with the agent that takes over: %s', async (_what, kind, billing, sameSession) => {
    await using service = await startLiveEmulator({ script, speech: createTestSpeech() });
    const model = { kind, apiKey: 'test-key', baseUrl: service.url };
    await using line = await startTestLine({ agents: agents(billing), server: { model } });
    await using phone = line.call();
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended');
    await phone.speak(await callerSpeech(600));
    const handedOver = await line.waitFor('handed-over');
    expect(handedOver).toMatchObject({ from: 'reception', agent: 'billing', sameSession, pii: { note: 'invoice 7' } });
    await phone.ended;
    const said = line.events.flatMap((event) =>
      event.type === 'turn' && event.speaker === 'agent' ? [event.pii.text] : [],
    );
    expect(said).toEqual(['Hello.', 'One moment.', 'Billing here. Goodbye.']);
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'agent-hung-up' });
    expect(service.totalSessions).toBe(2);
  });
});
