// A queue of things to send in batches, which are bounded by number, bytes and age. One batch is
// sent at a time, in order. A batch that cannot be sent now is retried later; one that is rejected
// is dropped. The queue is bounded: callers are told when there is no room. It does not know what
// it sends.

import { type BackOff, backOffMs } from "./back-off.ts";
import { realSchedule, type Schedule } from "./timer.ts";

/** What came of sending a batch. `retry`: later it may be taken; `askedMs`: not before. */
export type SendResult =
  | { readonly kind: "accepted" }
  | { readonly kind: "retry"; readonly reason: string; readonly askedMs: number }
  | { readonly kind: "refused"; readonly reason: string };

export interface BatchQueueOptions<T> {
  /** Of one batch; a single item may have more bytes. */
  readonly batchItemsMax: number;
  readonly batchBytesMax: number;
  /** How long an item waits for others to go with it. */
  readonly waitMsMax: number;
  /**
   * What may wait, the batch that is being sent apart. An item is taken as long as there is less,
   * so that one of any size finds room.
   */
  readonly queueItemsMax: number;
  readonly queueBytesMax: number;
  /** How often a batch is sent before it is given up. Default: until it is taken or refused. */
  readonly attemptsMax?: number;
  readonly backOff: BackOff;
  /** What rejects is refused. */
  readonly send: (batch: readonly T[]) => Promise<SendResult>;
  /** For each batch, in their order. `refusal`: why it was given up; undefined: it was accepted. */
  readonly settled: (batch: readonly T[], refusal: string | undefined) => void;
  /** A batch has to be sent again; told once, until one is settled. */
  readonly troubled?: (reason: string) => void;
  readonly recovered?: () => void;
  /** A batch waits so long before it is sent again; told each time. */
  readonly pausing?: (batch: readonly T[], pauseMs: number) => void;
  readonly schedule?: Schedule;
  readonly random?: () => number;
}

interface Waiting<T> {
  readonly item: T;
  readonly bytes: number;
}

export class BatchQueue<T> {
  readonly #options: BatchQueueOptions<T>;
  readonly #schedule: Schedule;
  #waiting: Waiting<T>[] = [];
  #bytes = 0;
  /** Of the batch that is on its way. */
  #sending: Promise<void> | undefined;
  /** Until others have come, or a batch is sent again. */
  #cancelTimer: (() => void) | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #isTroubled = false;
  #isStopped = false;
  /** A batch that waits to be sent again, and what ends that wait. */
  #again: { readonly batch: readonly T[]; readonly end: () => void } | undefined;

  constructor(options: BatchQueueOptions<T>) {
    this.#options = options;
    this.#schedule = options.schedule ?? realSchedule;
  }

