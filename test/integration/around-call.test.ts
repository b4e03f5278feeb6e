import { Webhook } from 'standardwebhooks';
import { describe, expect, it, vi } from 'vitest';
import type { CallReport } from '../../src/records/call-report.js';
import { startLocalServer } from '../support/local-server.js';
import { startTestLine } from '../support/liveline.js';
import { callerSpeech } from '../support/test-speech.js';

const SECRET = `whsec_${Buffer.from('a secret of the usual length').toString('base64')}`;

function agents(origin: string, lines = ''): string {
  return `
agents:
  reception:
    default: true
    instructions: 'You speak with {{ lookup.name | default: "a stranger" }}.'
    greeting: "Greet {{ lookup.name | default: 'the stranger' }}."
    before_call: { url: "${origin}/callers?number={{ caller.number | url_encode }}", allow_private_hosts: ["127.0.0.1"] }
    ${lines}
`;
}

describe('before a call', () => {
  it('an agent learns who calls, from a service of its owner', async () => {
    await using crm = await startLocalServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end('{"name":"Ada"}');
    });
    await using line = await startTestLine({
      agents: agents(crm.origin),
      script: { replies: [{ on: { text: 'Greet Ada' }, say: 'Hello Ada.' }] },
    });
    await using phone = line.call();
    const { pii } = await line.waitFor('turn', ({ speaker }) => speaker === 'agent');
    expect(pii.text).toBe('Hello Ada.');
    expect(crm.requests[0]?.path).toBe('/callers?number=%2B12025550123');
    expect(await line.waitFor('looked-up')).toMatchObject({ ok: true });
    phone.hangUp();
  });

  it('a service that does not answer keeps nobody waiting for more than two seconds, and no word is lost', async () => {
    await using crm = await startLocalServer(() => undefined);
    await using line = await startTestLine({
      agents: agents(crm.origin, 'turn: { protect_greeting: false }').replace(/ {4}greeting.*\n/, ''),
      script: { replies: [{ on: 'speech', say: 'I hear you.' }] },
    });
    await using phone = line.call();
    await phone.speak(await callerSpeech(700));
    const looked = await line.waitFor('looked-up');
    expect(looked).toMatchObject({ ok: false, error: { code: 'TOOL_TIMEOUT' } });
    expect(looked.ms).toBeLessThan(2_500);
    const { pii } = await line.waitFor('turn', ({ speaker }) => speaker === 'agent');
    expect(pii.text).toBe('I hear you.');
    phone.hangUp();
  });

  it('a caller who hangs up meanwhile leaves nothing behind', async () => {
    await using crm = await startLocalServer(() => undefined);
    await using line = await startTestLine({ agents: agents(crm.origin) });
    await using phone = line.call();
    await crm.requested();
    phone.hangUp();
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'caller-hung-up' });
    await crm.allSocketsClosed();
  });
});

describe('after a call', () => {
  it('its report is delivered, signed, when the receiver is back', async () => {
    let away = true;
    await using receiver = await startLocalServer((_request, response) => {
      response.statusCode = away ? 503 : 204;
      away = false;
      response.end();
    });
    await using line = await startTestLine({
      agents: `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    turn: { protect_greeting: false }
    after_call: { url: "${receiver.origin}/calls", secret: "${SECRET}", allow_private_hosts: ["127.0.0.1"] }
`,
      script: { replies: [{ on: 'speech', heard: 'Is anybody there?', say: 'I am.' }] },
    });
    await using phone = line.call();
    await phone.waitFor('start');
    await phone.speak(await callerSpeech(700));
    await line.waitFor('turn', ({ speaker }) => speaker === 'agent');
    phone.hangUp();
    await vi.waitFor(() => expect(receiver.requests).toHaveLength(2), { timeout: 5_000 });
    const [first, second] = receiver.requests;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    const report = new Webhook(SECRET).verify(second!.body, second!.headers as Record<string, string>) as CallReport;
    expect(report).toMatchObject({
      type: 'call.ended',
      callSid: phone.callSid,
      agent: 'reception',
      from: '+12025550123',
      outcome: { reason: 'caller-hung-up' },
      transcript: [
        { speaker: 'caller', text: 'Is anybody there?' },
        { speaker: 'agent', text: 'I am.' },
      ],
      usage: expect.objectContaining({}),
    });
    expect(Date.parse(report.endedAt) - Date.parse(report.startedAt)).toBe(report.durationMs);
  });
});
