// Turns records into lines, a few milliseconds at a time, so that requests have their turn, and
// collects lines into batches, one open batch for each target, signal and policy. Memory is
// bounded: what does not fit is lost, and counted by reason.

import type { DumpTarget, S3DumpConfig } from "../../config/index.ts";
import {
  DUMP_OPEN_BATCHES_MAX,
  DUMP_RECORD_OVERHEAD_BYTES,
  DUMP_STEP_MS_MAX,
} from "../../core/limits.ts";
import type { ExtensionLossReason } from "../../o11y/index.ts";
import type { OfferedRecord, OfferSource, RecordEncoding } from "../../policy/index.ts";
import type { Encodings } from "../../protocols/index.ts";
import type { Pause } from "../../system/index.ts";
import { Batch, SpareBuffer } from "./batch.ts";
import type { BatchHead } from "./batch-head.ts";
import { type LineEncoding, lineOf, redactedLineOf } from "./lines.ts";
import { objectKey } from "./object-key.ts";
import type { Redactor } from "./redaction.ts";
import type { Spool } from "./spool.ts";
import type { SpoolFile } from "./spool-file.ts";
import { type TargetRef, targetOfUse } from "./target-ref.ts";

export interface CollectorOptions {
  readonly config: S3DumpConfig;
  readonly encodings: Encodings;
  /** The target that currently has this name. */
  readonly find: (ref: TargetRef) => DumpTarget | undefined;
  /** Undefined: there is none, or it cannot be written to. */
  readonly spool: () => Spool | undefined;
  /** Part of every key. */
  readonly instance: string;
  readonly sealed: (batch: Batch) => void;
  readonly spooled: (records: number, bytes: number) => void;
  readonly spoolFailed: (reason: string) => void;
  readonly lost: (reason: ExtensionLossReason, records: number) => void;
  /** Unix milliseconds, and monotonic ones. */
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly pause: Pause;
}

export class Collector {
  readonly #options: CollectorOptions;
  readonly #batchBytesMax: number;
  /** Encodings of the records so far; undefined: the encoding is not known. */
  readonly #encodings = new Map<RecordEncoding, LineEncoding | undefined>();
  #incoming: OfferedRecord[] = [];
  #incomingBytes = 0;
  #working: Promise<void> | undefined;
  readonly #open = new Map<string, Batch>();
  /** Batches that were changed since the last step. */
  #touched = new Set<Batch>();
  readonly #losses = new Map<ExtensionLossReason, number>();
  #redactor: Redactor | undefined;
  readonly #spare = new SpareBuffer();
  readonly #names = new WeakMap<OfferSource, string>();
  /** Bytes of open objects: in memory, and in total. */
  #openBytes = 0;
  #begunBytes = 0;
  #sequence = 0;
  /** Bytes in memory that are sealed and not sent; reported by the sender. */
  sealedBytes = 0;

  constructor(options: CollectorOptions) {
    this.#options = options;
    const { batchBytesMax, heldBytesMax } = options.config;
    // Otherwise no object could be sealed because of its size before the room is full.
    this.#batchBytesMax = Math.min(batchBytesMax, Math.ceil(heldBytesMax / 2));
  }

  /** Bytes in memory. */
  get heldBytes(): number {
    return this.#incomingBytes + this.#openBytes + this.sealedBytes;
  }

  /** Returns at once. */
  offer(record: OfferedRecord): void {
    const reason = this.#noRoom(record.bytes.length);
    if (reason === undefined) {
      this.#incoming.push(record);
      this.#incomingBytes += costOf(record);
    } else this.#count(reason);
    this.#working ??= this.#work();
  }

  /** Resolves when every record that was offered is in a batch. */
  async settled(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  /** Seals objects that have been open for this long; 0: all objects. */
  seal(ageMs: number): void {
    const nowMs = this.#options.monotonicMs();
    for (const [name, batch] of this.#open) {
      if (nowMs - batch.openedMs >= ageMs) this.#seal(name, batch);
    }
  }

  #noRoom(bytes: number): ExtensionLossReason | undefined {
    const { config, spool } = this.#options;
    if (this.heldBytes + bytes > config.heldBytesMax) return "backlog_full";
    const spooledBytes = spool()?.bytes ?? 0;
    return spooledBytes + bytes > config.spoolBytesMax ? "spool_full" : undefined;
  }

