import { describe, expect, it } from 'vitest';
import { openLeg } from '../../support/opened-leg.js';
import { ScriptedLiveServer } from '../../support/scripted-live-server.js';

const SAID = [{ speaker: 'caller', text: 'Hello?' }] as const;

async function setupOf(options: Parameters<typeof openLeg>[1]): Promise<Record<string, unknown>> {
  await using server = await ScriptedLiveServer.start();
  const { leg, recorder } = openLeg(server.baseUrl, options);
  const session = await server.nextSession();
  const setup = (await session.setUp()) as Record<string, unknown>;
  await recorder.until('ready');
  leg.close();
  await recorder.until('closed');
  return setup;
}

describe('a session', () => {
  it('asks for handles unless its agent does not want them', async () => {
    expect(await setupOf({})).toMatchObject({ sessionResumption: {} });
    expect(await setupOf({ settings: { resume: false } })).not.toHaveProperty('sessionResumption');
  });

  it('is taken up by its handle, without being told again what it knows', async () => {
    const setup = await setupOf({
      handle: 'handle-1',
      history: SAID,
      settings: { contextTurns: [{ speaker: 'agent', text: 'Welcome.' }] },
    });
    expect(setup).toMatchObject({ sessionResumption: { handle: 'handle-1' } });
    expect(JSON.stringify(setup)).not.toMatch(/Hello|Welcome/);
  });

  it('that follows a rejected one is told what was said as part of its instructions', async () => {
    const setup = await setupOf({ rejected: true, history: SAID, settings: { systemInstruction: 'Be brief.' } });
    expect(JSON.stringify(setup['systemInstruction'])).toMatch(/Be brief.*Caller: Hello\?/);
  });
});

describe('a handle', () => {
  it('is passed on when the session is resumable, and its absence is told', async () => {
    await using server = await ScriptedLiveServer.start();
    const { leg, recorder } = openLeg(server.baseUrl, {});
    const session = await server.nextSession();
    await session.setUp();
    await recorder.until('ready');
    recorder.clear();
    session.send({ sessionResumptionUpdate: { newHandle: 'h1', resumable: true } });
    session.send({ sessionResumptionUpdate: { newHandle: 'h2' } });
    session.send({ sessionResumptionUpdate: {} });
    session.send({ goAway: { timeLeft: '1s' } });
    await recorder.until('going-away');
    expect(recorder.events.slice(0, 3)).toEqual([
      ['resumable', 'h1'],
      ['resumable', undefined],
      ['resumable', undefined],
    ]);
    leg.close();
    await recorder.until('closed');
  });
});
