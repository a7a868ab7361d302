// Cuts the chunks of an exposition into lines, wherever the chunks end. A line ends at its newline,
// except at one within quotes. Memory is bounded: nothing is held of a line that is too long.

import { LINE_BYTES_MAX } from "../../../core/limits.ts";
import { ByteBuffer } from "./byte-buffer.ts";
import { BROKEN, MORE, OpenString } from "./open-string.ts";

const NEWLINE = 0x0a;
const HASH = 0x23;

export const LineMode = {
  /** Up to the first newline; if a string is open there, the line must not be taken yet. */
  mayGoOn: 0,
  /** Up to the first newline, whatever it is. */
  single: 1,
  /** Up to a newline after the strings; if it cannot be read as one line, it must not be taken. */
  joined: 2,
} as const;
/** The number of what is done with the current line. */
export type LineModeIndex = (typeof LineMode)[keyof typeof LineMode];

/** Returned by a taker that has taken a line. */
export const TAKEN = -1;

/** Takes lines, whatever chunks they come in. */
export interface LineTaker {
  /** Whether nothing more is wanted. */
  readonly isFull: boolean;
  /** From here to `leave`, lines refer to `bytes`. */
  begin(bytes: Uint8Array): void;
  leave(): void;
  /**
   * Takes the line bytes[start, stop), which is forwarded as bytes[start, next). Returns TAKEN, or
   * where the open string begins, after its quote.
   */
  line(bytes: Uint8Array, start: number, stop: number, next: number, mode: LineModeIndex): number;
  /** Takes a piece of a line that is too long. */
  long(bytes: Uint8Array, start: number, end: number, isFirst: boolean): void;
}

export class LineStream {
  private readonly taker: LineTaker;
  /** The beginning of a line whose end has not come yet. */
  private readonly carry = new ByteBuffer(4096);
  private readonly openString = new OpenString();
  /**
   * Whether the line in `carry` continues in a string, which is followed to the end of the received
   * bytes.
   */
  private isFollowing = false;
  /** Whether the current position is inside a line that is too long. */
  private isPassing = false;
  /** How many bytes came before the current chunk, and before the carried ones. */
  private chunkAt = 0;
  private carryAt = 0;
  /** Where the last line began whose string was followed in vain; it is taken by itself. */
  private vainAt = -1;
  /**
   * Bytes over which strings were followed in vain. Bounded by roughly what has been received:
   * quotes that are never closed at most double the cost of everything else.
   */
  private vainBytes = 0;

