// What has arrived of a head, a chunk line or trailers until it is complete, in however many
// pieces: each byte is kept and scanned only once. It does not know what the lines say.

const LF = 0x0a;
const CR = 0x0d;

export class PendingLines {
  /** The complete line or block, after `take` has reported it. */
  text = "";
  /** The pieces, with spare room after them. */
  #kept: Buffer = Buffer.alloc(0);
  #size = 0;
  /** Where the last line begins. */
  #lineAt = 0;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  clear(): void {
    this.#size = 0;
  }

  /**
   * Takes bytes from `at` on: up to the end of a line, or of a block that ends with an empty line.
   * Returns where the rest begins, or -1 if the line or block is incomplete; it is then kept.
   * Undefined: it would exceed `bytesMax`.
   */
  take(bytes: Buffer, at: number, isBlock: boolean, bytesMax: number): number | undefined {
    const before = this.#size;
    if (before === 0) this.#lineAt = at;
    else this.#keep(bytes, at, Math.min(bytes.length, at + bytesMax + 1 - before));
    const all = before === 0 ? bytes : this.#kept.subarray(0, this.#size);
    const start = before === 0 ? at : 0;
    const end = isBlock ? this.#endOfBlock(all, start + before) : endOfLine(all, start + before);
    if (end !== -1) {
      this.text = all.toString("latin1", start, end);
      this.#size = 0;
      return at + end - start - before;
    }
    if (all.length - start > bytesMax) return undefined;
    if (before === 0) {
      this.#keep(bytes, at, bytes.length);
      this.#lineAt -= at;
    }
    return -1;
  }

  /** Makes a copy, because the bytes are only borrowed. */
  #keep(bytes: Buffer, start: number, end: number): void {
    const size = this.#size + end - start;
    if (size > this.#kept.length) {
      const larger = Buffer.allocUnsafe(2 * size);
      this.#kept.copy(larger, 0, 0, this.#size);
      this.#kept = larger;
    }
    bytes.copy(this.#kept, this.#size, start, end);
    this.#size = size;
  }

  /**
   * Offset after the empty line that ends a block of lines, or -1. The block may consist of that
   * line only. Its last line contains no line feed before `from`.
   */
  #endOfBlock(bytes: Buffer, from: number): number {
    for (let at = from; ; at = this.#lineAt) {
      const lf = bytes.indexOf(LF, at);
      if (lf === -1) return -1;
      const length = lf - this.#lineAt;
      if (length === 0 || (length === 1 && bytes[this.#lineAt] === CR)) return lf + 1;
      this.#lineAt = lf + 1;
    }
  }
}

function endOfLine(bytes: Buffer, from: number): number {
  return bytes.indexOf(LF, from) + 1 || -1;
}
