// Makes one output from one input, front to back: everything that no call mentions is copied, in as
// few pieces as there are changes. It allocates nothing before the first change, keeps no list of
// changes, and holds no more than the output. No single step grows with the body: long ranges are
// copied at the end, a piece at a time. It knows no format.

import { copyBytes } from "./bytes.ts";
import { DeferredCopies } from "./deferred-copies.ts";

const NOTHING = new Uint8Array(0);
/** Room for what edits add, as a share of the input: an eighth; when it grows, a quarter. */
const SLACK_SHIFT = 3;
const GROWTH_SHIFT = 2;
/** From this size on, the room is as large as the input: unused pages cost nothing. */
const LARGE_BYTES_MIN = 8 << 20;
/** So much more of the input is loaded than is needed, and the distance that is kept from it. */
const LOAD_BYTES = 1 << 18;
/** A range from this size on is only copied at the end. */
const DEFERRED_BYTES_MIN = 1 << 18;
/** For fewer bytes, a loop is cheaper than a call. */
const CALL_BYTES_MIN = 24;

/**
 * Offsets refer to the input, positions to the output. The input is consumed in order: no call may
 * name offsets before those of the previous call.
 */
export class Rewriter {
  private input: Uint8Array = NOTHING;
  /**
   * The output grows from the front. After it, with room in between, are the bytes of the input
   * that were loaded but not consumed, up to `loaded`: so pieces of the input are moved within one
   * array, and no view has to be made.
   */
  private buffer: Uint8Array<ArrayBuffer> = NOTHING;
  /** Difference between an offset of the input and its place in the buffer. */
  private shift = 0;
  /** Offset up to which the input is in the buffer. */
  private loaded = 0;
  private used = 0;
  /** Position up to which the output may grow before it needs more room. */
  private limit = -1;
  private readonly deferred = new DeferredCopies();
  /** All of the input before this offset has been written, replaced or cut. */
  private read = 0;

  open(input: Uint8Array): void {
    this.input = input;
    this.buffer = NOTHING;
    this.used = this.read = this.shift = this.loaded = 0;
    this.limit = -1;
    this.deferred.clear();
  }

  /** Releases input and output. */
  release(): void {
    this.open(NOTHING);
  }

  /** Whether the input has been consumed beyond `offset`. */
  isBeyond(offset: number): boolean {
    return this.read > offset;
  }

  /** Where the byte at `offset`, which is not consumed yet, will be if it is copied. */
  positionOf(offset: number): number {
    return this.used + offset - this.read;
  }

  /** Bytes of the output from `position` on. */
  sizeFrom(position: number): number {
    return this.used - position;
  }

  /** Copies everything before `offset` that was not consumed. */
  copyTo(offset: number): void {
    const size = offset - this.read;
    if (size > 0 && (offset <= this.loaded || this.load(offset))) {
      const { buffer, used } = this;
      const from = this.read + this.shift;
      if (size < CALL_BYTES_MIN) {
        for (let i = 0; i < size; i++) buffer[used + i] = buffer[from + i] as number;
      } else buffer.copyWithin(used, from, from + size);
      this.used = used + size;
    }
    this.read = offset;
  }

  /** Leaves out everything before `offset` that was not consumed. */
  skipTo(offset: number): void {
    this.read = offset;
  }

  /** Replaces [start, end) of the input by bytes[from, to). */
  replace(start: number, end: number, bytes: Uint8Array, from: number, to: number): void {
    this.copyTo(start);
    this.read = end;
    this.reserve(to - from);
    this.used = copyBytes(bytes, from, to, this.buffer, this.used);
  }

  /**
   * Leaves [start, end) out. `position` is where `start` is in the output, asked for before
   * anything after it was consumed: everything that was written since then is removed.
   */
  cut(start: number, end: number, position: number): void {
    if (this.read >= start) {
      this.used = position;
      this.deferred.truncate(position);
    } else this.copyTo(start);
    this.read = end;
  }