  constructor(taker: LineTaker) {
    this.taker = taker;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && (this.isPassing || this.carry.length > 0)) {
      at = this.goOn(chunk, at);
    }
    if (at < chunk.length) {
      const rest = this.takeLines(chunk, at, chunk.length, this.chunkAt, false);
      this.start(chunk, rest);
    }
    this.chunkAt += chunk.length;
  }

  /** The exposition is complete; its last line may lack a newline. */
  end(): void {
    const { carry } = this;
    if (this.isFollowing && this.openString.isComplete && this.takeJoined()) return;
    this.isFollowing = false;
    this.vainBytes = Number.POSITIVE_INFINITY;
    this.takeLines(carry.bytes, 0, carry.length, this.carryAt, true);
    carry.clear();
  }

  /** Takes the lines of bytes[start, end); returns where the incomplete one begins. */
  private takeLines(
    bytes: Uint8Array,
    start: number,
    end: number,
    bytesAt: number,
    isLast: boolean,
  ): number {
    const { taker } = this;
    taker.begin(bytes);
    let at = start;
    while (at < end && !taker.isFull) {
      const newline = bytes.indexOf(NEWLINE, at);
      const isWhole = newline >= 0 && newline < end;
      if (!isWhole && !isLast) break;
      const stop = isWhole ? newline : end;
      const next = isWhole ? newline + 1 : end;
      if (stop - at > LINE_BYTES_MAX) taker.long(bytes, at, next, true);
      else {
        const mode = this.vainBytes === 0 ? LineMode.mayGoOn : this.modeOf(bytesAt + at);
        const openAt = taker.line(bytes, at, stop, next, mode);
        if (openAt !== TAKEN) {
          const joinedEnd = this.join(bytes, at, openAt, end);
          if (joinedEnd === MORE) break;
          if (joinedEnd !== BROKEN) {
            at = joinedEnd;
            continue;
          }
          taker.line(bytes, at, stop, next, LineMode.single);
        }
      }
      at = next;
    }
    taker.leave();
    return taker.isFull ? end : at;
  }

  private modeOf(lineAt: number): LineModeIndex {
    const isVain = lineAt === this.vainAt || this.vainBytes > lineAt + LINE_BYTES_MAX;
    return isVain ? LineMode.single : LineMode.mayGoOn;
  }

  /** Takes the line that begins at `start` and ends after its strings; returns its end. */
  private join(bytes: Uint8Array, start: number, openAt: number, end: number): number {
    const { openString } = this;
    openString.begin(isMetadata(bytes, start));
    const limit = Math.min(end, start + LINE_BYTES_MAX + 1);
    const found = openString.scan(bytes, openAt, limit);
    if (found === MORE && limit === end) {
      this.isFollowing = true;
      return MORE;
    }
    const isTaken =
      found >= 0 && this.taker.line(bytes, start, found - 1, found, LineMode.joined) === TAKEN;
    if (isTaken) return found;
    this.vainBytes += (found >= 0 ? found : openString.at) - start;
    return BROKEN;
  }

  /** Takes the carried bytes as one line, or leaves them there. */
  private takeJoined(): boolean {
    const { carry, taker } = this;
    const { bytes, length } = carry;
    const stop = bytes[length - 1] === NEWLINE ? length - 1 : length;
    taker.begin(bytes);
    const isTaken = taker.line(bytes, 0, stop, length, LineMode.joined) === TAKEN;
    taker.leave();
    this.isFollowing = false;
    if (isTaken) carry.clear();
    return isTaken;
  }

  /** Continues the line that earlier chunks began; returns the position reached. */
  private goOn(chunk: Uint8Array, at: number): number {
    if (this.isFollowing) return this.follow(chunk, at);
    const newline = chunk.indexOf(NEWLINE, at);
    const end = newline < 0 ? chunk.length : newline + 1;
    if (this.isPassing) {
      this.taker.long(chunk, at, end, false);
      this.isPassing = newline < 0;
      return end;
    }
    const { carry } = this;
    if (carry.length + (newline < 0 ? end : newline) - at > LINE_BYTES_MAX) {
      this.pass();
      return at;
    }
    carry.append(chunk, at, end);
    if (newline >= 0) this.drain();
    return end;
  }

  /** Follows a string into the chunk. */
  private follow(chunk: Uint8Array, at: number): number {
    const { carry, openString } = this;
    const limit = Math.min(chunk.length, at + Math.max(0, LINE_BYTES_MAX + 1 - carry.length));
    const found = openString.scan(chunk, at, limit);
    if (found === MORE && limit === chunk.length) {
      carry.append(chunk, at, limit);
      return limit;
    }
    if (found >= 0) {
      carry.append(chunk, at, found);
      if (this.takeJoined()) return found;
    }
    this.isFollowing = false;
    this.vainAt = this.carryAt;
    this.vainBytes += carry.length + Math.max(0, openString.at - at);
    this.drain();
    return found >= 0 ? found : at;
  }

  /** Takes the carried lines, and keeps the rest. */
  private drain(): void {
    const { carry } = this;
    const rest = this.takeLines(carry.bytes, 0, carry.length, this.carryAt, false);
    carry.bytes.copyWithin(0, rest, carry.length);
    carry.length -= rest;
    this.carryAt += rest;
  }

  /** Carries the beginning of the chunk's last line. */
  private start(chunk: Uint8Array, start: number): void {
    if (start === chunk.length) return;
    this.carry.append(chunk, start, chunk.length);
    this.carryAt = this.chunkAt + start;
    if (this.carry.length > LINE_BYTES_MAX && !this.isFollowing) this.pass();
  }

  /** Hands on the beginning of a line that is too long. */
  private pass(): void {
    const { carry } = this;
    this.taker.long(carry.bytes, 0, carry.length, true);
    this.isPassing = true;
    carry.clear();
  }
}

function isMetadata(bytes: Uint8Array, start: number): boolean {
  let at = start;
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at++;
  return bytes[at] === HASH;
}
