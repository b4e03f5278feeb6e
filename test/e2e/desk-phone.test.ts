import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { RateConverter } from '../../src/console/audio/rate-converter.js';
import { SPEECH_HZ } from '../../src/emulator/speech/speech-source.js';
import { bestFit } from '../support/correlation.js';
import { startTestLine } from '../support/liveline.js';
import { silence } from '../support/sounds.js';
import { callerSpeech, createTestSpeech } from '../support/test-speech.js';
import { chromiumPath } from './chromium-path.js';
import { type HeardSound, openPage } from './open-page.js';

const AGENTS = `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    greeting: Greet the caller.
    turn: { protect_greeting: false, silence_ms: 300 }
    tools:
      - name: opening_hours
        description: Opening hours of a weekday.
        parameters: { type: object, properties: { day: { type: string } }, required: [day] }
        http:
          url: \${HOURS_URL}/hours?day={{ args.day | url_encode }}
          allow_private_hosts: [127.0.0.1]
  sales:
    instructions: You sell.
    greeting: Greet the caller.
    disclosure: { say: You talk to a machine. }
    tools: [{ built_in: hang_up }]
`;
const VARIABLES = { HOURS_URL: 'http://127.0.0.1:9' };
const GREETING = 'Hello, this is the practice.';
const LONG = 'We are open on most days, and I will gladly read out the whole of the week, day by day, for you now.';

