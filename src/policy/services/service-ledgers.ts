// The ledgers of all threads, including threads that have ended. Each count is handed over exactly
// once.

import type { Signal } from "../model.ts";
import { createServiceMemory, type ServiceKey, ServiceLedgerReader } from "./service-ledger.ts";

/** Receives what was counted for a service; `counts` is borrowed, in the order of FLOW_COUNTS. */
export type TakeFlow = (signal: Signal, service: ServiceKey, counts: Float64Array) => void;

/** The ledgers of one program: each of its threads opens one. */
export class ServiceLedgers {
  private readonly readers = new Map<SharedArrayBuffer, ServiceLedgerReader>();
  /** Ledgers of threads that have ended, until they are read once more. */
  private readonly ended = new Set<SharedArrayBuffer>();

  /** Memory for the ledger of another thread. */
  open(): SharedArrayBuffer {
    const memory = createServiceMemory();
    this.readers.set(memory, new ServiceLedgerReader(memory));
    return memory;
  }

  /** Says that nobody adds to this ledger any more. */
  close(memory: SharedArrayBuffer): void {
    this.ended.add(memory);
  }

  /** Hands over what was counted since the last call. */
  drain(take: TakeFlow): void {
    for (const [memory, reader] of this.readers) {
      reader.drain(take);
      if (this.ended.delete(memory)) this.readers.delete(memory);
    }
  }
}
