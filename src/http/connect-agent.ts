import type { Request } from 'express';
import { publicBase, readRequestFacts } from '../twilio/public-url.js';
import { type StreamTokens, TOKEN_PARAMETER } from '../twilio/stream-token.js';
import { streamParameters, type VoiceRequest } from '../twilio/voice-request.js';
import { connectTwiml, type Disclosure, type SpokenLine } from '../twilio/voice-twiml.js';

/** What the webhooks have to know of an agent. */
export interface AnsweringAgent {
  name: string;
  fallback: SpokenLine;
  disclosure?: Disclosure | undefined;
}

/** TwiML that connects a call to an agent: with all that the stream's instance has to know, and a token that proves it. */
export function connectToAgent(
  { tokens, publicUrl }: { tokens: StreamTokens; publicUrl: string | undefined },
  request: Request,
  voice: VoiceRequest,
  agent: Pick<AnsweringAgent, 'name' | 'disclosure'>,
): string {
  const base = publicBase(readRequestFacts(request), publicUrl);
  const parameters = streamParameters({ ...voice, serverUrl: base.http }, agent.name);
  const { callSid, accountSid } = voice;
  const token = tokens.issue({ callSid, accountSid, parameters });
  return connectTwiml({
    streamUrl: `${base.webSocket}/twilio/media`,
    // Another instance may be asked: all it needs stands in the url. An outcome is only known here and later.
    actionUrl: `${base.http}/twilio/after-stream?agent=${encodeURIComponent(agent.name)}`,
    statusCallbackUrl: `${base.http}/twilio/stream-status`,
    parameters: { ...parameters, [TOKEN_PARAMETER]: token },
    // Whoever comes back, and a machine that records, has heard it.
    disclosure: voice.returned || voice.outbound?.leavesMessage === true ? undefined : agent.disclosure,
  });
}