/** Silence and speech in turns, in milliseconds, as a recording at 8 kHz. */
async function recording(...stretchesMs: number[]): Promise<Int16Array> {
  const parts = await Promise.all(
    stretchesMs.map(async (ms, index) => (index % 2 === 0 ? silence(ms, 8_000) : await callerSpeech(ms))),
  );
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

/** Stretches in which something was heard, in milliseconds; pauses below 300 ms belong to them. */
function audible({ samples, sampleRateHz }: HeardSound): { fromMs: number; toMs: number }[] {
  const blockSamples = sampleRateHz / 100;
  const stretches: { fromMs: number; toMs: number }[] = [];
  for (let block = 0; (block + 1) * blockSamples <= samples.length; block += 1) {
    const loud = samples.subarray(block * blockSamples, (block + 1) * blockSamples).some((s) => Math.abs(s) > 300);
    const last = stretches.at(-1);
    if (!loud) continue;
    if (last && block * 10 - last.toMs < 300) last.toMs = (block + 1) * 10;
    else stretches.push({ fromMs: block * 10, toMs: (block + 1) * 10 });
  }
  return stretches;
}

/** The beginning of what was heard, at the rate of the model's speech: finer than the line's, for a closer fit. */
function beginning({ samples, sampleRateHz }: HeardSound, ms: number): Int16Array {
  const converter = new RateConverter(sampleRateHz, SPEECH_HZ);
  const converted: number[] = [];
  for (const sample of samples.subarray(0, (sampleRateHz * ms) / 1_000)) {
    converter.push(sample);
    if (converter.ready) converted.push(converter.next());
  }
  return Int16Array.from(converted, Math.round);
}

async function startHours() {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ hours: '8 to 18' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

describe.skipIf(chromiumPath === undefined)('the desk phone', () => {
  it('is greeted, asks, interrupts, is answered again, sees a tool, presses a key and hangs up', async () => {
    await using hours = await startHours();
    await using line = await startTestLine({
      agents: AGENTS,
      variables: { HOURS_URL: hours.url },
      script: {
        greeting: GREETING,
        replies: [
          { on: { digits: '1#?' }, say: 'You pressed one.' },
          { on: 'speech', heard: 'Tell me everything.', say: LONG },
          {
            on: 'speech',
            heard: 'When are you open on Monday?',
            call: { name: 'opening_hours', args: { day: 'Monday' } },
            then: { say: 'We are open {{ result.hours }}.' },
          },
        ],
      },
    });
    await using browser = await openPage(line.server.url, await recording(3_500, 800, 2_200, 900));
    const { page } = browser;
    const transcript = page.getByRole('region', { name: 'Transcript' });

    await page.getByRole('button', { name: 'Call' }).click();
    await transcript.getByText(GREETING).waitFor();
    const greeting = await createTestSpeech().speak(GREETING);
    expect((await line.waitFor('reply-heard')).heardMs).toBeGreaterThanOrEqual(Math.floor(greeting.length / 24));
    await transcript.getByText('Tell me everything.').waitFor();
    await line.waitFor('interrupted');
    const cutOff = transcript.getByRole('listitem').filter({ hasText: 'cut off after' });
    await cutOff.waitFor();
    const unheard = await cutOff.getByRole('deletion').innerText();
    expect(LONG.endsWith(unheard.trim())).toBe(true);
    expect(unheard.trim().length).toBeGreaterThan(LONG.length / 4);

    const tool = transcript.getByRole('listitem').filter({ hasText: 'opening_hours' });
    await tool.getByText('hours: 8 to 18').waitFor();
    await transcript.getByText('We are open 8 to 18.').waitFor();
    await line.waitFor('turn', ({ speaker, pii }) => speaker === 'agent' && pii.text.includes('8 to 18'));

    await page.getByRole('button', { name: '1', exact: true }).click();
    await page.keyboard.press('#');
    await transcript.getByText('You pressed one.').waitFor();
    expect(await line.waitFor('digits')).toMatchObject({ pii: { digits: '1#' } });
    await line.waitFor('turn', ({ speaker, pii }) => speaker === 'agent' && pii.text.includes('pressed one'));

    const sound = await browser.heard();
    const [greetingMs, cutOffMs, ...answersMs] = audible(sound).map(({ fromMs, toMs }) => toMs - fromMs);
    expect(greetingMs).toBeGreaterThan((greeting.length / 24) * 0.95);
    expect(cutOffMs).toBeLessThan(LONG.length * 55 * 0.75);
    const answers = 'We are open 8 to 18.You pressed one.';
    expect(answersMs.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(answers.length * 55 * 0.95);
    const heard = beginning(sound, 3_000);
    expect(bestFit(heard, greeting.subarray(1_200, 28_800)).correlation).toBeGreaterThan(0.98);

    const answerTimes = (await page.getByRole('img', { name: 'Answer times' }).getAttribute('aria-label')) ?? '';
    const measuredMs = [...answerTimes.matchAll(/\d+/g)].map(Number);
    expect(measuredMs).toHaveLength(2);
    for (const ms of measuredMs) expect(ms).toBeGreaterThan(300);

    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('You hung up').waitFor();
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'caller-hung-up' });
    expect(line.events.filter(({ type }) => type === 'irregular')).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });

  it('works without a microphone: it listens, types, and chooses whom to call', async () => {
    await using line = await startTestLine({
      agents: AGENTS,
      variables: VARIABLES,
      script: {
        greeting: GREETING,
        replies: [{ on: { text: 'bye' }, call: { name: 'hang_up' }, then: { say: 'Goodbye then.' } }],
      },
    });
    for (const [microphone, told] of [
      ['absent', 'No microphone was found.'],
      ['refused', 'The microphone was refused.'],
    ] as const) {
      await using browser = await openPage(line.server.url, microphone);
      const { page } = browser;
      await page.getByLabel('Agent').selectOption('sales');
      await page.getByRole('button', { name: 'Call' }).click();
      await page.getByText(told).waitFor();
      const transcript = page.getByRole('region', { name: 'Transcript' });
      await transcript.getByText('A caller on the telephone hears first: “You talk to a machine.”').waitFor();
      await transcript.getByText(GREETING).waitFor();
      await page.getByLabel('Say something by typing').fill('Well, bye.');
      await page.keyboard.press('Enter');
      await page.getByText('Goodbye then.').first().waitFor();
      await page.getByText('The agent hung up', { exact: true }).waitFor();
      await page.getByLabel('Say something by typing').and(page.locator(':focus')).waitFor();
      await page.getByLabel('Agent').selectOption('reception');
      await page.getByRole('listitem').filter({ hasText: GREETING }).getByText('sales').waitFor();
      expect(browser.complaints).toEqual([]);
    }
    expect(line.events.flatMap((event) => (event.type === 'started' ? [event.agent] : []))).toEqual(['sales', 'sales']);
  });

  it('says that the server is gone, in a call and before one, and recovers when it is back', async () => {
    const lost = await startTestLine({ agents: AGENTS, variables: VARIABLES, script: { greeting: GREETING } });
    const { url } = lost.server;
    await using browser = await openPage(url);
    const { page } = browser;
    await page.getByRole('button', { name: 'Call' }).click();
    await page.getByText('In call').waitFor();
    await lost[Symbol.asyncDispose]();
    await page.getByText('The server does not answer').waitFor();
    await page.getByText('The server was stopped').waitFor();
    expect(await page.getByRole('button', { name: 'Call' }).isDisabled()).toBe(true);

    const port = Number(new URL(url).port);
    await using _line = await startTestLine({
      agents: AGENTS,
      variables: VARIABLES,
      script: { greeting: GREETING },
      server: { port },
    });
    await page.getByRole('button', { name: 'Call' }).click();
    await page.getByText(GREETING).first().waitFor();
    await page.getByRole('button', { name: 'Hang up' }).click();
    expect(browser.complaints).toEqual([]);
  });

  it('asks for the token where the server has one, refuses a wrong one, and calls with the right one', async () => {
    await using line = await startTestLine({
      agents: AGENTS,
      variables: VARIABLES,
      script: { greeting: GREETING },
      server: { apiToken: 'sesame' },
    });
    await using browser = await openPage(line.server.url);
    const { page } = browser;
    await page.getByRole('textbox', { name: 'Token' }).fill('barley');
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByText('That is not the server’s token.').waitFor();
    await page.getByRole('textbox', { name: 'Token' }).fill('sesame');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Phone' }).and(page.locator(':focus')).waitFor();
    await page.getByRole('button', { name: 'Call' }).click();
    await page.getByText(GREETING).first().waitFor();
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('You hung up').waitFor();
  });

  it('says what is wrong when there is no line, and when the model refuses', async () => {
    await using full = await startTestLine({ agents: AGENTS, variables: VARIABLES, server: { maxCalls: 0 } });
    await using browser = await openPage(full.server.url);
    await browser.page.getByRole('button', { name: 'Call' }).click();
    await browser.page.getByText('Every line is taken').waitFor();

    await using keyless = await startTestLine({
      agents: AGENTS,
      variables: VARIABLES,
      script: { keys: ['another key'] },
    });
    await using another = await openPage(keyless.server.url);
    await another.page.getByRole('button', { name: 'Call' }).click();
    await another.page.getByText('The model refused the key').waitFor();
    await another.page.getByText('The caller would hear: “').first().waitFor();
    expect([...browser.complaints, ...another.complaints]).toEqual([]);
  });
});
