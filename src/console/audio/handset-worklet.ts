import { CallerFrames } from './caller-frames.js';
import { type FromHandset, HANDSET_PROCESSOR, type ToHandset } from './handset-messages.js';
import { LevelMeter } from './level-meter.js';
import { LINE_HZ } from './line-rate.js';
import { PlayoutBuffer } from './playout-buffer.js';
import { RateConverter } from './rate-converter.js';
import { TurnLatency } from './turn-latency.js';

/**
 * Both ends of the handset in the audio thread, which neither a busy page nor one in the background holds up:
 * microphone → 8 kHz µ-law frames, and 8 kHz µ-law → loudspeaker. One clock serves both, so what lies between
 * the caller's last sound and the first answer is counted in samples. Without a microphone the frames are silent.
 */
class Handset extends AudioWorkletProcessor {
  readonly #toLine = new RateConverter(sampleRate, LINE_HZ);
  readonly #toSpeaker = new RateConverter(LINE_HZ, sampleRate);
  readonly #frames = new CallerFrames();
  readonly #callerMeter = new LevelMeter();
  readonly #agentMeter = new LevelMeter();
  readonly #latency = new TurnLatency((ms) => this.#tell({ type: 'latency', ms }));
  readonly #playout = new PlayoutBuffer({
    onMark: (name) => this.#tell({ type: 'mark', name }),
    onPlaying: (playing) => this.#latency.agent(playing, this.#nowMs + this.#outputLatencyMs),
  });
  #nowMs = 0;
  #outputLatencyMs = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToHandset>) => this.#do(data);
  }

  override process([microphone]: Float32Array[][], [speaker]: Float32Array[][]): boolean {
    const voice = microphone?.[0];
    const heard = speaker?.[0];
    for (let i = 0; i < (heard?.length ?? 0); i += 1) {
      this.#toLine.push(voice?.[i] ?? 0);
      if (this.#toLine.ready) this.#say(this.#toLine.next());
      while (!this.#toSpeaker.ready) this.#toSpeaker.push(this.#hear());
      if (heard) heard[i] = this.#toSpeaker.next();
    }
    return true;
  }

  #say(sample: number): void {
    this.#nowMs += 1_000 / LINE_HZ;
    this.#callerMeter.push(sample);
    const frame = this.#frames.push(sample);
    if (!frame) return;
    this.#latency.hear(frame.pcm, this.#nowMs);
    const levels = { callerLevel: this.#callerMeter.take(), agentLevel: this.#agentMeter.take() };
    this.#tell({ type: 'frame', mulaw: frame.mulaw, ...levels });
  }

  #hear(): number {
    const sample = this.#playout.next();
    this.#agentMeter.push(sample);
    return sample;
  }

  #do(message: ToHandset): void {
    if (message.type === 'mark') this.#playout.mark(message.name);
    else if (message.type === 'clear') this.#playout.clear();
    else if (message.type === 'forget-wait') this.#latency.forget();
    else {
      this.#outputLatencyMs = message.outputLatencyMs;
      this.#playout.outputLatencyMs = message.outputLatencyMs;
      this.#playout.push(message.mulaw);
    }
  }

  #tell(message: FromHandset): void {
    this.port.postMessage(message);
  }
}

registerProcessor(HANDSET_PROCESSOR, Handset);