  /** Replaces `size` bytes of the output that were written already by bytes[from, to). */
  splice(position: number, size: number, bytes: Uint8Array, from: number, to: number): void {
    const growth = to - from - size;
    this.reserve(growth);
    const { buffer, deferred, used } = this;
    if (!deferred.isEmpty) deferred.splice(buffer, position, size, growth, used);
    else if (growth !== 0) buffer.copyWithin(position + size + growth, position + size, used);
    copyBytes(bytes, from, to, buffer, position);
    this.used += growth;
  }

  /** Removes all written ranges but the first: ascending positions with their sizes. */
  cutAllButFirst(positions: readonly number[], sizes: readonly number[]): void {
    if (positions.length < 2) return;
    const { buffer } = this;
    this.deferred.copy(buffer, Infinity);
    let to = positions[1] as number;
    for (let i = 1; i < positions.length; i++) {
      const from = (positions[i] as number) + (sizes[i] as number);
      const end = positions[i + 1] ?? this.used;
      buffer.copyWithin(to, from, end);
      to += end - from;
    }
    this.used = to;
  }

  /**
   * Copies up to so many bytes of what is still to be copied up to the end of the input. Returns
   * whether nothing is left.
   */
  settle(bytesMax: number): boolean {
    this.copyTo(this.input.length);
    return this.deferred.copy(this.buffer, bytesMax);
  }

  /** The whole output, to the end of the input. */
  finish(): Uint8Array<ArrayBuffer> {
    this.settle(Infinity);
    return this.buffer.subarray(0, this.used);
  }

  /** Makes room for so many bytes before the rest of the input. */
  private reserve(size: number): void {
    if (this.used + size > this.limit) this.makeRoom(size);
  }

  private makeRoom(size: number): void {
    const { buffer, input, loaded, read, used } = this;
    const end = buffer.length - (input.length - read);
    if (used + size > end || buffer.length === 0) {
      this.grow(size);
    } else if (loaded <= read) {
      this.limit = end;
    } else {
      const from = read + this.shift;
      this.limit = from;
      if (used + size <= from) return;
      const to = Math.min(used + size + LOAD_BYTES, end);
      buffer.copyWithin(to, from, loaded + this.shift);
      this.limit = to;
      this.shift = to - read;
    }
  }

  private grow(size: number): void {
    const { buffer, deferred, input, read, used } = this;
    const rest = input.length - read;
    const needed = used + size + rest;
    const isLarge = needed >= LARGE_BYTES_MIN;
    let slack = needed >> (isLarge ? 0 : GROWTH_SHIFT);
    if (buffer.length === 0) slack = (input.length >> (isLarge ? 0 : SLACK_SHIFT)) + 64;
    const larger = new Uint8Array(needed + slack);
    if (used >= DEFERRED_BYTES_MIN || !deferred.isEmpty) deferred.defer(buffer, used);
    else larger.set(buffer.subarray(0, used));
    this.buffer = larger;
    this.loaded = read;
    this.limit = larger.length - rest;
  }

  /** Loads what comes before `offset`, and more; or defers it, and returns false. */
  private load(offset: number): boolean {
    if (this.buffer.length === 0) this.grow(0);
    const { input, buffer, read, used } = this;
    const size = offset - read;
    if (size >= DEFERRED_BYTES_MIN) {
      this.deferred.add(used, size, input, read);
      this.used = used + size;
      this.limit = -1;
      return false;
    }
    const to = Math.min(offset + LOAD_BYTES, input.length);
    const at = Math.min(used + LOAD_BYTES, buffer.length - (input.length - read));
    const isAll = read === 0 && to === input.length;
    buffer.set(isAll ? input : input.subarray(read, to), at);
    this.limit = at;
    this.shift = at - read;
    this.loaded = to;
    return true;
  }
}
