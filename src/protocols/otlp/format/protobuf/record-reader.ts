// What the readers of log records, metrics and spans share: a record's bytes go in, its values are
// put. The walk over the fields is written out in each reader: one table of tags for all three was
// tried, and a record took about a tenth longer.

import { FieldCursor } from "../../../../core/protobuf/index.ts";
import { Field } from "../../../../policy/fields.ts";
import type { FieldName } from "../../../../policy/model.ts";
import type { Evaluation, FieldValues } from "../../../../policy/record-port.ts";
import { AttributeReader } from "./attribute-reader.ts";
import { HexStore, isId } from "./hex.ts";

/** Reads records of one signal for one evaluation and one body. */
export interface RecordReader {
  /**
   * Puts the values of the record bytes[start, end) that the program asks for; false: malformed.
   */
  read(bytes: Uint8Array, start: number, end: number): boolean;
}

/** The parts that a reader is made of. */
export class ReadingParts {
  readonly values: FieldValues;
  readonly attributes: AttributeReader;
  readonly hex = new HexStore();
  readonly cursor = new FieldCursor();
  private readonly slots: Int32Array;

  constructor(evaluation: Evaluation) {
    this.values = evaluation.values;
    this.slots = evaluation.fields.fieldSlots;
    this.attributes = new AttributeReader(evaluation);
  }

  /** Slot of a named field, or -1. */
  slot(field: FieldName): number {
    return this.slots[Field[field]] as number;
  }

  /** Puts a string field unless it is empty. */
  putText(slot: number, bytes: Uint8Array, start: number, end: number): void {
    if (slot >= 0 && start < end) this.values.putString(slot, bytes, start, end);
  }

  /**
   * Puts an id as hex text unless it is empty or all zero; whether it is valid is not checked, but
   * for ids that are too long altogether: false.
   */
  putId(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { hex } = this;
    if (!hex.takes(end - start)) return false;
    if (slot < 0 || !isId(bytes, start, end)) return true;
    hex.add(bytes, start, end);
    this.values.putString(slot, hex.bytes, hex.start, hex.end);
    return true;
  }

  /** Puts an enum unless it is 0, which is its "unspecified". */
  putEnum(slot: number, value: number): void {
    if (slot >= 0 && value !== 0) this.values.putInt(slot, value >> 31, value);
  }
}
