// A keeper in a thread of its own, as the main thread knows it: started for the first records, and
// again when it has ended by itself. What it had in memory then is lost, counted and told.

import type { DumpTarget, S3DumpConfig } from "../../config/index.ts";
import { errorMessage } from "../../core/errors.ts";
import { DUMP_THREAD_GRACE_MS_MAX, DUMP_THREAD_PAUSE_MS } from "../../core/limits.ts";
import type { EventBus } from "../../o11y/index.ts";
import { realSchedule, type Schedule } from "../../system/index.ts";
import type { ExtensionThread } from "../extension.ts";
import { buffersOf, type ForwardedRecords } from "../forwarded-records.ts";
import { TYPE } from "./keeper.ts";
import { DUMP_JOB_KIND, type DumpJob, type FromKeeper, type ToKeeper } from "./keeper-job.ts";
import type { DumpKeeper } from "./keeper-port.ts";

export interface ThreadKeeperOptions {
  readonly config: S3DumpConfig;
  readonly instanceId: string;
  readonly bus: EventBus;
  readonly startThread: (job: DumpJob) => ExtensionThread;
  readonly schedule?: Schedule | undefined;
  readonly monotonicMs?: (() => number) | undefined;
}

export class ThreadKeeper implements DumpKeeper {
  readonly #options: ThreadKeeperOptions;
  readonly #schedule: Schedule;
  readonly #monotonicMs: () => number;
  #thread: ExtensionThread | undefined;
  #targets: readonly DumpTarget[] = [];
  /** Of batches that it has not taken yet, in their order. */
  #taken: (() => void)[] = [];
  readonly #waiting = new Map<number, () => void>();
  #lastNumber = 0;
  /** Records that were given to it, and have neither arrived, nor been spooled, nor been lost. */
  #heldRecords = 0;
  #failedMs = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(options: ThreadKeeperOptions) {
    this.#options = options;
    this.#schedule = options.schedule ?? realSchedule;
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
  }

  take(batch: ForwardedRecords, taken: () => void): void {
    const reason = this.#isStopped ? "shutdown" : "thread_failed";
    if (!this.#isRunning()) {
      const { records } = batch;
      this.#options.bus.emit("extension.records_lost", { extension: TYPE, reason, records });
      taken();
      return;
    }
    this.#heldRecords += batch.records;
    this.#taken.push(taken);
    this.#post({ kind: "take", batch }, buffersOf(batch));
  }

  showTargets(targets: readonly DumpTarget[]): void {
    this.#targets = targets;
    this.#post({ kind: "targets", targets });
  }

  start(): void {
    // What an earlier process has left is sent without waiting for records.
    if (this.#options.config.spoolPath !== undefined) this.#isRunning();
  }

  async flush(deadlineMs: number, force: boolean): Promise<void> {
    await this.#ask(deadlineMs, (number, ownMs) => {
      return { kind: "flush", number, deadlineMs: ownMs, force };
    });
  }

  async stop(deadlineMs: number): Promise<void> {
    const thread = this.#thread;
    this.#isStopped = true;
    await this.#ask(deadlineMs, (number, ownMs) => {
      return { kind: "stop", number, deadlineMs: ownMs };
    });
    this.#thread = undefined;
    thread?.terminate();
  }

  /** Whether there is a thread; one is started unless the last one has just ended. */
  #isRunning(): boolean {
    if (this.#thread !== undefined) return true;
    if (this.#isStopped || this.#monotonicMs() - this.#failedMs < DUMP_THREAD_PAUSE_MS) {
      return false;
    }
    const { config, instanceId, startThread } = this.#options;
    const thread = startThread({ kind: DUMP_JOB_KIND, config, instanceId });
    // Sent by our own keeper-main.ts.
    thread.on("message", (message) => this.#heard(message as FromKeeper));
    thread.on("error", (error) => this.#ended(thread, errorMessage(error)));
    thread.on("exit", (code) => this.#ended(thread, `exit code ${code}`));
    this.#thread = thread;
    this.#post({ kind: "targets", targets: this.#targets });
    return true;
  }

  #post(message: ToKeeper, transfer: ArrayBuffer[] = []): void {
    this.#thread?.postMessage(message, transfer);
  }

  async #ask(
    deadlineMs: number,
    message: (number: number, deadlineMs: number) => ToKeeper,
  ): Promise<void> {
    if (this.#thread === undefined) return;
    const number = ++this.#lastNumber;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(number, resolve);
    // It is to tell what it could not do before nobody listens any more.
    const graceMs = Math.min(DUMP_THREAD_GRACE_MS_MAX, deadlineMs / 4);
    this.#post(message(number, deadlineMs - graceMs));
    const cancel = this.#schedule(deadlineMs, resolve);
    await promise;
    cancel();
    this.#waiting.delete(number);
  }

  #heard(message: FromKeeper): void {
    switch (message.kind) {
      case "taken":
        this.#taken.shift()?.();
        return;
      case "done":
        this.#waiting.get(message.number)?.();
        return;
      case "event":
        this.#account(message);
        this.#options.bus.emit(message.name, message.event);
    }
  }

  #account({ name, event }: Extract<FromKeeper, { readonly kind: "event" }>): void {
    const isSafe =
      name === "extension.records_lost" ||
      name === (this.#options.config.spoolPath === undefined ? "dump.uploaded" : "dump.spooled");
    if (isSafe && "records" in event) this.#heldRecords -= event.records;
  }

  #ended(thread: ExtensionThread, reason: string): void {
    if (thread !== this.#thread) return;
    this.#thread = undefined;
    this.#failedMs = this.#monotonicMs();
    const { bus } = this.#options;
    bus.emit("extension.failed", { policy: "", extension: TYPE, reason });
    const records = Math.max(0, this.#heldRecords);
    this.#heldRecords = 0;
    if (records > 0) {
      const lost = { extension: TYPE, reason: "thread_failed", records } as const;
      bus.emit("extension.records_lost", lost);
    }
    for (const taken of this.#taken.splice(0)) taken();
    for (const done of this.#waiting.values()) done();
  }
}
