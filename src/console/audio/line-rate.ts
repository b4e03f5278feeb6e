/** The telephone line's sampling rate. Source: ITU-T G.711. */
export const LINE_HZ = 8_000;

/** One media message: 20 ms. Source: Twilio, Media Streams. */
export const FRAME_SAMPLES = 160;
export const FRAME_MS = 20;
