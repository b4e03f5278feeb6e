import type { CallEvent, CallObserver } from '../call/events.js';
import type { Log } from './log.js';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Logs what happens on calls, each line with its `callSid`; what may identify a person stays out. */
export function callLog(log: Log): CallObserver {
  return (event) => {
    const level = levelOf(event);
    if (!log.isLevelEnabled(level)) return;
    const { type, ...fields } = event;
    const entries = Object.entries(fields).filter(([key]) => key !== 'pii');
    log[level]({ event: type, ...Object.fromEntries(entries) }, sentenceOf(event));
  };
}

/** At `info` a healthy call leaves its start, its end, and a line for each turn, tool and interruption. */
function levelOf(event: CallEvent): Level {
  switch (event.type) {
    case 'started':
    case 'outbound':
    case 'turn':
    case 'interrupted':
    case 'handed-over':
    case 'model-going-away':
    case 'draining':
    case 'end-called-off':
      return 'info';
    case 'tool':
      if (event.phase === 'called' || event.phase === 'updated') return 'debug';
      return 'ok' in event && !event.ok ? 'warn' : 'info';
    case 'tool-server':
      return event.phase === 'lost' ? 'warn' : 'info';
    case 'model-lost':
      return event.willRetry ? 'warn' : 'error';
    case 'model-unwell':
    case 'caller-audio-dropped':
    case 'playout-overflowed':
    case 'irregular':
    case 'unexpected':
      return 'warn';
    case 'ended':
      return event.error === undefined ? 'info' : 'error';
    default:
      return 'debug';
  }
}

function sentenceOf(event: CallEvent): string {
  switch (event.type) {
    case 'started':
      return event.returned ? `call came back to ${event.agent}` : `call started with ${event.agent}`;
    case 'ended':
      return `call ended: ${event.reason}`;
    case 'outbound':
      return `outbound call: ${event.status}`;
    case 'turn':
      return `the ${event.speaker} finished speaking`;
    case 'model-unwell':
      return `the model is unwell: ${event.symptom}; ${event.remedy}`;
    case 'interrupted':
      return 'the caller cut in';
    case 'handed-over':
      return `${event.from} handed over to ${event.agent}`;
    case 'tool':
      if (event.phase === 'undone' && !event.ok) return `tool ${event.name} could not be undone`;
      return `tool ${event.name} ${event.phase}`;
    case 'tool-server':
      return `the tool server ${event.server} is ${event.phase}`;
    default:
      return event.type.replaceAll('-', ' ');
  }
}
