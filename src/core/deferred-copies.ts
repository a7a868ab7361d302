// Ranges of an output that have been decided on but not copied yet: each stands for as many bytes
// of another array. So a long range costs nothing at first, and is copied later, one piece at a
// time. Knows neither input nor output.

interface DeferredCopy {
  /** Position in the output. */
  at: number;
  size: number;
  readonly source: Uint8Array;
  from: number;
}

/** Ranges in order, without overlaps. The parts of the output that are in no range are present. */
export class DeferredCopies {
  private copies: DeferredCopy[] = [];

  get isEmpty(): boolean {
    return this.copies.length === 0;
  }

  clear(): void {
    if (this.copies.length > 0) this.copies = [];
  }

  /** Adds a range after all others: [at, at + size) is source[from, from + size). */
  add(at: number, size: number, source: Uint8Array, from: number): void {
    this.copies.push({ at, size, source, from });
  }

  /** Cuts the output at `position`. */
  truncate(position: number): void {
    const { copies } = this;
    for (;;) {
      const last = copies.at(-1);
      if (last === undefined || last.at + last.size <= position) return;
      if (last.at < position) {
        last.size = position - last.at;
        return;
      }
      copies.pop();
    }
  }

  /** All parts of [0, used) that were present in the output are now in `source` instead. */
  defer(source: Uint8Array, used: number): void {
    const { copies } = this;
    this.copies = [];
    let at = 0;
    for (const copy of copies) {
      if (copy.at > at) this.add(at, copy.at - at, source, at);
      this.copies.push(copy);
      at = copy.at + copy.size;
    }
    if (used > at) this.add(at, used - at, source, at);
  }

  /**
   * Makes [position, position + size) of an output that ends at `used` longer by `growth` bytes:
   * everything after it moves. Whatever is in that range afterwards counts as present.
   */
  splice(buffer: Uint8Array, position: number, size: number, growth: number, used: number): void {
    const end = position + size;
    const moved: [from: number, to: number][] = [];
    const copies: DeferredCopy[] = [];
    let at = end;
    for (const copy of this.copies) {
      const copyEnd = copy.at + copy.size;
      if (copy.at < position) copies.push({ ...copy, size: Math.min(copyEnd, position) - copy.at });
      if (copyEnd <= end) continue;
      const start = Math.max(copy.at, end);
      const from = copy.from + start - copy.at;
      copies.push({ at: start + growth, size: copyEnd - start, source: copy.source, from });
      if (start > at) moved.push([at, start]);
      at = copyEnd;
    }
    if (used > at) moved.push([at, used]);
    this.copies = copies;
    if (growth === 0) return;
    // No part may overwrite one that is still to be moved.
    if (growth > 0) moved.reverse();
    for (const [from, to] of moved) buffer.copyWithin(from + growth, from, to);
  }

  /** Copies up to so many bytes into the output. Returns whether nothing is left. */
  copy(buffer: Uint8Array, bytesMax: number): boolean {
    const { copies } = this;
    for (let left = bytesMax; left > 0;) {
      const last = copies.at(-1);
      if (last === undefined) return true;
      const { at, source, from } = last;
      const size = Math.min(last.size, left);
      last.size -= size;
      left -= size;
      const start = from + last.size;
      buffer.set(source.subarray(start, start + size), at + last.size);
      if (last.size === 0) copies.pop();
    }
    return this.isEmpty;
  }
}
