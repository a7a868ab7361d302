// The nested length-delimited fields around an edit: when the innermost changes its size, so do all
// others. Only offsets, reused from edit to edit.

import type { EditedText } from "../../../../core/edited-text.ts";
import { grownInts } from "../../../../core/bytes.ts";
import { VARINT_BYTES_MAX, varintSize, writeVarint } from "../../../../core/protobuf/index.ts";

/** Where a field has its length, where its payload begins, and where that ends. */
const WIDTH = 3;

export class NestedLengths {
  private rows = new Int32Array(WIDTH * 8);
  private count = 0;

  /** Begins with nothing around it. */
  clear(): void {
    this.count = 0;
  }

  /** Adds a field inside of those before. */
  add(lengthAt: number, start: number, stop: number): void {
    const row = this.count++ * WIDTH;
    if (row === this.rows.length) this.rows = grownInts(this.rows, row * 2);
    this.rows[row] = lengthAt;
    this.rows[row + 1] = start;
    this.rows[row + 2] = stop;
  }

  /** Has all of them tell their sizes, when what is inside of them grew by so many bytes. */
  patch(edits: EditedText, growth: number): void {
    const { rows } = this;
    let more = growth;
    for (let row = (this.count - 1) * WIDTH; row >= 0; row -= WIDTH) {
      const lengthAt = rows[row] as number;
      const start = rows[row + 1] as number;
      const size = (rows[row + 2] as number) - start + more;
      edits.replace(lengthAt, start);
      edits.reserve(VARINT_BYTES_MAX);
      edits.wrote(writeVarint(edits.store, edits.stored, size));
      more += varintSize(size) - (start - lengthAt);
    }
  }
}
