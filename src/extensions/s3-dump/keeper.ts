// Keeps copies of records: has them collected into objects, in memory or in the spool, and sent,
// for each target separately. What it cannot keep is lost, counted and reported.

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import type { DumpTarget, S3DumpConfig } from "../../config/index.ts";
import { errorMessage } from "../../core/errors.ts";
import {
  DUMP_INSTANCE_CHARS_MAX,
  DUMP_SPOOL_LOOK_MS,
  RECORD_LOOK_MS,
  RECORD_LOOK_SOON_MS,
} from "../../core/limits.ts";
import type { EventBus, ExtensionLossReason } from "../../o11y/index.ts";
import type { Encodings } from "../../protocols/index.ts";
import { realSchedule, type Schedule, yieldToLoop } from "../../system/index.ts";
import type { RecordCall } from "../record-forwarder.ts";
import { PacketReader, recordsIn } from "../record-packet.ts";
import { RingReading } from "../ring-reading.ts";
import { type Batch, countLines } from "./batch.ts";
import { Collector } from "./collector.ts";
import type { DumpKeeper } from "./keeper-port.ts";
import { packetsIn } from "./journal.ts";
import { Lane } from "./lane.ts";
import type { ObjectStore } from "./object-store.ts";
import { Spool } from "./spool.ts";
import { keyOfTarget, type TargetRef } from "./target-ref.ts";

/** The type of the extension. */
export const TYPE = "com.usetero/s3-dump";

export interface KeeperOptions {
  readonly config: S3DumpConfig;
  readonly bus: EventBus;
  readonly encodings: Encodings;
  readonly instanceId: string;
  /** Called with the number of records that have come, before anything is done with them. */
  readonly taken?: ((records: number) => void) | undefined;
  /**
   * Default: created when the first object is sent, so that keepers that send none need not load
   * it.
   */
  readonly store?: ObjectStore | undefined;
  readonly schedule?: Schedule | undefined;
  readonly nowMs?: (() => number) | undefined;
  readonly monotonicMs?: (() => number) | undefined;
  readonly random?: (() => number) | undefined;
}

/** Loaded only by keepers that send objects. */
const loadStore = () => import("./object-store.ts");

export class Keeper implements DumpKeeper {
  readonly #options: KeeperOptions;
  readonly #config: S3DumpConfig;
  readonly #bus: EventBus;
  readonly #schedule: Schedule;
  readonly #nowMs: () => number;
  readonly #monotonicMs: () => number;
  readonly #collector: Collector;
  readonly #reader = new PacketReader();
  readonly #rings: RingReading;
  #targets: ReadonlyMap<string, DumpTarget> = new Map();
  /** By the key of the target. */
  readonly #lanes = new Map<string, Lane>();
  readonly #cancels = new Map<"look" | "spool", () => void>();
  #store: ObjectStore | undefined;
  #spool: Spool | undefined;
  #isStopped = false;