  /** Takes an item; false: there is no room for it, or the queue was stopped. Never throws. */
  offer(item: T, bytes: number): boolean {
    if (this.#isStopped || this.#isFull) return false;
    this.#waiting.push({ item, bytes });
    this.#bytes += bytes;
    if (this.#hasBatch) this.flush();
    else this.#flushLater();
    return true;
  }

  /** Resolves when there is room, or when the queue was stopped. Undefined: there is. */
  whenRoom(): Promise<void> | undefined {
    if (this.#isStopped || !this.#isFull) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Sends what waits as soon as nothing is on its way. */
  flush(): void {
    if (this.#sending !== undefined || this.#waiting.length === 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#sending = this.#sendOne();
    this.#tellRoom();
  }

  /** A batch that waits to be sent again does not wait any longer. */
  endPause(): void {
    this.#again?.end();
  }

  /**
   * Sends what waits, for at most `deadlineMs`; then takes no more, and waits up to `answerMs`
   * (default 0) for the answer to the batch that is on its way. Resolves with what was not sent; a
   * batch that is still on its way then is settled if it is taken or refused. Never rejects.
   */
  async stop(deadlineMs: number, answerMs = 0): Promise<readonly T[]> {
    await this.#within(deadlineMs, this.#drain());
    const left = this.abandon();
    if (this.#sending !== undefined && answerMs > 0) await this.#within(answerMs, this.#sending);
    return left;
  }

  /** Waits for the work, and no longer than that. */
  async #within(ms: number, work: Promise<void>): Promise<void> {
    const late = Promise.withResolvers<void>();
    const cancel = this.#schedule(ms, late.resolve);
    await Promise.race([work, late.promise]);
    cancel();
  }

  /** Takes and sends no more, from this moment; answers as `stop` does. */
  abandon(): readonly T[] {
    this.#isStopped = true;
    this.#cancelTimer?.();
    const again = this.#again;
    again?.end();
    this.#tellRoom();
    this.#bytes = 0;
    const waiting = this.#waiting.splice(0).map(({ item }) => item);
    return again === undefined ? waiting : [...again.batch, ...waiting];
  }

  get #isFull(): boolean {
    const { queueBytesMax, queueItemsMax } = this.#options;
    return this.#waiting.length >= queueItemsMax || this.#bytes >= queueBytesMax;
  }

  get #hasBatch(): boolean {
    const { batchBytesMax, batchItemsMax } = this.#options;
    return this.#waiting.length >= batchItemsMax || this.#bytes >= batchBytesMax;
  }

  #flushLater(): void {
    if (this.#sending !== undefined) return;
    this.#cancelTimer ??= this.#schedule(this.#options.waitMsMax, () => this.flush());
  }

  #tellRoom(): void {
    if (this.#room === undefined || (this.#isFull && !this.#isStopped)) return;
    this.#room.resolve();
    this.#room = undefined;
  }

  #take(): T[] {
    const { batchBytesMax, batchItemsMax } = this.#options;
    let count = 0;
    let bytes = 0;
    for (const one of this.#waiting) {
      if (count === batchItemsMax || (count > 0 && bytes + one.bytes > batchBytesMax)) break;
      count++;
      bytes += one.bytes;
    }
    this.#bytes -= bytes;
    return this.#waiting.splice(0, count).map(({ item }) => item);
  }

  async #drain(): Promise<void> {
    for (;;) {
      this.flush();
      if (this.#sending === undefined) return;
      await this.#sending;
    }
  }

  async #sendOne(): Promise<void> {
    await this.#deliver(this.#take());
    this.#sending = undefined;
    if (this.#isStopped) return;
    if (this.#hasBatch) this.flush();
    else if (this.#waiting.length > 0) this.#flushLater();
  }

  async #deliver(batch: readonly T[]): Promise<void> {
    const { attemptsMax = Infinity, backOff, random = Math.random, settled } = this.#options;
    for (let attempts = 1; ; attempts++) {
      const result = await this.#attempt(batch);
      if (result.kind === "accepted" || result.kind === "refused" || attempts >= attemptsMax) {
        if (this.#isTroubled) this.#options.recovered?.();
        this.#isTroubled = false;
        settled(batch, result.kind === "accepted" ? undefined : result.reason);
        return;
      }
      if (!this.#isTroubled) this.#options.troubled?.(result.reason);
      this.#isTroubled = true;
      if (!this.#isStopped) {
        const pauseMs = backOffMs(backOff, attempts, result.askedMs, random());
        const over = this.#wait(batch, pauseMs);
        this.#options.pausing?.(batch, pauseMs);
        await over;
      }
      if (this.#isStopped) return;
    }
  }

  async #attempt(batch: readonly T[]): Promise<SendResult> {
    try {
      return await this.#options.send(batch);
    } catch (error) {
      return { kind: "refused", reason: error instanceof Error ? error.message : "failed" };
    }
  }

  async #wait(batch: readonly T[], delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#schedule(delayMs, resolve);
    this.#cancelTimer = cancel;
    this.#again = { batch, end: resolve };
    await promise;
    cancel();
    this.#again = undefined;
    this.#cancelTimer = undefined;
  }
}