  async #work(): Promise<void> {
    const { pause, monotonicMs } = this.#options;
    // The requests of this turn of the event loop go first.
    await pause();
    while (this.#incoming.length > 0 || this.#losses.size > 0) {
      const records = this.#incoming;
      this.#incoming = [];
      this.#options.spool()?.journal.turn();
      await this.#learn(records);
      let untilMs = monotonicMs() + DUMP_STEP_MS_MAX;
      for (const record of records) {
        this.#take(record);
        if (monotonicMs() < untilMs) continue;
        this.#endStep();
        await pause();
        untilMs = monotonicMs() + DUMP_STEP_MS_MAX;
      }
      this.#endStep();
      this.#options.spool()?.journal.turned();
    }
    this.#working = undefined;
  }

  /** Loads what the encodings of these records need, when the first record of each comes. */
  async #learn(records: readonly OfferedRecord[]): Promise<void> {
    for (const { encoding } of records) {
      if (this.#encodings.has(encoding)) continue;
      const known = this.#options.encodings.get(encoding);
      const document = await known?.document?.();
      this.#encodings.set(encoding, known && { payload: known.payload, document });
    }
    await this.#learnToRedact(records);
  }

  /** Loads what is needed for redaction, when the first record comes that needs it. */
  async #learnToRedact(records: readonly OfferedRecord[]): Promise<void> {
    for (const record of records) {
      const known = this.#encodings.get(record.encoding);
      if (known === undefined || known.alone !== undefined || !this.#isRedacted(record)) continue;
      const alone = await this.#options.encodings.get(record.encoding)?.alone?.();
      this.#encodings.set(record.encoding, { ...known, alone });
      const { Redactor } = await import("./redaction.ts");
      this.#redactor ??= new Redactor(this.#options.monotonicMs);
    }
  }

  /** A target that does not exist any more may have required it. */
  #isRedacted({ source: { redactions, use } }: OfferedRecord): boolean {
    if (redactions === undefined) return false;
    const ref = targetOfUse(use.config);
    return (ref && this.#options.find(ref))?.redacts ?? true;
  }

  /** Undefined: the record had to be redacted, and could not be. */
  #lineOf(record: OfferedRecord): Uint8Array | undefined {
    const known = this.#encodings.get(record.encoding);
    if (!this.#isRedacted(record)) return lineOf(record, known);
    const { source } = record;
    const alone = known?.alone;
    return redactedLineOf(
      record,
      known,
      (document) => alone && this.#redactor?.redact(source, alone, document),
    );
  }

  #count(reason: ExtensionLossReason): void {
    this.#losses.set(reason, 1 + (this.#losses.get(reason) ?? 0));
  }

  #take(record: OfferedRecord): void {
    this.#incomingBytes -= costOf(record);
    const line = this.#lineOf(record);
    if (line === undefined || line.length + 1 > this.#batchBytesMax) {
      this.#count(line === undefined ? "redaction_failed" : "record_too_large");
      return;
    }
    const name = this.#nameOf(record.source);
    let batch = this.#open.get(name);
    if (batch !== undefined && batch.bytes + line.length + 1 > this.#batchBytesMax) {
      this.#seal(name, batch);
      batch = undefined;
    }
    batch ??= this.#openBatch(name, record.source);
    this.#openBytes += line.length + 1;
    this.#begunBytes += line.length + 1;
    batch.add(line);
    this.#touched.add(batch);
    if ((batch.records ?? 0) >= this.#options.config.batchRecordsMax) this.#seal(name, batch);
    if (this.#begunBytes > this.#begunBytesMax) this.#sealLargest();
  }

  #sealLargest(): void {
    let largest: [string, Batch] | undefined;
    for (const one of this.#open) if (one[1].bytes > (largest?.[1].bytes ?? 0)) largest = one;
    if (largest !== undefined) this.#seal(...largest);
  }

  /** Half of the room: it must not be full of what need not be sent yet. */
  get #begunBytesMax(): number {
    const { config, spool } = this.#options;
    const room = spool() === undefined ? config.heldBytesMax : config.spoolBytesMax;
    return room / 2;
  }

  #nameOf(source: OfferSource): string {
    const known = this.#names.get(source);
    if (known !== undefined) return known;
    const { kind, name } = targetOfUse(source.use.config) ?? { kind: "", name: "" };
    const own = JSON.stringify([kind, name, source.signal, source.policy]);
    this.#names.set(source, own);
    return own;
  }

  #openBatch(name: string, { policy, signal, use }: OfferSource): Batch {
    const { config, find, instance, nowMs, monotonicMs } = this.#options;
    const [oldest] = this.#open;
    if (this.#open.size >= DUMP_OPEN_BATCHES_MAX && oldest !== undefined) this.#seal(...oldest);
    const target = targetOfUse(use.config) ?? { kind: "", name: "" };
    const found = find(target);
    const { compression } = config;
    const key = objectKey({
      prefix: found?.kind === "s3" ? found.prefix : "",
      signal,
      policy,
      openedMs: nowMs(),
      sequence: ++this.#sequence,
      instance,
      compression,
    });
    const head = { target, signal, policy, key, compression };
    const [openedMs, file, spare] = [monotonicMs(), this.#createFile(head), this.#spare];
    const batch = new Batch({ head, openedMs, file, spare });
    this.#open.set(name, batch);
    return batch;
  }

  #createFile(head: BatchHead): SpoolFile | undefined {
    try {
      return this.#options.spool()?.create(head);
    } catch (error) {
      this.#options.spoolFailed(String(error));
      return undefined;
    }
  }

  #seal(name: string, batch: Batch): void {
    this.#open.delete(name);
    this.#spool(batch);
    this.#touched.delete(batch);
    this.#openBytes -= batch.heldBytes;
    this.#begunBytes -= batch.bytes;
    this.sealedBytes += batch.heldBytes;
    batch.seal();
    this.#options.sealed(batch);
  }

  #endStep(): void {
    for (const batch of this.#touched) this.#spool(batch);
    this.#touched.clear();
    for (const [reason, records] of this.#losses) this.#options.lost(reason, records);
    if (this.#losses.has("backlog_full")) this.seal(0);
    this.#losses.clear();
  }

  #spool(batch: Batch): void {
    const { spool, spooled, spoolFailed } = this.#options;
    const own = spool();
    if (batch.file === undefined || own === undefined) return;
    const records = batch.heldRecords;
    const bytes = batch.spool();
    if (typeof bytes !== "number") {
      spoolFailed(bytes.message);
      return;
    }
    this.#openBytes -= bytes;
    own.bytes += bytes;
    if (bytes > 0) spooled(records, bytes);
  }
}

function costOf({ bytes }: OfferedRecord): number {
  return bytes.length + DUMP_RECORD_OVERHEAD_BYTES;
}
