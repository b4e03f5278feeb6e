/**
 * What was started, to be stopped in the opposite order.
 * Node 20 knows `Symbol.asyncDispose` but has no `AsyncDisposableStack`.
 */
export class Resources implements AsyncDisposable {
  #disposers: (() => Promise<void> | void)[] = [];

  use<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.defer(async () => await resource[Symbol.asyncDispose]());
    return resource;
  }

  defer(dispose: () => Promise<void> | void): void {
    this.#disposers.push(dispose);
  }

  /** Hands everything over to a new owner; this one has nothing to dispose of any more. */
  move(): Resources {
    const moved = new Resources();
    moved.#disposers = this.#disposers;
    this.#disposers = [];
    return moved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const dispose of this.#disposers.splice(0).reverse()) await dispose();
  }
}
