// Reads the records that threads offer from their rings: at intervals while there are any,
// otherwise when it is called.

import { RECORD_LOOKS_IDLE_MAX } from "../core/limits.ts";
import type { Schedule } from "../system/index.ts";
import type { RecordCall } from "./record-forwarder.ts";
import { RingReader } from "./record-ring.ts";

export interface RingReadingOptions {
  /** Takes a packet, whose bytes then belong to it. Must not throw. */
  readonly take: (packet: Uint8Array<ArrayBuffer>) => void;
  /** The time between two checks. */
  readonly intervalMs: number;
  readonly schedule: Schedule;
}

export class RingReading {
  readonly #options: RingReadingOptions;
  readonly #rings = new Map<number, RingReader>();
  #cancel: (() => void) | undefined;
  /** Checks in a row that found nothing. */
  #idleLooks = 0;

  constructor(options: RingReadingOptions) {
    this.#options = options;
  }

  /** There are records. Takes them at once, and checks for more from now on. */
  called({ ring, memory }: Omit<RecordCall, "type">): void {
    this.read();
    if (memory !== undefined) this.#rings.set(ring, new RingReader(memory));
    this.#look();
  }

  /** Takes everything that is there. Returns whether there was anything. */
  read(): boolean {
    let found = false;
    for (const ring of this.#rings.values()) {
      for (let packet = ring.next(); packet !== undefined; packet = ring.next()) {
        found = true;
        this.#options.take(packet);
      }
    }
    return found;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    this.#cancel?.();
    this.#idleLooks = this.read() ? 0 : this.#idleLooks + 1;
    const isIdle = this.#idleLooks >= RECORD_LOOKS_IDLE_MAX;
    if (isIdle && [...this.#rings.values()].every((ring) => ring.sleep())) {
      this.#cancel = undefined;
      this.#idleLooks = 0;
      return;
    }
    this.#cancel = this.#options.schedule(this.#options.intervalMs, () => this.#look());
  }
}
