import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { decodeMulaw, encodeMulaw } from '../../../../src/audio/mulaw.js';
import { readWav, writeWav } from '../../../../src/audio/wav.js';
import { runCli } from '../../../../src/cli/cli.js';
import { startScriptedBridge, type BridgeScript, type SeenStream } from '../../../support/scripted-bridge.js';

const CONNECT =
  '<Response><Connect action="/twilio/after-stream"><Stream url="{ws}/twilio/media"/></Connect></Response>';
const DOCUMENTS = { '/twilio/voice': CONNECT, '/twilio/after-stream': '<Response><Hangup/></Response>' };

function tone(ms: number): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / 8000)));
}

function speak(stream: SeenStream, ms: number): void {
  stream.sendAudio(encodeMulaw(tone(ms)));
  stream.send({ event: 'mark', mark: { name: 'end' } });
}

/** An agent that says one thing and hangs up once it was heard. */
const BRIEF: BridgeScript = {
  documents: DOCUMENTS,
  onMessage: (stream, { event }) => {
    if (event === 'start') speak(stream, 300);
    if (event === 'mark') stream.socket.close(1000);
  },
};

describe('liveline call', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'call-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
  });

  async function call(script: BridgeScript, args: string[] = [], env: NodeJS.ProcessEnv = {}) {
    await using bridge = await startScriptedBridge(script);
    const { url, requests, streams } = bridge;
    return { url, requests, streams, ...(await run(['--url', url, ...args], env)) };
  }

  async function run(args: string[], env: NodeJS.ProcessEnv = {}) {
    let [printed, complained] = ['', ''];
    const exitCode = await runCli(['call', ...args], {
      print: (text) => (printed += text),
      complain: (text) => (complained += text),
      env,
      isInteractive: false,
    });
    return { exitCode, printed, complained };
  }

  function events(printed: string): ({ atMs: number; type: string; source: string } & Record<string, unknown>)[] {
    return printed
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ReturnType<typeof events>[number]);
  }

  it('tells each event of the wire as one line of JSON', async () => {
    const { exitCode, printed } = await call(BRIEF, ['--json']);
    expect(exitCode).toBe(0);
    const told = events(printed);
    expect(told.every(({ atMs, source }) => atMs >= 0 && source === 'wire')).toBe(true);
    expect(told.map(({ type }) => type)).toEqual([
      ...['ringing', 'twiml', 'connected', 'start', 'media', 'agent-audio', 'mark', 'mark', 'agent-audio'],
      ...['closed', 'action', 'twiml', 'ended'],
    ]);
  });

  it('tells the same call to people as a table', async () => {
    const { exitCode, printed } = await call(BRIEF);
    expect(exitCode).toBe(0);
    expect(printed).toMatch(/^00:0\d\.\d{3} {2}line {4}ringing/m);
    expect(printed).toMatch(/^00:0\d\.\d{3} {2}agent {3}■ heard 0\.30 s, 1 mark$/m);
    expect(printed).toMatch(/line {4}ended: agent-hung-up, 0\.\d\d s$/m);
  });

  it('writes what the caller heard from the start on', async () => {
    const out = join(directory, 'heard.wav');
    const { printed } = await call(BRIEF, ['--json', '--out', out]);
    const { samples, sampleRateHz } = readWav(readFileSync(out));
    expect(sampleRateHz).toBe(8000);
    const told = events(printed);
    const started = told.find(({ type }) => type === 'agent-audio')!;
    const ended = told.at(-1)!;
    expect(samples).toHaveLength(Math.floor((ended['heardMs'] as number) * 8));
    const at = (started['heardMs'] as number) * 8;
    const heard = Int16Array.from(samples.subarray(at, at + 2400), (sample) => sample * 32_768);
    expect(heard).toEqual(decodeMulaw(encodeMulaw(tone(300))));
    expect(samples.subarray(0, at).every((sample) => sample === 0)).toBe(true);
  });

  it('speaks a WAV from the first frame on, exactly as recorded', async () => {
    const recording = tone(200);
    writeFileSync(join(directory, 'caller.wav'), writeWav(recording, 8000));
    const script: BridgeScript = {
      documents: DOCUMENTS,
      onMessage: (stream, { event, media }) => {
        if (event === 'start') speak(stream, 20);
        if (event === 'media' && media.timestamp === '300') stream.socket.close();
      },
    };
    const { exitCode, streams } = await call(script, ['--in', join(directory, 'caller.wav')]);
    expect(exitCode).toBe(0);
    const media = streams[0]!.messages.filter(({ event }) => event === 'media');
    const sent = Buffer.concat(media.map((message) => Buffer.from(message.media.payload, 'base64')));
    expect(Buffer.compare(sent.subarray(0, recording.length), encodeMulaw(recording))).toBe(0);
  });

  it('does what the command line says in its order, each after the agent has finished', async () => {
    const order: string[] = [];
    const answer = (stream: SeenStream | undefined, what: string): void => {
      order.push(what);
      if (what === '2') stream!.socket.close();
      else speak(stream!, 100);
    };
    let line: SeenStream | undefined;
    const script: BridgeScript = {
      documents: DOCUMENTS,
      onMessage: (stream, { event, dtmf }) => {
        line = stream;
        if (event === 'start') answer(stream, 'greeting');
        if (event === 'dtmf') answer(stream, dtmf.digit);
        if (event === 'mark') order.push('heard');
      },
      onRequest: ({ path, body }, response) => {
        if (!path.endsWith('/say')) return false;
        response.writeHead(202).end();
        answer(line, (JSON.parse(body) as { text: string }).text);
        return true;
      },
    };
    const { exitCode, complained } = await call(script, ['--digits', '1', '--type', 'hello', '--digits', '2']);
    expect(complained).toBe('');
    expect(exitCode).toBe(0);
    expect(order).toEqual(['greeting', 'heard', '1', 'heard', 'hello', 'heard', '2']);
  });

  it('puts the events of the server on the clock of the wire', async () => {
    let asked = 0;
    let stream: SeenStream | undefined;
    const script: BridgeScript = {
      documents: DOCUMENTS,
      onMessage: (line, { event }) => {
        stream = line;
        if (event === 'start') speak(line, 20);
      },
      onRequest: ({ path }, response) => {
        if (!path.endsWith('/events')) return false;
        asked += 1;
        if (asked === 1) response.writeHead(404).end();
        else {
          const callSid = path.split('/').at(-2);
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(`data: ${JSON.stringify({ callSid, type: 'started', atMs: 50 })}\n\n`);
          const tool = { callSid, type: 'tool', phase: 'called', atMs: 1050, name: 'hours', pii: { args: {} } };
          response.end(`data: ${JSON.stringify(tool)}\n\n`, () => stream!.socket.close());
        }
        return true;
      },
    };
    const { exitCode, printed, requests } = await call(script, ['--json'], { LIVELINE_API_TOKEN: 'operator' });
    expect(exitCode).toBe(0);
    const told = events(printed);
    const { atMs } = told.find(({ type }) => type === 'start')!;
    const fromServer = told.filter(({ source }) => source === 'server');
    expect(fromServer.map(({ type }) => type)).toEqual(['started', 'tool']);
    // It came later than it happened, but nothing tells by how much yet; the second one does.
    expect(fromServer[0]!.atMs).toBeGreaterThanOrEqual(atMs);
    expect(fromServer[1]!.atMs).toBeCloseTo(atMs + 1000, 2);
    expect(requests.find(({ path }) => path.endsWith('/events'))!.headers.authorization).toBe('Bearer operator');
  });

  it('signs with the first token and calls from the account of the environment', async () => {
    const env = { TWILIO_AUTH_TOKEN: 'first, second', TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}` };
    const { requests } = await call(BRIEF, [], env);
    expect(requests[0]!.fields['AccountSid']).toBe(env.TWILIO_ACCOUNT_SID);
    const { getExpectedTwilioSignature } = await import('twilio/lib/webhooks/webhooks.js');
    const expected = getExpectedTwilioSignature(
      'first',
      `http://${requests[0]!.headers.host}/twilio/voice`,
      requests[0]!.fields,
    );
    expect(requests[0]!.headers['x-twilio-signature']).toBe(expected);
  });

  it('hangs up when its time is over', async () => {
    const script: BridgeScript = {
      documents: DOCUMENTS,
      onMessage: (stream, { event }) => event === 'start' && speak(stream, 20),
    };
    const { exitCode, printed } = await call(script, ['--json', '--max-seconds', '1']);
    expect(exitCode).toBe(0);
    expect(events(printed).at(-1)).toMatchObject({ type: 'ended', reason: 'time-limit' });
  });

  it.each<[string, BridgeScript, string]>([
    ['the signature is refused', { documents: { '/twilio/voice': 403 } }, 'TWILIO_AUTH_TOKEN'],
    ['the server rejects the call', { documents: { '/twilio/voice': '<Response><Reject/></Response>' } }, 'rejected'],
    ['the upgrade is refused', { documents: DOCUMENTS, refuseUpgrade: 403 }, 'HTTP 403'],
    [
      'the agent never speaks',
      { documents: DOCUMENTS, onMessage: (stream, { event }) => event === 'start' && stream.socket.close() },
      'nothing was heard',
    ],
    [
      'the fallback is heard',
      {
        documents: { ...DOCUMENTS, '/twilio/after-stream': '<Response><Say>Call later.</Say></Response>' },
        onMessage: (stream, { event }) => event === 'start' && stream.socket.close(1011),
      },
      'fallback',
    ],
  ])('fails, without a stack, when %s', async (_, script, reason) => {
    const { exitCode, complained } = await call(script);
    expect(exitCode).toBe(1);
    expect(complained).toContain(reason);
    expect(complained.trimEnd().split('\n')).toHaveLength(1);
  });

  it('fails when no server runs there', async () => {
    const { url } = await call(BRIEF);
    const { exitCode, complained } = await run(['--url', url]);
    expect([exitCode, complained]).toEqual([1, `liveline: no answer from ${url}: is the server running?\n`]);
  });

  it('writes the recording of a call that failed midway', async () => {
    const script: BridgeScript = {
      documents: { '/twilio/voice': CONNECT, '/twilio/after-stream': 500 },
      onMessage: BRIEF.onMessage!,
    };
    const out = join(directory, 'heard.wav');
    const { exitCode, complained } = await call(script, ['--out', out]);
    expect(exitCode).toBe(1);
    expect(complained).toContain('HTTP 500');
    expect(readWav(readFileSync(out)).samples.some((sample) => sample !== 0)).toBe(true);
  });

  it('says what opens the API when a typed line is refused', async () => {
    const script: BridgeScript = {
      documents: DOCUMENTS,
      onMessage: (stream, { event }) => event === 'start' && speak(stream, 20),
      onRequest: ({ path }, response) => {
        if (!path.startsWith('/api')) return false;
        response.writeHead(403).end();
        return true;
      },
    };
    const { exitCode, complained } = await call(script, ['--type', 'hello']);
    expect(exitCode).toBe(1);
    expect(complained).toContain('LIVELINE_API_TOKEN');
  });

  it.each([
    [['--digits', '12x'], 2],
    [['--url', 'localhost'], 2],
    [['--max-seconds', '0'], 2],
    [['--in', '/nowhere/caller.wav'], 1],
  ])('refuses %j before it calls anybody', async (args, expected) => {
    const { exitCode, complained, printed } = await run(args);
    expect(exitCode).toBe(expected);
    expect(complained).toContain(args[1]!.split('/')[0]!);
    expect(printed).toBe('');
  });
});
