import type { ToolAnswer } from '../../tools/tool.js';
import type { ModelLeg } from '../ports.js';

/** What an onlooker is told of what goes to the model. */
export interface LegWatcher {
  /** s16le at 16 kHz. */
  onCallerAudio(pcm16k: Uint8Array): void;
  /** Where the bridge finds the caller's turns: one has begun, or is over. */
  onActivity(begun: boolean): void;
  onText(): void;
  onToolAnswers(answers: readonly ToolAnswer[]): void;
}

/** The same leg, with somebody who looks on. */
export function watchedLeg(leg: ModelLeg, watcher: LegWatcher): ModelLeg {
  return {
    resent: leg.resent,
    sendAudio: (pcm16k) => {
      watcher.onCallerAudio(pcm16k);
      leg.sendAudio(pcm16k);
    },
    endAudio: () => leg.endAudio(),
    startActivity: () => {
      watcher.onActivity(true);
      leg.startActivity();
    },
    endActivity: () => {
      leg.endActivity();
      watcher.onActivity(false);
    },
    sendText: (text) => {
      watcher.onText();
      leg.sendText(text);
    },
    sendImage: (image) => leg.sendImage(image),
    sendContext: (text) => leg.sendContext(text),
    sendToolAnswers: (answers) => {
      watcher.onToolAnswers(answers);
      leg.sendToolAnswers(answers);
    },
    sendToolUpdate: (piece) => leg.sendToolUpdate(piece),
    updateContext: (update) => leg.updateContext(update),
    close: () => leg.close(),
  };
}
