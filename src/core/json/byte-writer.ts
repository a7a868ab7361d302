// A growing byte array that is written from its start.

/** Collects bytes; `finish` hands them out. */
export class ByteWriter {
  private bytes: Uint8Array<ArrayBuffer>;
  private used = 0;

  /** `bytesExpected`: first size; right from the start it saves all copies. */
  constructor(bytesExpected = 256) {
    this.bytes = new Uint8Array(bytesExpected);
  }

  private reserve(length: number): void {
    if (this.used + length <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.used + length, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.used));
    this.bytes = larger;
  }

  /** Appends source[start, end). */
  copy(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    const { bytes, used } = this;
    // For a few bytes a loop is cheaper than making a view.
    if (length <= 32) {
      for (let i = 0; i < length; i++) bytes[used + i] = source[start + i] as number;
    } else bytes.set(source.subarray(start, end), used);
    this.used = used + length;
  }

  /** Appends one byte. */
  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.used++] = value;
  }

  /** Begins anew in the same memory. */
  clear(): void {
    this.used = 0;
  }

  /** A copy of what was written; the writer can be used again. */
  copyOut(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.used);
  }

  /** What was written, as an array of just that length. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.used === this.bytes.length ? this.bytes : this.bytes.slice(0, this.used);
  }
}
