import { describe, expect, it } from 'vitest';
import { FollowEnd } from '../../../src/console/view/follow-end.js';

/** A box of 200 px that keeps its position within what it holds, as a browser's does. */
function createBox() {
  let topPx = 0;
  return {
    clientHeight: 200,
    scrollHeight: 200,
    get scrollTop() {
      return topPx;
    },
    set scrollTop(wantedPx: number) {
      topPx = Math.max(0, Math.min(wantedPx, this.scrollHeight - this.clientHeight));
    },
    get belowPx() {
      return this.scrollHeight - this.scrollTop - this.clientHeight;
    },
  };
}

function grow(box: ReturnType<typeof createBox>, end: FollowEnd, px: number): void {
  box.scrollHeight += px;
  end.resized(box);
}

describe('following the end of a box', () => {
  it('goes on when the event of its own scrolling comes after the next row', () => {
    const [box, end] = [createBox(), new FollowEnd()];
    grow(box, end, 300);
    box.scrollHeight += 120;
    end.scrolled(box);
    end.resized(box);
    expect(box.belowPx).toBe(0);
  });

  it('stops when the reader scrolls up, and goes on when the reader is back at the end', () => {
    const [box, end] = [createBox(), new FollowEnd()];
    grow(box, end, 600);
    box.scrollTop = 100;
    end.scrolled(box);
    grow(box, end, 100);
    expect(box.scrollTop).toBe(100);
    box.scrollTop = 300;
    end.scrolled(box);
    grow(box, end, 100);
    expect(box.scrollTop).toBe(300);
    box.scrollTop = 800;
    end.scrolled(box);
    grow(box, end, 100);
    expect(box.belowPx).toBe(0);
  });

  it('begins anew when the box was emptied', () => {
    const [box, end] = [createBox(), new FollowEnd()];
    grow(box, end, 600);
    box.scrollTop = 100;
    end.scrolled(box);
    box.scrollHeight = 200;
    box.scrollTop = 0;
    end.resized(box);
    grow(box, end, 400);
    expect(box.belowPx).toBe(0);
  });
});
