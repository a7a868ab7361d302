// Backslash escapes of quoted names, label values and help texts, written out into a buffer that
// lives as long as the line. Unknown escapes stay as they are, as Prometheus reads them.

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const LOWER_N = 0x6e;
const NEWLINE = 0x0a;

export class UnescapeBuffer {
  /** The array with the last text; a longer text may have moved to another array. */
  bytes: Uint8Array = new Uint8Array(1024);
  private used = 0;

  /** Forgets all texts: the next ones overwrite them. */
  reset(): void {
    this.used = 0;
  }

  /**
   * Writes bytes[start, end) without its escapes: `\\`, `\n`, and with `quotes` also `\"`. Returns
   * where it begins in `this.bytes`; it ends at `this.end`.
   */
  write(bytes: Uint8Array, start: number, end: number, quotes: boolean): number {
    if (this.used + end - start > this.bytes.length) {
      // Earlier texts are still borrowed from the array that is left behind.
      this.bytes = new Uint8Array(Math.max(this.bytes.length * 2, end - start));
      this.used = 0;
    }
    const out = this.bytes;
    const from = this.used;
    let to = from;
    for (let i = start; i < end; i++) {
      let byte = bytes[i] as number;
      if (byte === BACKSLASH && i + 1 < end) {
        const next = bytes[i + 1] as number;
        if (next === BACKSLASH || (next === QUOTE && quotes)) byte = next;
        else if (next === LOWER_N) byte = NEWLINE;
        if (byte !== BACKSLASH || next === BACKSLASH) i++;
      }
      out[to++] = byte;
    }
    this.used = to;
    return from;
  }

  /** Where the last text ends. */
  get end(): number {
    return this.used;
  }
}
