// The Live API's wire, both ways; also for whoever plays the other side of it.
export * from './client-frames.js';
export * from './client-messages.js';
export * from './normalise-keys.js';
export * from './server-messages.js';
