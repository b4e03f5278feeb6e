import type { MicrophoneProblem } from '../phone-state.js';
import { type FromHandset, HANDSET_PROCESSOR, type ToHandset } from './handset-messages.js';
import handsetWorkletUrl from './handset-worklet.ts?worker&url';

export interface HandsetHandlers {
  /** 20 ms of the caller's voice, and how loud both sides are, from 0 to 1. */
  onFrame(mulaw: Uint8Array, callerLevel: number, agentLevel: number): void;
  /** What was played before this mark has been heard, or was cleared. */
  onMark(name: string): void;
  /** How long the caller waited for an answer. */
  onLatency(ms: number): void;
  onMicrophoneLost(): void;
}

/** Echo cancellation keeps a laptop's loudspeaker from interrupting the agent. */
const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

/** What the caller speaks into and listens at: the browser's microphone and loudspeaker at telephone quality. */
export class Handset {
  readonly #context: AudioContext;
  readonly #node: AudioWorkletNode;
  readonly #stream: MediaStream | undefined;
  /** Absent when the microphone works. */
  readonly problem: MicrophoneProblem | undefined;

  private constructor(context: AudioContext, microphone: MediaStream | MicrophoneProblem, handlers: HandsetHandlers) {
    this.#context = context;
    this.#node = new AudioWorkletNode(context, HANDSET_PROCESSOR, {
      outputChannelCount: [1],
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    this.#node.port.onmessage = ({ data }: MessageEvent<FromHandset>) => {
      if (data.type === 'frame') handlers.onFrame(data.mulaw, data.callerLevel, data.agentLevel);
      else if (data.type === 'mark') handlers.onMark(data.name);
      else handlers.onLatency(data.ms);
    };
    this.#node.connect(context.destination);
    // A phone call that comes in on the same device interrupts the context.
    context.onstatechange = () => void resume(context);
    void resume(context);
    if (typeof microphone === 'string') {
      this.problem = microphone;
      return;
    }
    this.#stream = microphone;
    context.createMediaStreamSource(microphone).connect(this.#node);
    microphone.getAudioTracks()[0]?.addEventListener('ended', () => handlers.onMicrophoneLost());
  }

  /**
   * Asks for the microphone and starts the audio. To be called while the user's click is being handled: without one,
   * browsers keep the audio silent.
   */
  static async open(handlers: HandsetHandlers): Promise<Handset> {
    const context = new AudioContext({ latencyHint: 'interactive' });
    void resume(context);
    const opening = openMicrophone();
    try {
      await context.audioWorklet.addModule(handsetWorkletUrl);
      return new Handset(context, await opening, handlers);
    } catch (error) {
      stopTracks(await opening);
      void context.close();
      throw error;
    }
  }

  play(mulaw: Uint8Array): void {
    // Not every browser tells how long sound takes from here to the ear.
    const latencyS = (this.#context.outputLatency as number | undefined) ?? this.#context.baseLatency;
    this.#tell({ type: 'audio', mulaw, outputLatencyMs: latencyS * 1_000 });
  }

  mark(name: string): void {
    this.#tell({ type: 'mark', name });
  }

  clear(): void {
    this.#tell({ type: 'clear' });
  }

  /** The answer that comes next is not to something that was spoken. */
  forgetWait(): void {
    this.#tell({ type: 'forget-wait' });
  }

  set muted(muted: boolean) {
    for (const track of this.#stream?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  /** Lets go of microphone and loudspeaker. */
  close(): void {
    this.#node.port.onmessage = null;
    this.#context.onstatechange = null;
    stopTracks(this.#stream);
    void this.#context.close();
  }

  #tell(message: ToHandset): void {
    this.#node.port.postMessage(message);
  }
}

function resume(context: AudioContext): Promise<void> {
  if (context.state === 'running' || context.state === 'closed') return Promise.resolve();
  // It may be refused until whatever interrupted it is over; the next change of state tries again.
  return context.resume().catch(() => undefined);
}

function stopTracks(microphone: MediaStream | MicrophoneProblem | undefined): void {
  if (typeof microphone === 'object') for (const track of microphone.getTracks()) track.stop();
}

/** Never rejects. */
async function openMicrophone(): Promise<MediaStream | MicrophoneProblem> {
  // Browsers hide it from pages that came over plain HTTP from another machine.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) return 'insecure-page';
  try {
    return await devices.getUserMedia({ audio: VOICE });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
    return name === 'NotFoundError' || name === 'OverconstrainedError' ? 'absent' : 'busy';
  }
}
