// Lines that wait to be written, in memory of their own, and the last ticket among them.

/** Grows for what is larger than its first size, and is made small again when it is empty. */
export class LineBuffer {
  readonly #bytesMin: number;
  bytes: Uint8Array<ArrayBuffer>;
  /** bytes[0, used) waits. */
  used = 0;
  /** Of the lines that were added last; 0: none. */
  ticket = 0;

  constructor(bytesMin: number) {
    this.#bytesMin = bytesMin;
    this.bytes = new Uint8Array(bytesMin);
  }

  get isEmpty(): boolean {
    return this.ticket === 0;
  }

  /** Whether there is room; anything has in an empty one. */
  hasRoomFor(length: number): boolean {
    return this.used === 0 || this.used + length <= this.bytes.length;
  }

  add(lines: Uint8Array, ticket: number): void {
    const needed = this.used + lines.length;
    if (needed > this.bytes.length) this.bytes = new Uint8Array(needed);
    this.bytes.set(lines, this.used);
    this.used = needed;
    this.ticket = ticket;
  }

  clear(): void {
    this.used = 0;
    this.ticket = 0;
    if (this.bytes.length > this.#bytesMin) this.bytes = new Uint8Array(this.#bytesMin);
  }
}
