// One output made from one input, front to back: what is not named is copied, in as few pieces as
// there are changes. It allocates nothing before the first change, keeps no list of changes, and
// holds no more than the output. It knows no format.

import { copyBytes } from "../../../core/bytes.ts";

const NOTHING = new Uint8Array(0);
/** Room for what edits add, as a part of the input: an eighth; when it grows, a quarter. */
const SLACK_SHIFT = 3;
const GROWTH_SHIFT = 2;

/**
 * Offsets are of the input, positions of the output. The input is consumed in order: each call
 * names offsets that are not before those of the last.
 */
export class Rewriter {
  private input: Uint8Array = NOTHING;
  private out: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  private used = 0;
  /** Everything of the input before this offset is written, replaced or cut. */
  private read = 0;

  open(input: Uint8Array): void {
    this.input = input;
    this.used = 0;
    this.read = 0;
  }

  /** Lets go of input and output. */
  release(): void {
    this.input = NOTHING;
    this.out = new Uint8Array(0);
    this.used = this.read = 0;
  }

  /** Whether the input has been consumed beyond `offset`. */
  isBeyond(offset: number): boolean {
    return this.read > offset;
  }

  /** Where the byte at `offset`, which is not consumed yet, is going to be if it is copied. */
  positionOf(offset: number): number {
    return this.used + offset - this.read;
  }

  /** Bytes of the output from `position` on. */
  sizeFrom(position: number): number {
    return this.used - position;
  }

  /** Copies all that was not consumed before `offset`. */
  copyTo(offset: number): void {
    if (offset > this.read) this.write(this.input, this.read, offset);
    this.read = offset;
  }

  /** Leaves out all that was not consumed before `offset`. */
  skipTo(offset: number): void {
    this.read = offset;
  }

  /** Puts bytes[from, to) in place of [start, end) of the input. */
  replace(start: number, end: number, bytes: Uint8Array, from: number, to: number): void {
    this.copyTo(start);
    this.write(bytes, from, to);
    this.read = end;
  }

  /**
   * Leaves [start, end) out. `position` is where `start` is in the output, asked for before
   * anything behind it was consumed: all that was written since then is taken back.
   */
  cut(start: number, end: number, position: number): void {
    if (this.read > start) this.used = position;
    else this.copyTo(start);
    this.read = end;
  }

  /** Puts bytes[from, to) in place of `size` bytes of the output that are written already. */
  splice(position: number, size: number, bytes: Uint8Array, from: number, to: number): void {
    const growth = to - from - size;
    this.reserve(growth);
    if (growth !== 0) this.out.copyWithin(position + size + growth, position + size, this.used);
    copyBytes(bytes, from, to, this.out, position);
    this.used += growth;
  }

  /** Takes written ranges out, all but the first: ascending positions with their sizes. */
  cutAllButFirst(positions: readonly number[], sizes: readonly number[]): void {
    if (positions.length < 2) return;
    const { out } = this;
    let to = positions[1] as number;
    for (let i = 1; i < positions.length; i++) {
      const from = (positions[i] as number) + (sizes[i] as number);
      const end = positions[i + 1] ?? this.used;
      out.copyWithin(to, from, end);
      to += end - from;
    }
    this.used = to;
  }

  /** The whole output, to the end of the input. */
  finish(): Uint8Array<ArrayBuffer> {
    this.copyTo(this.input.length);
    return this.out.subarray(0, this.used);
  }

  private write(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.used = copyBytes(source, start, end, this.out, this.used);
  }

  private reserve(size: number): void {
    const needed = this.used + size;
    if (needed <= this.out.length) return;
    const { length } = this.input;
    const first = length + (length >> SLACK_SHIFT) + 64;
    const room =
      this.out.length === 0 ? Math.max(first, needed) : needed + (needed >> GROWTH_SHIFT);
    const larger = new Uint8Array(room);
    larger.set(this.out.subarray(0, this.used));
    this.out = larger;
  }
}
