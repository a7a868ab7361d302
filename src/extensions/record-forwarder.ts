// Takes records that were offered in one thread to the extensions in another: packed into buffers
// that stand ready, and a bounded number of bytes at a time. What does not fit is lost, counted.
// Must not look at a record: that is done where they arrive.

import type { S3DumpConfig } from "../config/index.ts";
import {
  RECORD_FORWARD_BATCH_BYTES,
  RECORD_FORWARD_BYTES_MAX,
  RECORD_FORWARD_MS_MAX,
  RECORD_FORWARD_SOON_MS_MAX,
} from "../core/limits.ts";
import type { EventBus } from "../o11y/index.ts";
import type { ExtensionHandler, OfferedRecords } from "../policy/index.ts";
import { realSchedule, type Schedule } from "../system/index.ts";
import type { ExtensionKind } from "./extension.ts";
import { type ForwardedRecords, OutgoingRecords, SourceTexts } from "./forwarded-records.ts";

export interface RecordForwarderOptions {
  readonly kinds: readonly Pick<ExtensionKind, "type">[];
  readonly bus: EventBus;
  /** The other side answers each batch with one call of `taken`. */
  readonly post: (batch: ForwardedRecords) => void;
  /** How long records may wait for those of other requests. Default RECORD_FORWARD_MS_MAX. */
  readonly waitMsMax?: number;
  readonly schedule?: Schedule;
}

/** With a spool every millisecond counts: what has left this process's memory is not lost. */
export function forwardMsMax({ spoolPath }: S3DumpConfig): number {
  return spoolPath === undefined ? RECORD_FORWARD_MS_MAX : RECORD_FORWARD_SOON_MS_MAX;
}

export class RecordForwarder {
  /** For the engine of this thread. What is wrong with uses was told where they were published. */
  readonly handlers: ReadonlyMap<string, ExtensionHandler>;
  readonly #options: RecordForwarderOptions;
  readonly #schedule: Schedule;
  readonly #texts = new SourceTexts();
  /** By extension; what is put together at the moment. */
  readonly #outgoing = new Map<string, OutgoingRecords>();
  /** Records that did not fit, by extension. */
  readonly #lost = new Map<string, number>();
  #isDue = false;
  /** Bytes of the batches that were not taken yet, in their order. */
  readonly #underway: number[] = [];
  #underwayBytes = 0;
  #settled: (() => void)[] = [];

  constructor(options: RecordForwarderOptions) {
    this.#options = options;
    this.#schedule = options.schedule ?? realSchedule;
    this.handlers = new Map(
      options.kinds.map(({ type }) => {
        const offer = (records: OfferedRecords): void => this.#offer(type, records);
        return [type, { type, offer }];
      }),
    );
  }

  /** The other side has taken one batch. */
  taken(): void {
    this.#underwayBytes -= this.#underway.shift() ?? 0;
    if (this.#underway.length > 0) return;
    for (const resolve of this.#settled.splice(0)) resolve();
  }

  /** Sends what there is at once. */
  depart(): void {
    for (const outgoing of this.#outgoing.values()) this.#post(outgoing);
    this.#outgoing.clear();
    for (const [extension, records] of this.#lost) {
      const reason = "channel_full";
      this.#options.bus.emit("extension.records_lost", { extension, reason, records });
    }
    this.#lost.clear();
  }

  /** Resolves when everything that was offered has been taken. */
  async settled(): Promise<void> {
    this.depart();
    if (this.#underway.length === 0) return;
    await new Promise<void>((resolve) => void this.#settled.push(resolve));
  }

  #offer(type: string, records: OfferedRecords): void {
    if (this.#underwayBytes >= RECORD_FORWARD_BYTES_MAX) {
      this.#lost.set(type, records.count + (this.#lost.get(type) ?? 0));
    } else this.#outgoingFor(type, records.length).append(records);
    if (this.#isDue) return;
    this.#isDue = true;
    this.#schedule(this.#options.waitMsMax ?? RECORD_FORWARD_MS_MAX, () => {
      this.#isDue = false;
      this.depart();
    });
  }

  /** One that has room for so many bytes, and most likely for what is said of them. */
  #outgoingFor(type: string, bytes: number): OutgoingRecords {
    const known = this.#outgoing.get(type);
    if (known?.fits(bytes)) return known;
    if (known !== undefined) this.#post(known);
    const room = Math.max(RECORD_FORWARD_BATCH_BYTES, bytes * 2);
    const made = new OutgoingRecords(type, this.#texts, room);
    this.#outgoing.set(type, made);
    return made;
  }

  #post(outgoing: OutgoingRecords): void {
    this.#underway.push(outgoing.length);
    this.#underwayBytes += outgoing.length;
    this.#options.post(outgoing.take());
  }
}