  constructor(options: KeeperOptions) {
    const { config, bus, schedule = realSchedule, nowMs = Date.now } = options;
    this.#options = options;
    this.#config = config;
    this.#bus = bus;
    this.#schedule = schedule;
    this.#nowMs = nowMs;
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
    this.#store = options.store;
    this.#rings = new RingReading({
      take: (packet) => this.#take(packet),
      // With a spool every millisecond counts: what is there survives this process.
      intervalMs: config.spoolPath === undefined ? RECORD_LOOK_MS : RECORD_LOOK_SOON_MS,
      schedule: this.#schedule,
    });
    const instanceId = options.instanceId.slice(0, DUMP_INSTANCE_CHARS_MAX);
    this.#collector = new Collector({
      config,
      encodings: options.encodings,
      find: (ref) => this.#find(ref),
      spool: () => this.#spool,
      // An instance may have the same id at each start, but its objects must not.
      instance: `${instanceId}-${randomBytes(4).toString("hex")}`,
      sealed: (batch) => this.#enqueue(batch),
      spooled: (records, bytes) => bus.emit("dump.spooled", { records, bytes }),
      spoolFailed: (reason) => this.#spoolFailed(reason),
      lost: (reason, records) => this.#lost(reason, records),
      nowMs,
      monotonicMs: this.#monotonicMs,
      pause: () => this.#pause(),
    });
  }

  /** Between steps of work, makes records safe that have come since. */
  async #pause(): Promise<void> {
    await yieldToLoop();
    if (this.#spool !== undefined) this.#rings.read();
  }

  showTargets(targets: readonly DumpTarget[]): void {
    this.#targets = new Map(targets.map((target) => [keyOfTarget(target), target]));
  }

  called(call: RecordCall): void {
    this.#rings.called(call);
    if (this.#isStopped) this.#rings.stop();
  }

  async start(): Promise<void> {
    const { spoolPath, lookIntervalMs } = this.#config;
    if (spoolPath !== undefined) this.#openSpool(spoolPath);
    this.#every("look", lookIntervalMs, () => this.#look());
    // While it loads what the first records need, it cannot take others, which are not safe
    // meanwhile.
    if (spoolPath !== undefined) await this.#loadEncodings();
  }

  async #loadEncodings(): Promise<void> {
    for (const { document } of this.#options.encodings.values()) await document?.();
  }

  async flush(deadlineMs: number, force: boolean): Promise<void> {
    this.#rings.read();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#schedule(deadlineMs, resolve);
    // What is in the spool can wait for the next start; what is only in memory cannot.
    const untilSent = force && this.#spool === undefined;
    await Promise.race([this.#flush(force, untilSent), late]);
    cancel();
  }

  async stop(deadlineMs: number): Promise<void> {
    await this.flush(deadlineMs, true);
    this.#isStopped = true;
    for (const cancel of this.#cancels.values()) cancel();
    this.#rings.read();
    this.#rings.stop();
    let records = 0;
    for (const lane of this.#lanes.values()) {
      for (const batch of lane.stop()) {
        if (batch.file === undefined) records += batch.records ?? 0;
        else batch.seal();
      }
    }
    if (records > 0) this.#lost("shutdown", records);
    this.#spool?.close();
  }

  #take(packet: Uint8Array<ArrayBuffer>): void {
    // This comes first: the packet is safe here.
    this.#spool?.journal.append(packet);
    const records = recordsIn(packet);
    this.#options.taken?.(records);
    if (this.#isStopped) this.#lost("shutdown", records);
    else for (const record of this.#reader.read(packet)) this.#collector.offer(record);
  }

  #find(ref: TargetRef): DumpTarget | undefined {
    return this.#targets.get(keyOfTarget(ref));
  }

  async #flush(force: boolean, untilSent: boolean): Promise<void> {
    await this.#collector.settled();
    this.#collector.seal(force ? 0 : this.#config.batchAgeMs);
    this.#bus.emit("dump.flushed", { isForced: force });
    await Promise.all([...this.#lanes.values()].map((lane) => lane.flush(untilSent)));
  }

  #look(): void {
    this.#collector.seal(this.#config.batchAgeMs);
    this.#bus.emit("dump.flushed", { isForced: false });
  }

  #every(name: "look" | "spool", intervalMs: number, run: () => void): void {
    const again = (): void => {
      run();
      if (!this.#isStopped) this.#cancels.set(name, this.#schedule(intervalMs, again));
    };
    this.#cancels.set(name, this.#schedule(intervalMs, again));
  }

  #openSpool(path: string): void {
    try {
      const { instanceId } = this.#options;
      const name = instanceId.replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(0, DUMP_INSTANCE_CHARS_MAX);
      const spool = new Spool(path, `${name}-${randomBytes(8).toString("hex")}`, this.#nowMs);
      this.#spool = spool;
      void this.#adopt(spool);
      this.#every("spool", DUMP_SPOOL_LOOK_MS, () => void this.#adopt(spool));
    } catch (error) {
      this.#spoolFailed(String(error));
    }
  }

  async #adopt(spool: Spool): Promise<void> {
    try {
      spool.showLife();
      const { batches, journals } = await spool.adopt(this.#monotonicMs());
      if (batches.length > 0) {
        const bytes = batches.reduce((sum, batch) => sum + batch.bytes, 0);
        this.#bus.emit("dump.recovered", { objects: batches.length, bytes });
      }
      for (const batch of batches) this.#enqueue(batch);
      for (const path of journals) await this.#adoptJournal(path);
    } catch (error) {
      this.#spoolFailed(String(error));
    }
  }

  /** Takes over the complete packets of a journal; an invalid one ends it, and is reported. */
  async #adoptJournal(path: string): Promise<void> {
    try {
      for (const packet of packetsIn(path)) {
        for (const record of this.#reader.read(packet)) this.#collector.offer(record);
        await this.#collector.settled();
      }
    } catch (error) {
      this.#spoolFailed(`${path}: ${errorMessage(error)}`);
    } finally {
      rmSync(path, { force: true });
    }
  }

  #enqueue(batch: Batch): void {
    const key = keyOfTarget(batch.head.target);
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = new Lane({
        send: (one, signal) => this.#send(one, signal),
        sent: (one) => this.#sent(one),
        failed: (one, reason, pauseMs) => this.#failed(one, reason, pauseMs),
        attemptsMax: this.#config.attemptsMax,
        schedule: this.#schedule,
        random: this.#options.random ?? Math.random,
      });
      this.#lanes.set(key, lane);
    }
    lane.push(batch);
    this.#tellBacklog();
  }

  async #send(batch: Batch, signal: AbortSignal): Promise<void> {
    const { target: ref, key, compression } = batch.head;
    const target = this.#find(ref);
    if (target === undefined) throw new Error(`there is no target of that name any more`);
    const lines = await batch.read();
    batch.records ??= countLines(lines);
    if (lines.length === 0) return;
    this.#store ??= (await loadStore()).createObjectStore();
    const sent = await this.#store.put(target, { key, lines, compression }, signal);
    const { name } = target;
    const { records } = batch;
    this.#bus.emit("dump.uploaded", { target: name, records, bytes: sent });
  }

  #sent(batch: Batch): void {
    this.#collector.sealedBytes -= batch.heldBytes;
    if (batch.file !== undefined && this.#spool !== undefined) {
      this.#spool.bytes -= batch.bytes - batch.heldBytes;
    }
    batch.discard();
    this.#tellBacklog();
  }

  #failed({ head }: Batch, reason: unknown, pauseMs: number): void {
    this.#bus.emit("dump.failed", {
      target: head.target.name,
      reason: reason instanceof Error ? reason.message : String(reason),
      pauseMs,
    });
  }

  #spoolFailed(reason: string): void {
    const path = this.#config.spoolPath ?? "";
    const cure = "records are kept in memory meanwhile; make the folder writable";
    this.#bus.emit("dump.spool_failed", { path, reason, cure });
  }

  #lost(reason: ExtensionLossReason, records: number): void {
    this.#bus.emit("extension.records_lost", { extension: TYPE, reason, records });
  }

  #tellBacklog(): void {
    const memoryBytes = this.#collector.heldBytes;
    this.#bus.emit("dump.backlog", { memoryBytes, spoolBytes: this.#spool?.bytes ?? 0 });
  }
}
