// A growing byte array that is filled, read in place, and filled again.

import { copyBytes } from "../../../core/bytes.ts";

export class ByteBuffer {
  bytes: Uint8Array;
  length = 0;

  constructor(bytesExpected: number) {
    this.bytes = new Uint8Array(bytesExpected);
  }

  clear(): void {
    this.length = 0;
  }

  /** Appends source[start, end). */
  append(source: Uint8Array, start: number, end: number): void {
    const added = end - start;
    const needed = this.length + added;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    copyBytes(source, start, end, this.bytes, this.length);
    this.length = needed;
  }
}
