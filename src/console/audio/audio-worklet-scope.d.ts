// What the scope of an audio worklet offers and TypeScript's DOM library leaves out.
// Source: W3C, Web Audio API 1.1, §1.32.

/** The context's sampling rate. */
declare const sampleRate: number;

declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  abstract process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
