// Passes records that were offered in this thread on to the extensions, which run in another thread
// or alongside requests: into one ring each, from which they are read, a bounded number of bytes at
// a time. What does not fit is lost, and counted. Must not look into a record: that happens where
// records arrive.

import {
  OFFER_SETTLE_LOOK_MS,
  RECORD_FORWARD_BYTES_MAX,
  RECORD_LOSS_MS_MAX,
} from "../core/limits.ts";
import type { EventBus } from "../o11y/index.ts";
import type { ExtensionHandler, OfferedRecords } from "../policy/index.ts";
import { realSchedule, type Schedule } from "../system/index.ts";
import { PacketWriter } from "./record-packet.ts";
import { createRecordRing, RingWriter } from "./record-ring.ts";

/** The number of the rings of the main thread; those of workers are greater. */
export const MAIN_RING = 0;

/** Says that there are records for an extension that is not checking for any. Plain data. */
export interface RecordCall {
  /** The type of the extension. */
  readonly type: string;
  /** The number of the ring, which says who offers the records. */
  readonly ring: number;
  /** The ring; sent only once. A later one with the same number replaces it. */
  readonly memory?: SharedArrayBuffer;
}

export interface RecordForwarderOptions {
  /** All extensions. */
  readonly kinds: readonly { readonly type: string }[];
  readonly bus: EventBus;
  /** The number of its rings. No other living thread has it. */
  readonly ring: number;
  readonly call: (call: RecordCall) => void;
  readonly schedule?: Schedule | undefined;
}

export class RecordForwarder {
  /**
   * Handlers for the engine of this thread. Faults of uses were reported where the set was
   * published.
   */
  readonly handlers: ReadonlyMap<string, ExtensionHandler>;
  readonly #options: RecordForwarderOptions;
  readonly #schedule: Schedule;
  readonly #packets = new PacketWriter();
  /** By extension; created for its first records. */
  readonly #rings = new Map<string, RingWriter>();
  /** Records that did not fit, by extension. */
  readonly #lost = new Map<string, number>();

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

  /** Reports what was lost since the last report. */
  tellLosses(): void {
    for (const [extension, records] of this.#lost) {
      const reason = "channel_full";
      this.#options.bus.emit("extension.records_lost", { extension, reason, records });
    }
    this.#lost.clear();
  }

  /** Resolves when everything that was offered has been taken. */
  async settled(): Promise<void> {
    this.tellLosses();
    for (const [type, writer] of this.#rings) {
      while (!writer.isEmpty) {
        if (writer.wake()) this.#options.call({ type, ring: this.#options.ring });
        await new Promise<void>((resolve) => void this.#schedule(OFFER_SETTLE_LOOK_MS, resolve));
      }
    }
  }

  #offer(type: string, records: OfferedRecords): void {
    const writer = this.#rings.get(type) ?? this.#open(type);
    if (writer.waitingBytes >= RECORD_FORWARD_BYTES_MAX) {
      this.#lose(type, records.count);
      return;
    }
    const words = this.#packets.write(records, writer);
    if (words === 0) this.#lose(type, records.count);
    else if (writer.publish(words)) this.#options.call({ type, ring: this.#options.ring });
  }

  #open(type: string): RingWriter {
    const { ring, call } = this.#options;
    const memory = createRecordRing();
    const writer = new RingWriter(memory);
    this.#rings.set(type, writer);
    writer.wake();
    call({ type, ring, memory });
    return writer;
  }

  #lose(type: string, records: number): void {
    if (this.#lost.size === 0) this.#schedule(RECORD_LOSS_MS_MAX, () => this.tellLosses());
    this.#lost.set(type, records + (this.#lost.get(type) ?? 0));
  }
}
