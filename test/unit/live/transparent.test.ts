import { describe, expect, it } from 'vitest';
import type { ModelLeg } from '../../../src/call/ports.js';
import { createLiveCredentials } from '../../../src/live/credentials.js';
import type { LiveService } from '../../../src/live/live-service.js';
import { createModelLegOpener } from '../../../src/live/model-leg.js';
import type { LiveSessionSettings } from '../../../src/live/session-settings.js';
import { modelProfile } from '../../../src/models/profiles.js';
import { ManualClock } from '../../support/manual-clock.js';
import { LegRecorder } from '../../support/opened-leg.js';
import { ScriptedLiveServer } from '../../support/scripted-live-server.js';

const AUDIO = new Uint8Array(640);

/** So many pieces of 20 ms of caller audio, no two alike. */
function pieces(count: number, from = 0): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => new Uint8Array(640).fill(from + index + 1));
}

function heard(pcm16k: Uint8Array) {
  const data = Buffer.from(pcm16k).toString('base64');
  return { realtimeInput: { audio: { data, mimeType: 'audio/pcm;rate=16000' } } };
}

/** The connections of one call, on Vertex AI unless it is said otherwise. */
class Connections implements AsyncDisposable {
  readonly #server: ScriptedLiveServer;
  readonly #open: ReturnType<typeof createModelLegOpener>;
  #leg: { leg: ModelLeg; recorder: LegRecorder } | undefined;

  private constructor(server: ScriptedLiveServer, service: LiveService, settings: Partial<LiveSessionSettings>) {
    this.#server = server;
    this.#open = createModelLegOpener({
      service,
      settings: { model: 'gemini-3.8-live', ...settings },
      profile: modelProfile('gemini-3.8-live'),
      credentials: createLiveCredentials(service),
      clock: new ManualClock(),
    });
  }

  static async start(settings: Partial<LiveSessionSettings> = {}, backend: LiveService['backend'] = 'vertex-ai') {
    const server = await ScriptedLiveServer.start();
    return new Connections(server, { backend, apiKey: 'test-key', baseUrl: server.baseUrl }, settings);
  }

  /** The next connection, once the last one is gone. */
  async next(handle?: string) {
    await this.leave();
    const recorder = new LegRecorder();
    const leg = this.#open({ history: [], rejected: false, ...(handle !== undefined && { handle }) }, recorder);
    this.#leg = { leg, recorder };
    const session = await this.#server.nextSession();
    const setup = await session.setUp();
    await recorder.until('ready');
    return {
      leg,
      recorder,
      setup: setup as Record<string, unknown>,
      /** Sends messages, and resolves when they were read. */
      tell: async (...messages: Record<string, unknown>[]) => {
        recorder.clear();
        for (const message of [...messages, { goAway: {} }]) session.send(message);
        await recorder.until('going-away');
      },
      /** Resolves when what the service got first was a line that is said now. */
      gotNothing: async () => {
        leg.sendText('Nothing before this.');
        expect(await session.next()).toEqual(line('Nothing before this.'));
      },
      /** What the service has got in so many frames. */
      got: async (count: number) => {
        const frames: unknown[] = [];
        while (frames.length < count) frames.push(await session.next());
        expect(session.unread).toBe(0);
        return frames;
      },
    };
  }

  async leave(): Promise<void> {
    this.#leg?.leg.close();
    await this.#leg?.recorder.until('closed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
    await this.#server[Symbol.asyncDispose]();
  }
}

function line(text: string) {
  return { clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } };
}

function issued(newHandle: string, index?: number) {
  const consumed = index === undefined ? {} : { lastConsumedClientMessageIndex: String(index) };
  return { sessionResumptionUpdate: { newHandle, resumable: true, ...consumed } };
}

