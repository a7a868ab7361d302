// What onlookers learn about records: those who only look at records and are no policies.

import type { RecordEncoding, RecordFrame } from "../extension-port.ts";
import type { ValueStore } from "../value-store.ts";

/** Told of the records of one body, none of which is dropped or changed. */
export interface Onlooker {
  /** Whether it is told of the bytes of records, by `offer`. */
  readonly wantsBytes: boolean;
  /** A record. `values`: what it was asked for, by slot; borrowed. */
  record(values: ValueStore, recordBytes: number): void;
  /** The same record: bytes[start, end), borrowed. */
  offer?(
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
    frame?: RecordFrame,
  ): void;
}
