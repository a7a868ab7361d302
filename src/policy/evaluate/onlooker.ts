// What onlookers learn about records. An onlooker sees records, but is not a policy and judges
// none.

import type { RecordEncoding, RecordFrame } from "../extension-port.ts";
import type { ValueStore } from "../value-store.ts";

/** Sees the records of one body, none of which is dropped or changed. */
export interface Onlooker {
  /** Whether it also wants the bytes of records, by `offer`. */
  readonly wantsBytes: boolean;
  /** Called for each record. `values`: what the onlooker asked for, by slot; borrowed. */
  record(values: ValueStore, recordBytes: number): void;
  /** Called for the same record, with its bytes: bytes[start, end), borrowed. */
  offer?(
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
    frame?: RecordFrame,
  ): void;
}