describe('a connection that takes a session up', () => {
  it('asks to be told what was taken in, where that is offered and wanted', async () => {
    await using vertex = await Connections.start();
    expect((await vertex.next()).setup).toMatchObject({ sessionResumption: { transparent: true } });
    expect((await vertex.next('h')).setup).toMatchObject({ sessionResumption: { transparent: true, handle: 'h' } });
    await using gemini = await Connections.start({}, 'gemini-api');
    expect((await gemini.next()).setup).toMatchObject({ sessionResumption: {} });
    await using opaque = await Connections.start({ transparent: false });
    expect((await opaque.next()).setup['sessionResumption']).toEqual({});
    await using fresh = await Connections.start({ resume: false });
    expect((await fresh.next()).setup).not.toHaveProperty('sessionResumption');
  });

  it('sends again what the handle does not know of, first and in order, and counts anew', async () => {
    await using connections = await Connections.start();
    const first = await connections.next();
    first.leg.sendText('one');
    first.leg.sendAudio(AUDIO);
    first.leg.sendText('two');
    first.leg.sendText('three');
    await first.tell(issued('h1', 2));

    const second = await connections.next('h1');
    expect(second.leg.resent).toEqual(['two', 'three']);
    second.leg.sendText('four');
    expect(await second.got(3)).toEqual([line('two'), line('three'), line('four')]);
    await second.tell(issued('h2', 1));

    const third = await connections.next('h2');
    expect(await third.got(2)).toEqual([line('three'), line('four')]);
  });

  it('keeps for the next one what an update without a handle says was taken in', async () => {
    await using connections = await Connections.start();
    const first = await connections.next();
    await first.tell(issued('h1', 0));
    first.leg.sendText('one');
    await first.tell({ sessionResumptionUpdate: { lastConsumedClientMessageIndex: '1' } });
    expect((await connections.next('h1')).leg.resent).toEqual(['one']);
  });

  it('sends nothing again that the model has reacted to', async () => {
    await using connections = await Connections.start();
    const first = await connections.next();
    await first.tell(issued('h1', 0));
    first.leg.sendText('one');
    await first.tell({ serverContent: { outputTranscription: { text: 'Yes?' } } });
    first.leg.sendText('two');
    const second = await connections.next('h1');
    expect(await second.got(1)).toEqual([line('two')]);
  });

  it('sends no answer to a call again that the session has not made', async () => {
    await using connections = await Connections.start();
    const first = await connections.next();
    const call = (id: string) => ({ toolCall: { functionCalls: [{ id, name: 'f', args: {} }] } });
    const answer = (id: string) => ({ id, name: 'f', response: { output: 1 } });
    await first.tell(call('a'), issued('h1', 0), call('b'));
    first.leg.sendToolAnswers([answer('a')]);
    first.leg.sendToolAnswers([answer('b')]);
    const second = await connections.next('h1');
    expect(await second.got(1)).toEqual([{ toolResponse: { functionResponses: [answer('a')] } }]);
    expect(second.leg.resent).toEqual([]);
  });

  it('sends nothing again to a fresh session, nor where the service does not say what it took in', async () => {
    await using connections = await Connections.start();
    const first = await connections.next();
    first.leg.sendText('one');
    await first.tell(issued('h1'));
    expect((await connections.next('h1')).leg.resent).toEqual([]);
    const third = await connections.next();
    third.leg.sendText('two');
    expect((await connections.next()).leg.resent).toEqual([]);
  });
});

describe('the caller’s audio that a lost connection had not taken in', () => {
  it('is sent again between the lines that it was sent between, before what the caller said meanwhile', async () => {
    await using connections = await Connections.start();
    const first = await connections.next();
    const [one, two, three, four] = pieces(4) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    first.leg.sendAudio(one);
    first.leg.sendAudio(two);
    first.leg.sendText('line');
    first.leg.sendAudio(three);
    await first.tell(issued('h1', 1));

    const second = await connections.next('h1');
    second.leg.sendAudio(four);
    expect(await second.got(4)).toEqual([heard(two), line('line'), heard(three), heard(four)]);
    expect(second.leg.resent).toEqual(['line']);
    await second.tell(issued('h2', 3));
    expect(await (await connections.next('h2')).got(1)).toEqual([heard(four)]);
  });

  it('is kept for half a second', async () => {
    await using connections = await Connections.start();
    const first = await connections.next();
    await first.tell(issued('h1', 0));
    const sent = pieces(100);
    for (const piece of sent) first.leg.sendAudio(piece);
    const second = await connections.next('h1');
    expect(await second.got(25)).toEqual(sent.slice(-25).map(heard));
    // Lost again before any of it was taken in.
    expect(await (await connections.next('h1')).got(25)).toEqual(sent.slice(-25).map(heard));
  });

  it('is not sent again where a reply answers it; what is said into the reply is', async () => {
    await using connections = await Connections.start();
    const speaks = (text: string) => ({ serverContent: { outputTranscription: { text } } });
    const [before, into, later] = pieces(3) as [Uint8Array, Uint8Array, Uint8Array];
    const first = await connections.next();
    await first.tell(issued('h1', 0));
    first.leg.sendAudio(before);
    await first.tell(speaks('From'));
    first.leg.sendAudio(into);
    await first.tell(speaks('eight'));
    const second = await connections.next('h1');
    expect(await second.got(1)).toEqual([heard(into)]);

    await second.tell(speaks('to'), { serverContent: { interrupted: true } });
    second.leg.sendAudio(later);
    await second.tell(speaks('Yes?'));
    const third = await connections.next('h1');
    await third.gotNothing();
    third.leg.sendAudio(before);
    await third.tell(speaks('Well.'), { serverContent: { turnComplete: true } });
    third.leg.sendAudio(into);
    await third.tell(speaks('And?'));
    await (await connections.next('h1')).gotNothing();
  });

  it('is not sent to a fresh session, nor where nobody knows what was taken in', async () => {
    await using connections = await Connections.start();
    const first = await connections.next();
    first.leg.sendAudio(AUDIO);
    await first.tell(issued('h1'));
    const second = await connections.next('h1');
    second.leg.sendAudio(AUDIO);
    await second.got(1);
    const third = await connections.next();
    await third.gotNothing();
    await using gemini = await Connections.start({}, 'gemini-api');
    const opaque = await gemini.next();
    opaque.leg.sendAudio(AUDIO);
    await opaque.tell(issued('h1'));
    await (await gemini.next('h1')).gotNothing();
  });

  it('is said again by whoever finds its turns, and every frame counts all the same', async () => {
    await using connections = await Connections.start({ turn: { detection: 'local' } });
    const first = await connections.next();
    first.leg.startActivity();
    first.leg.sendAudio(AUDIO);
    first.leg.endActivity();
    first.leg.sendImage({ mimeType: 'image/png', bytes: AUDIO });
    first.leg.sendText('one');
    first.leg.sendText('two');
    await first.tell(issued('h1', 5));
    expect(await (await connections.next('h1')).got(1)).toEqual([line('two')]);
  });
});
