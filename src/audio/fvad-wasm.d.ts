/** libfvad, the voice detector of WebRTC, compiled to WebAssembly. The package has no types. */
declare module '@echogarden/fvad-wasm' {
  /** Addresses are bytes in the module's memory; 0 is none. */
  export interface FvadModule {
    /** The module's memory as samples; another object once it has grown. */
    readonly HEAP16: Int16Array;
    _malloc(bytes: number): number;
    _fvad_new(): number;
    _fvad_free(instance: number): void;
    /** 0 the most permissive, 3 the strictest. @returns 0, or -1 for a mode that is none */
    _fvad_set_mode(instance: number, mode: 0 | 1 | 2 | 3): number;
    /** @returns 0, or -1 for a rate that is not taken */
    _fvad_set_sample_rate(instance: number, hz: 8_000 | 16_000 | 32_000 | 48_000): number;
    /** A frame of 10, 20 or 30 ms. @returns 1 voice, 0 none, -1 a length that is not taken */
    _fvad_process(instance: number, frame: number, samples: number): number;
  }

  export default function createFvad(): Promise<FvadModule>;
}
