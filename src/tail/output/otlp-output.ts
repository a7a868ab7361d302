// Sends lines to an OTLP backend: in batches bounded by bytes and age, one request at a time, in
// order. What the backend may accept later is sent again for as long as that takes, and reading
// waits meanwhile. What it rejects for good is lost, and reported with the reason.

import {
  OTLP_BATCH_BYTES_MAX,
  OTLP_BATCH_ITEMS_MAX,
  OTLP_QUEUE_BYTES_MAX,
  OTLP_RETRY_AFTER_MS_MAX,
  OTLP_RETRY_MS_MAX,
  OTLP_RETRY_MS_MIN,
} from "../../core/limits.ts";
import type { ResourceAttributes } from "../../protocols/lines/index.ts";
import { BatchQueue, type Schedule, type SendResult } from "../../system/index.ts";
import { type OtlpResponse, OtlpLogsWriter } from "../../upstream/otlp/index.ts";
import type { KeptLines, LineOutput, LineSource, OutputEvents } from "../ports.ts";
import type { LineRecords } from "./line-records.ts";

export interface OtlpOutputOptions {
  /** One attempt; never rejects. */
  readonly post: (request: Uint8Array<ArrayBuffer>) => Promise<OtlpResponse>;
  readonly records: LineRecords;
  readonly events: OutputEvents;
  /** Version of the program. */
  readonly version: string;
  /** How long lines wait for others to go with them. */
  readonly waitMsMax: number;
  /** Default OTLP_BATCH_BYTES_MAX and OTLP_QUEUE_BYTES_MAX. */
  readonly batchBytesMax?: number;
  readonly queueBytesMax?: number;
  readonly schedule?: Schedule;
  readonly random?: () => number;
  /** Unix time. */
  readonly nowMs?: () => number;
}

/** Lines that wait, in memory of their own. */
interface Block {
  readonly source: LineSource;
  readonly resource: ResourceAttributes;
  readonly bytes: Uint8Array;
  readonly lines: number;
  readonly sourceBytes: number;
  readonly observedMs: number;
  /** Tickets up to this one are accepted with the block. */
  ticket: number;
}

const NO_ATTRIBUTES: ResourceAttributes = new Map();

export class OtlpOutput implements LineOutput {
  readonly #options: OtlpOutputOptions;
  readonly #queue: BatchQueue<Block>;
  readonly #writer: OtlpLogsWriter;
  /** The last that was offered, until it is settled. */
  #last: Block | undefined;
  /** A request is written once, however often it is sent. */
  #written:
    { readonly batch: readonly Block[]; readonly request: Uint8Array<ArrayBuffer> } | undefined;

  constructor(options: OtlpOutputOptions) {
    this.#options = options;
    const { events, random, schedule, version } = options;
    this.#writer = new OtlpLogsWriter({ name: "edge-tail", version });
    this.#queue = new BatchQueue({
      batchItemsMax: OTLP_BATCH_ITEMS_MAX,
      batchBytesMax: options.batchBytesMax ?? OTLP_BATCH_BYTES_MAX,
      waitMsMax: options.waitMsMax,
      queueItemsMax: OTLP_BATCH_ITEMS_MAX,
      queueBytesMax: options.queueBytesMax ?? OTLP_QUEUE_BYTES_MAX,
      backOff: {
        firstMs: OTLP_RETRY_MS_MIN,
        ceilingMs: OTLP_RETRY_MS_MAX,
        askedMsMax: OTLP_RETRY_AFTER_MS_MAX,
      },
      send: (batch) => this.#send(batch),
      settled: (batch, refusal) => this.#settle(batch, refusal),
      troubled: (reason) => events.troubled(reason),
      recovered: () => events.recovered(),
      ...(schedule === undefined ? {} : { schedule }),
      ...(random === undefined ? {} : { random }),
    });
  }

  write(lines: KeptLines, ticket: number): Promise<void> | undefined {
    if (lines.bytes.length === 0) {
      // Accepted with what went before it.
      if (this.#last === undefined) this.#options.events.accepted(ticket);
      else this.#last.ticket = ticket;
      return undefined;
    }
    const { nowMs = Date.now } = this.#options;
    const block: Block = {
      source: lines.source,
      resource: lines.resource ?? NO_ATTRIBUTES,
      bytes: lines.bytes.slice(),
      lines: lines.lines,
      sourceBytes: lines.sourceBytes,
      observedMs: nowMs(),
      ticket,
    };
    return this.#offer(block) ? this.#queue.whenRoom() : this.#offerLater(block);
  }

  /** A request for each line would not help anybody: what waits goes when it is old enough. */
  flush(): void {}

  /** What was accepted is with the backend. */
  sync(): Promise<void> {
    return Promise.resolve();
  }

  reopen(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * What is not sent is read again by the next run. What was sent must be known to be taken, or it
   * would be sent twice: half of the time is for the answer.
   */
  async close(deadlineMs: number): Promise<void> {
    const halfMs = Math.max(0, deadlineMs - performance.now()) / 2;
    await this.#queue.stop(halfMs, halfMs);
  }

  #offer(block: Block): boolean {
    const before = this.#last;
    // It may be on its way, and settled, before the call returns.
    this.#last = block;
    if (this.#queue.offer(block, block.bytes.length)) return true;
    this.#last = before;
    return false;
  }

  async #offerLater(block: Block): Promise<void> {
    while (!this.#offer(block)) await (this.#queue.whenRoom() ?? new Promise<never>(() => {}));
  }

  async #send(batch: readonly Block[]): Promise<SendResult> {
    const response = await this.#options.post(this.#requestOf(batch));
    if (response.kind !== "accepted") return response;
    if (response.rejected > 0) this.#lose(batch, response.rejected, response.message);
    return response;
  }

  #requestOf(batch: readonly Block[]): Uint8Array<ArrayBuffer> {
    if (this.#written?.batch === batch) return this.#written.request;
    const { records } = this.#options;
    let resource: ResourceAttributes | undefined;
    for (const block of batch) {
      if (block.resource !== resource) this.#writer.beginResource(block.resource);
      resource = block.resource;
      records.write(this.#writer, block.bytes, block.observedMs);
    }
    const request = this.#writer.finish();
    this.#written = { batch, request };
    return request;
  }

  #settle(batch: readonly Block[], refusal: string | undefined): void {
    const { events } = this.#options;
    this.#written = undefined;
    if (refusal !== undefined) {
      for (const { lines, source, sourceBytes } of batch) {
        events.lost(source, lines, sourceBytes, refusal);
      }
    }
    const last = batch.at(-1);
    if (last === undefined) return;
    if (this.#last === last) this.#last = undefined;
    events.accepted(last.ticket);
  }

  /** Which records a backend rejected it does not say: they are counted from the first on. */
  #lose(batch: readonly Block[], rejected: number, message: string): void {
    const reason = `the backend rejected records${message === "" ? "" : `: ${message}`}`;
    let left = rejected;
    for (const { lines, source, sourceBytes } of batch) {
      const lost = Math.min(left, lines);
      if (lost === 0) return;
      const bytes = Math.round((sourceBytes * lost) / lines);
      this.#options.events.lost(source, lost, bytes, reason);
      left -= lost;
    }
  }
}
