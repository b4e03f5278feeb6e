import type { CallEvent } from '../../call/events.js';

type Unwell = Extract<CallEvent, { type: 'model-unwell' }>;

const SYMPTOMS: Readonly<Record<Unwell['symptom'], string>> = {
  'no-answer': 'the model does not answer',
  'tool-deadlock': 'the model says nothing of what its tools answered',
  stalled: 'the model stopped in the middle of a reply',
  'turn-open': 'the model does not end its turn',
  'empty-turns': 'the model ends its turns without a word',
  'rejected-turns': 'the service holds back what the model answers',
  'silent-audio': 'nothing can be heard of what the model says',
  'cut-sentence': 'the model ended its turn within a sentence',
};

const REMEDIES: Readonly<Record<Unwell['remedy'], string>> = {
  nudge: 'it is told so',
  resume: 'its session is taken up by another connection',
  renew: 'a fresh session takes over',
  'give-up': 'it is given up',
  'end-turn': 'it counts as over',
};

/** What an event says of the model and its connection, in words; undefined for one that is about something else. */
export function modelWords(event: CallEvent): { text: string; isBad: boolean } | undefined {
  switch (event.type) {
    case 'model-opening':
      return event.resumed ? good(opening(event)) : undefined;
    case 'model-ready':
      return good(`model ready after ${seconds(event.setupMs)}`);
    case 'model-going-away':
      return good(`the service will end the connection in ${seconds(event.timeLeftMs)}`);
    case 'model-lost':
      return bad(`model lost: ${event.detail}${event.willRetry ? retrying(event) : ''}`);
    case 'model-unwell': {
      const after = event.silentMs > 0 ? `, after ${seconds(event.silentMs)} of silence` : '';
      return bad(`${SYMPTOMS[event.symptom]}${after}; ${REMEDIES[event.remedy]}`);
    }
    case 'model-waiting':
      return good('the model waits for the caller to go on');
    case 'turn-empty':
      return good(`the model ends its turn without a word${event.reason === undefined ? '' : ` (${event.reason})`}`);
    default:
      return undefined;
  }
}

function retrying({ handleGivenUp }: Extract<CallEvent, { type: 'model-lost' }>): string {
  return handleGivenUp ? '; its handle is given up, trying without' : '; trying again';
}

function opening({ attempt, fresh }: Extract<CallEvent, { type: 'model-opening' }>): string {
  const what = fresh ? 'a fresh session is opened, and told what was said' : 'the session is taken up by its handle';
  return attempt === 1 ? what : `${what} (attempt ${attempt})`;
}

function good(text: string): { text: string; isBad: boolean } {
  return { text, isBad: false };
}

function bad(text: string): { text: string; isBad: boolean } {
  return { text, isBad: true };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
