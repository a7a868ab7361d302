// The main thread's view of a keeper that runs in a thread of its own. The thread starts with the
// first records, and again if it has ended unexpectedly. Records that it had taken by then and held
// only in memory are lost, counted and reported.

import type { DumpTarget, S3DumpConfig } from "../../config/index.ts";
import { errorMessage } from "../../core/errors.ts";
import {
  DUMP_THREAD_GRACE_MS_MAX,
  DUMP_THREAD_PAUSE_MS,
  DUMP_THREAD_START_MS_MAX,
} from "../../core/limits.ts";
import type { EventBus, ExtensionLossReason } from "../../o11y/index.ts";
import { endThread, realSchedule, type Schedule } from "../../system/index.ts";
import type { ExtensionThread } from "../extension.ts";
import type { RecordCall } from "../record-forwarder.ts";
import { recordsIn } from "../record-packet.ts";
import { RingReader } from "../record-ring.ts";
import { TYPE } from "./keeper.ts";
import { DUMP_JOB_KIND, type DumpJob, type FromKeeper, type ToKeeper } from "./keeper-job.ts";
import type { DumpKeeper } from "./keeper-port.ts";

export interface ThreadKeeperOptions {
  readonly config: S3DumpConfig;
  readonly instanceId: string;
  readonly bus: EventBus;
  readonly startThread: (job: DumpJob) => ExtensionThread;
  readonly schedule?: Schedule | undefined;
}

export class ThreadKeeper implements DumpKeeper {
  readonly #options: ThreadKeeperOptions;
  readonly #schedule: Schedule;
  #thread: ExtensionThread | undefined;
  #targets: readonly DumpTarget[] = [];
  readonly #rings = new Map<number, SharedArrayBuffer>();
  /** How many records the thread has taken; the thread counts them. */
  #taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  /** How many of those records have arrived, were spooled, or were lost. */
  #settledRecords = 0;
  #cancelRestart: (() => void) | undefined;
  readonly #waiting = new Map<number, () => void>();
  #lastNumber = 0;
  /** Resolves when the first thread takes records, or has ended. */
  readonly #begun = Promise.withResolvers<void>();
  #isStopped = false;

  constructor(options: ThreadKeeperOptions) {
    this.#options = options;
    this.#schedule = options.schedule ?? realSchedule;
  }

  called(call: RecordCall): void {
    if (call.memory !== undefined) this.#rings.set(call.ring, call.memory);
    if (this.#isStopped) this.#loseWaiting();
    else if (this.#thread !== undefined) this.#post({ kind: "call", call });
    else this.#run();
  }

  showTargets(targets: readonly DumpTarget[]): void {
    this.#targets = targets;
    this.#post({ kind: "targets", targets });
  }

  async start(): Promise<void> {
    if (this.#options.config.spoolPath === undefined) return;
    // What an earlier process has left is sent without waiting for records.
    this.#run();
    // Records that come before the thread can take them would not be safe.
    const cancel = this.#schedule(DUMP_THREAD_START_MS_MAX, () => this.#begun.resolve());
    await this.#begun.promise;
    cancel();
  }

  async flush(deadlineMs: number, force: boolean): Promise<void> {
    await this.#ask(deadlineMs, (number, ownMs) => {
      return { kind: "flush", number, deadlineMs: ownMs, force };
    });
  }

  async stop(deadlineMs: number): Promise<void> {
    const thread = this.#thread;
    this.#isStopped = true;
    this.#cancelRestart?.();
    const hasEnded = await this.#ask(deadlineMs, (number, ownMs) => {
      return { kind: "stop", number, deadlineMs: ownMs };
    });
    this.#thread = undefined;
    if (thread !== undefined) void endThread(thread);
    // A thread that does not answer may still be reading.
    if (hasEnded) this.#loseWaiting();
  }

  /** Starts a thread; if the last one has just ended, does so later. */
  #run(): void {
    if (this.#cancelRestart !== undefined) return;
    const { config, instanceId, startThread } = this.#options;
    const taken = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    this.#taken = new Int32Array(taken);
    this.#settledRecords = 0;
    const thread = startThread({ kind: DUMP_JOB_KIND, config, instanceId, taken });
    // Messages come from our own keeper-main.ts.
    thread.on("message", (message) => this.#heard(message as FromKeeper));
    thread.on("error", (error) => this.#ended(thread, errorMessage(error)));
    thread.on("exit", (code) => this.#ended(thread, `exit code ${code}`));
    this.#thread = thread;
    this.#post({ kind: "targets", targets: this.#targets });
    for (const [ring, memory] of this.#rings) {
      this.#post({ kind: "call", call: { type: TYPE, ring, memory } });
    }
  }

  #post(message: ToKeeper): void {
    this.#thread?.postMessage(message, []);
  }

  /** Returns whether the thread has done it, or does not exist. */
  async #ask(
    deadlineMs: number,
    message: (number: number, deadlineMs: number) => ToKeeper,
  ): Promise<boolean> {
    if (this.#thread === undefined) return true;
    const number = ++this.#lastNumber;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.set(number, () => resolve(true));
    // The thread must report what it could not do while someone still listens.
    const graceMs = Math.min(DUMP_THREAD_GRACE_MS_MAX, deadlineMs / 4);
    this.#post(message(number, deadlineMs - graceMs));
    const cancel = this.#schedule(deadlineMs, () => resolve(false));
    const isDone = await promise;
    cancel();
    this.#waiting.delete(number);
    return isDone;
  }

  #heard(message: FromKeeper): void {
    switch (message.kind) {
      case "done":
        this.#waiting.get(message.number)?.();
        return;
      case "begun":
        this.#begun.resolve();
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
    if (isSafe && "records" in event) this.#settledRecords += event.records;
  }

  #ended(thread: ExtensionThread, reason: string): void {
    if (thread !== this.#thread) return;
    this.#thread = undefined;
    this.#begun.resolve();
    this.#cancelRestart = this.#schedule(DUMP_THREAD_PAUSE_MS, () => {
      this.#cancelRestart = undefined;
      this.#run();
    });
    const { bus } = this.#options;
    bus.emit("extension.failed", { policy: "", extension: TYPE, reason });
    const records = Math.max(0, Atomics.load(this.#taken, 0) - this.#settledRecords);
    this.#lost("thread_failed", records);
    for (const done of this.#waiting.values()) done();
  }

  /** Nobody reads the rings any more. */
  #loseWaiting(): void {
    let records = 0;
    for (const memory of this.#rings.values()) {
      const reader = new RingReader(memory);
      for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
        records += recordsIn(packet);
      }
      reader.sleep();
    }
    this.#lost("shutdown", records);
  }

  #lost(reason: ExtensionLossReason, records: number): void {
    if (records === 0) return;
    this.#options.bus.emit("extension.records_lost", { extension: TYPE, reason, records });
  }
}
