import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '../clock.js';
import { ConfigError, LivelineError } from '../errors.js';

/** Something to be delivered. `id` names it for the receiver, who may see it twice; letters, digits, `-` and `_`. */
export interface OutboxMessage {
  id: string;
  /** Whose it is: tells the sender where it goes. */
  recipient: string;
  /** JSON. */
  body: string;
}

export interface OutboxOptions {
  /** Made when it is not there. Messages of an earlier run of the server that stand in it are delivered. */
  folder: string;
  clock: Clock;
  /** Delivers, or rejects: then it is tried again. Aborted when it takes too long, or the outbox is closed. */
  deliver: (message: OutboxMessage, signal: AbortSignal) => Promise<void>;
  /** A message was given up, or could not be kept. */
  onLost: (id: string, why: string) => void;
}

/** Between tries; the last one again and again. */
const DELAYS_MS = [1_000, 5_000, 30_000, 2 * 60_000, 10 * 60_000, 30 * 60_000, 60 * 60_000];
const DELIVERY_TIMEOUT_MS = 10_000;
/** A receiver that is away for longer is not waited for. */
const KEEP_MS = 7 * 24 * 60 * 60_000;
/** More messages than this are a receiver that is gone for good. */
const MAX_MESSAGES = 10_000;
/** Deliveries at once; the rest waits its turn. */
const MAX_DELIVERIES = 4;
/** What is on its way when the server stops may still arrive: the disk may not outlive the machine. */
const CLOSING_GRACE_MS = 2_000;

interface Entry {
  message: OutboxMessage;
  storedMs: number;
  tries: number;
  timer?: Timer;
}

interface Stored extends OutboxMessage {
  storedMs: number;
}

/** Keeps messages in files until they are delivered: a server that stops, or whose receiver is away, loses none. */
export class Outbox implements AsyncDisposable {
  readonly #options: OutboxOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #due: Entry[] = [];
  readonly #abort = new AbortController();
  readonly #busy = new Set<Promise<void>>();
  #deliveries = 0;
  #isClosing = false;

  private constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /**
   * Takes up what an earlier run left.
   * @throws ConfigError DATA_UNWRITABLE when the folder cannot be made or read
   */
  static async open(options: OutboxOptions): Promise<Outbox> {
    const outbox = new Outbox(options);
    await outbox.#load();
    return outbox;
  }

  /** Messages that are not delivered yet. */
  get size(): number {
    return this.#entries.size;
  }

  /** Keeps a message, then delivers it. One whose id is there already is the same message. */
  put(message: OutboxMessage): void {
    if (this.#entries.has(message.id)) return;
    if (this.#entries.size >= MAX_MESSAGES) {
      this.#options.onLost(message.id, `${MAX_MESSAGES} messages wait already`);
      return;
    }
    const entry = { message, storedMs: this.#options.clock.wallMs(), tries: 0 };
    this.#entries.set(message.id, entry);
    this.#track(this.#store(entry).then(() => this.#enqueue(entry)));
  }

  /** Stops. What is on its way has two seconds to arrive; what is not delivered stays in its files. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    for (const { timer } of this.#entries.values()) timer?.cancel();
    const grace = this.#options.clock.after(CLOSING_GRACE_MS, () => this.#abort.abort());
    while (this.#busy.size > 0) await Promise.all(this.#busy);
    grace.cancel();
  }

  async #load(): Promise<void> {
    const { folder, onLost } = this.#options;
    const names = await this.#listed();
    for (const name of names.filter((one) => one.endsWith('.json')).slice(0, MAX_MESSAGES)) {
      try {
        const { storedMs, ...message } = JSON.parse(await readFile(join(folder, name), 'utf8')) as Stored;
        const entry = { message, storedMs, tries: 0 };
        this.#entries.set(message.id, entry);
        this.#enqueue(entry);
      } catch {
        onLost(name, 'its file cannot be read');
      }
    }
  }

  async #listed(): Promise<string[]> {
    const { folder } = this.#options;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return await readdir(folder);
    } catch (cause) {
      const detail = `${folder} cannot be used to keep what is to be delivered; set DATA_DIR to a folder that can be written`;
      throw new ConfigError('DATA_UNWRITABLE', detail, { cause });
    }
  }

  /** In one step, so that no half of a message is ever read. It may hold what was said: for this user alone. */
  async #store({ message, storedMs }: Entry): Promise<void> {
    const file = this.#fileOf(message.id);
    try {
      await writeFile(`${file}.part`, JSON.stringify({ ...message, storedMs } satisfies Stored), { mode: 0o600 });
      await rename(`${file}.part`, file);
    } catch (thrown) {
      // It is delivered all the same, if the receiver is there before this process ends.
      this.#options.onLost(message.id, `it cannot be kept: ${LivelineError.from(thrown).detail}`);
    }
  }

  #retryLater(entry: Entry): void {
    if (this.#isClosing) return;
    const delayMs = DELAYS_MS[Math.min(entry.tries, DELAYS_MS.length) - 1] ?? 0;
    entry.timer = this.#options.clock.after(delayMs, () => this.#enqueue(entry));
  }

  #enqueue(entry: Entry): void {
    this.#due.push(entry);
    this.#deliverDue();
  }

  #deliverDue(): void {
    while (this.#deliveries < MAX_DELIVERIES && !this.#abort.signal.aborted) {
      const entry = this.#due.shift();
      if (!entry) return;
      this.#deliveries += 1;
      const delivery = this.#deliver(entry).finally(() => {
        this.#deliveries -= 1;
        this.#deliverDue();
      });
      this.#track(delivery);
    }
  }

  async #deliver(entry: Entry): Promise<void> {
    const { clock, deliver, onLost } = this.#options;
    const patience = new AbortController();
    const timer = clock.after(DELIVERY_TIMEOUT_MS, () => patience.abort());
    try {
      await deliver(entry.message, AbortSignal.any([patience.signal, this.#abort.signal]));
      await this.#forget(entry);
    } catch (thrown) {
      entry.tries += 1;
      if (clock.wallMs() - entry.storedMs < KEEP_MS) this.#retryLater(entry);
      else {
        onLost(entry.message.id, `it could not be delivered for seven days: ${LivelineError.from(thrown).detail}`);
        await this.#forget(entry);
      }
    } finally {
      timer.cancel();
    }
  }

  async #forget({ message }: Entry): Promise<void> {
    this.#entries.delete(message.id);
    await rm(this.#fileOf(message.id), { force: true });
  }

  #fileOf(id: string): string {
    return join(this.#options.folder, `${id}.json`);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#busy.delete(tracked));
    this.#busy.add(tracked);
  }
}
