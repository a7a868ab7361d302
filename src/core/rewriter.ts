// One output made from one input, front to back: what is not named is copied, in as few pieces as
// there are changes. It allocates nothing before the first change, keeps no list of changes, and
// holds no more than the output. It knows no format.

import { copyBytes } from "./bytes.ts";

const NOTHING = new Uint8Array(0);
/** Room for what edits add, as a part of the input: an eighth; when it grows, a quarter. */
const SLACK_SHIFT = 3;
const GROWTH_SHIFT = 2;
/** Of the input behind what is needed so much is taken over with it: pages are used when needed. */
const LOAD_BYTES = 1 << 18;
/** For fewer bytes a loop is cheaper than a call. */
const CALL_BYTES_MIN = 24;

/**
 * Offsets are of the input, positions of the output. The input is consumed in order: each call
 * names offsets that are not before those of the last.
 */
export class Rewriter {
  private input: Uint8Array = NOTHING;
  /**
   * The output grows from its front; what of the input was not consumed is at its back, as far as
   * it is loaded. So pieces of the input are moved inside of one array, for which no view has to be
   * made.
   */
  private buffer: Uint8Array<ArrayBuffer> = NOTHING;
  /** From an offset of the input to its position in the buffer. */
  private shift = 0;
  /** Offset of the input up to which the buffer has it. */
  private loaded = 0;
  private used = 0;
  /** Everything of the input before this offset is written, replaced or cut. */
  private read = 0;

  open(input: Uint8Array): void {
    this.input = input;
    this.buffer = NOTHING;
    this.used = this.read = this.shift = this.loaded = 0;
  }

  /** Lets go of input and output. */
  release(): void {
    this.open(NOTHING);
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
    const size = offset - this.read;
    if (size > 0) {
      if (this.buffer.length === 0) this.grow(0);
      if (offset > this.loaded) this.load(offset);
      const { buffer, used } = this;
      const from = this.read + this.shift;
      if (size < CALL_BYTES_MIN) {
        for (let i = 0; i < size; i++) buffer[used + i] = buffer[from + i] as number;
      } else buffer.copyWithin(used, from, from + size);
      this.used = used + size;
    }
    this.read = offset;
  }

  /** Leaves out all that was not consumed before `offset`. */
  skipTo(offset: number): void {
    this.read = offset;
  }

  /** Puts bytes[from, to) in place of [start, end) of the input. */
  replace(start: number, end: number, bytes: Uint8Array, from: number, to: number): void {
    this.copyTo(start);
    this.read = end;
    this.reserve(to - from);
    this.used = copyBytes(bytes, from, to, this.buffer, this.used);
  }

  /**
   * Leaves [start, end) out. `position` is where `start` is in the output, asked for before
   * anything behind it was consumed: all that was written since then is taken back.
   */
  cut(start: number, end: number, position: number): void {
    if (this.read >= start) this.used = position;
    else this.copyTo(start);
    this.read = end;
  }

  /** Puts bytes[from, to) in place of `size` bytes of the output that are written already. */
  splice(position: number, size: number, bytes: Uint8Array, from: number, to: number): void {
    const growth = to - from - size;
    this.reserve(growth);
    const { buffer } = this;
    if (growth !== 0) buffer.copyWithin(position + size + growth, position + size, this.used);
    copyBytes(bytes, from, to, buffer, position);
    this.used += growth;
  }

  /** Takes written ranges out, all but the first: ascending positions with their sizes. */
  cutAllButFirst(positions: readonly number[], sizes: readonly number[]): void {
    if (positions.length < 2) return;
    const { buffer } = this;
    let to = positions[1] as number;
    for (let i = 1; i < positions.length; i++) {
      const from = (positions[i] as number) + (sizes[i] as number);
      const end = positions[i + 1] ?? this.used;
      buffer.copyWithin(to, from, end);
      to += end - from;
    }
    this.used = to;
  }

  /** The whole output, to the end of the input. */
  finish(): Uint8Array<ArrayBuffer> {
    this.copyTo(this.input.length);
    return this.buffer.subarray(0, this.used);
  }

  /** Makes room for that many bytes before the rest of the input. */
  private reserve(size: number): void {
    const isFull = this.used + size > this.read + this.shift;
    if (isFull || this.buffer.length === 0) this.grow(size);
  }

  private grow(size: number): void {
    const { buffer, input, read, used } = this;
    const needed = used + size + input.length - read;
    const isFirst = buffer.length === 0;
    const slack = isFirst ? (input.length >> SLACK_SHIFT) + 64 : needed >> GROWTH_SHIFT;
    const larger = new Uint8Array(needed + slack);
    larger.set(buffer.subarray(0, used));
    this.buffer = larger;
    this.shift = larger.length - input.length;
    this.loaded = read;
  }

  private load(offset: number): void {
    const { input, buffer, shift } = this;
    const from = Math.max(this.loaded, this.read);
    const to = Math.min(offset + LOAD_BYTES, input.length);
    const isAll = from === 0 && to === input.length;
    buffer.set(isAll ? input : input.subarray(from, to), from + shift);
    this.loaded = to;
  }
}
