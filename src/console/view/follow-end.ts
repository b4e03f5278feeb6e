/** As near the end as this, the reader reads what comes last. */
const NEAR_END_PX = 60;

/** What of an element is needed here, in pixels. */
interface Scrolled {
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
}

/** Keeps a box that grows at its end, unless its reader has scrolled up, and again once the reader is back there. */
export class FollowEnd {
  #following = true;
  #topPx = 0;

  /** To be called when the box or what is in it has another size. */
  resized(box: Scrolled): void {
    if (isAtEnd(box)) this.#following = true;
    if (!this.#following) return;
    box.scrollTop = box.scrollHeight;
    this.#topPx = box.scrollTop;
  }

  /** To be called on every scroll, also those that `resized` made: they come late, when there may be more below. */
  scrolled(box: Scrolled): void {
    if (isAtEnd(box)) this.#following = true;
    else if (box.scrollTop < this.#topPx) this.#following = false;
    this.#topPx = box.scrollTop;
  }
}

function isAtEnd({ scrollHeight, scrollTop, clientHeight }: Scrolled): boolean {
  return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
}
