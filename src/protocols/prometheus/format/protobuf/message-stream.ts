// Cuts a protobuf exposition into its messages, each preceded by its length, wherever the chunks
// end. Memory is bounded: nothing is held of a message that is too long.

import { VARINT_BYTES_MAX } from "../../../../core/protobuf/index.ts";
import { ByteBuffer } from "../byte-buffer.ts";

/** Takes messages that are each preceded by their length, whatever chunks they come in. */
export interface MessageTaker {
  /** Takes the message bytes[start, end), whose length is written at `lengthAt`, in steps. */
  message(
    bytes: Uint8Array,
    lengthAt: number,
    start: number,
    end: number,
  ): Generator<undefined, void>;
  /** Takes a piece of a message that is too long. */
  long(bytes: Uint8Array, start: number, end: number, isFirst: boolean): void;
  /** Takes bytes after which no message can be found any more. */
  lost(bytes: Uint8Array, start: number, end: number, isFirst: boolean): void;
}

/** Returned by `lengthOf` if there is no complete length. */
const CUT_OFF = -1;
const NO_LENGTH = -2;

export class MessageStream {
  private readonly taker: MessageTaker;
  private readonly bytesMax: number;
  /** The beginning of a message whose end has not come yet. */
  private readonly carry = new ByteBuffer(4096);
  /** Remaining bytes of a message that is too long. */
  private passing = 0;
  private isLost = false;
  /** Offset after the length that was read last. */
  private start = 0;

  /** `bytesMax`: the bound on one message. */
  constructor(taker: MessageTaker, bytesMax: number) {
    this.taker = taker;
    this.bytesMax = bytesMax;
  }

  *push(chunk: Uint8Array): Generator<undefined, void> {
    let at = 0;
    while (at < chunk.length) {
      if (this.isLost) {
        this.taker.lost(chunk, at, chunk.length, false);
        return;
      }
      if (this.passing > 0) {
        const end = Math.min(chunk.length, at + this.passing);
        this.taker.long(chunk, at, end, false);
        this.passing -= end - at;
        at = end;
      } else if (this.carry.length > 0) at = yield* this.goOn(chunk, at);
      else at = yield* this.take(chunk, at);
    }
  }

  /** The exposition is complete. */
  end(): void {
    const { carry } = this;
    if (carry.length > 0) this.taker.lost(carry.bytes, 0, carry.length, true);
    carry.clear();
  }

  /** Takes the message that begins at `at`, or its beginning. */
  private *take(chunk: Uint8Array, at: number): Generator<undefined, number> {
    const length = this.lengthOf(chunk, at, chunk.length);
    if (length === NO_LENGTH) return this.lose(chunk, at);
    const end = this.start + length;
    if (length >= 0 && length <= this.bytesMax && end <= chunk.length) {
      yield* this.taker.message(chunk, at, this.start, end);
      return end;
    }
    if (length > this.bytesMax) {
      this.taker.long(chunk, at, this.start, true);
      this.passing = length;
      return this.start;
    }
    this.carry.append(chunk, at, chunk.length);
    return chunk.length;
  }

  /** Continues the message whose beginning is carried; returns the position reached. */
  private *goOn(chunk: Uint8Array, at: number): Generator<undefined, number> {
    const { carry } = this;
    let length = this.lengthOf(carry.bytes, 0, carry.length);
    let from = at;
    while (length === CUT_OFF && from < chunk.length) {
      carry.append(chunk, from, from + 1);
      from++;
      length = this.lengthOf(carry.bytes, 0, carry.length);
    }
    if (length === CUT_OFF) return from;
    if (length === NO_LENGTH) {
      this.taker.lost(carry.bytes, 0, carry.length, true);
      this.isLost = true;
      carry.clear();
      return from;
    }
    if (length > this.bytesMax) {
      this.taker.long(carry.bytes, 0, carry.length, true);
      this.passing = length;
      carry.clear();
      return from;
    }
    const missing = this.start + length - carry.length;
    const end = Math.min(chunk.length, from + missing);
    carry.append(chunk, from, end);
    if (end - from === missing) {
      yield* this.taker.message(carry.bytes, 0, this.start, carry.length);
      carry.clear();
    }
    return end;
  }

  private lose(chunk: Uint8Array, at: number): number {
    this.taker.lost(chunk, at, chunk.length, true);
    this.isLost = true;
    return chunk.length;
  }

  /** Reads the length at `at`; leaves in `start` where the message begins. */
  private lengthOf(bytes: Uint8Array, at: number, end: number): number {
    let length = 0;
    let scale = 1;
    for (let i = at; i < end && i < at + VARINT_BYTES_MAX; i++) {
      const byte = bytes[i] as number;
      length += (byte & 0x7f) * scale;
      scale *= 0x80;
      if (byte < 0x80) {
        this.start = i + 1;
        return length <= Number.MAX_SAFE_INTEGER ? length : NO_LENGTH;
      }
    }
    return end - at >= VARINT_BYTES_MAX ? NO_LENGTH : CUT_OFF;
  }
}
