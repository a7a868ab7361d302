// The body of a Datadog log, as found or unescaped, held until it is put.

import type { Scratch } from "../../../core/json/index.ts";
import type { FieldValues } from "../../../policy/record-port.ts";
import { putElements, putFound } from "../../dotted/resolved-values.ts";
import { Found } from "../../dotted/scan-result.ts";

const NOTHING = new Uint8Array(0);

/** One body; bytes are borrowed. */
export class LogBody {
  private kind = 0;
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;

  set(kind: number, bytes: Uint8Array, start: number, end: number): void {
    this.kind = kind;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /**
   * `elements`: room for the elements of an array, which are put as well; undefined: they are not.
   */
  put(values: FieldValues, slot: number, elements: Scratch | undefined): void {
    const { bytes, end, kind, start } = this;
    if (slot < 0) return;
    if (!values.has(slot)) {
      putFound(values, slot, kind, bytes, start, end);
      if (kind !== Found.array || elements === undefined) return;
      putElements(values.elements, slot, bytes, start, elements);
    } else if (kind === Found.string) values.addString(slot, bytes, start, end);
  }
}
