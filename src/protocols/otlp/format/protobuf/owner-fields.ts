// Where a container's Resource or InstrumentationScope was written, which may come in several
// parts.

import type { FieldCursor } from "../../../../core/protobuf/index.ts";

/** Where the parts of the Resource or InstrumentationScope of one container are in the output. */
export class OwnerFields {
  readonly positions: number[] = [];
  readonly sizes: number[] = [];
  /** Bytes of the first one's tag, of which one is enough. */
  tagSize = 1;

  forget(): void {
    this.positions.length = 0;
    this.sizes.length = 0;
  }

  note({ fieldAt, lengthAt, stop }: FieldCursor, position: number): void {
    if (this.positions.length === 0) this.tagSize = lengthAt - fieldAt;
    this.positions.push(position);
    this.sizes.push(stop - fieldAt);
  }
}
