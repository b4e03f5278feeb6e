import { randomBytes } from 'node:crypto';
import type { CallStart } from '../call/ports.js';
import type { StreamTokens } from '../twilio/stream-token.js';

/** Who a call from the page is billed to: nobody. The form is Twilio's, so that everything downstream holds. */
const ACCOUNT_SID = `AC${'0'.repeat(32)}`;
const CALLER = 'client:desk-phone';

/** What the page needs to open a stream as Twilio would. */
export interface PhoneTicket {
  /** Part of the stream's path; good once, for a minute. */
  ticket: string;
  /** What `start` has to say. */
  callSid: string;
  accountSid: string;
  streamSid: string;
}

/** Tickets for the desk phone: a browser cannot set headers, so the path itself is the credential. */
export class PhoneTickets {
  readonly #tokens: StreamTokens;

  constructor(tokens: StreamTokens) {
    this.#tokens = tokens;
  }

  issue(agent: string): PhoneTicket {
    const sid = randomBytes(16).toString('hex');
    const callSid = `CA${sid}`;
    const token = this.#tokens.issue(binding(callSid, agent));
    const ticket = [callSid, Buffer.from(agent).toString('base64url'), token].join('~');
    return { ticket, callSid, accountSid: ACCOUNT_SID, streamSid: `MZ${sid}` };
  }

  /** The call that a ticket stands for, or undefined for one that is forged, stale or used. */
  redeem(ticket: string): CallStart | undefined {
    const [callSid = '', agent64 = '', token] = ticket.split('~');
    const agent = Buffer.from(agent64, 'base64url').toString();
    if (this.#tokens.redeem(token, binding(callSid, agent)) !== 'accepted') return undefined;
    return {
      callSid,
      accountSid: ACCOUNT_SID,
      agent,
      from: CALLER,
      to: '',
      direction: 'inbound',
      sipHeaders: {},
      parameters: {},
    };
  }
}

function binding(callSid: string, agent: string) {
  return { callSid, accountSid: ACCOUNT_SID, parameters: { agent, from: CALLER } };
}
