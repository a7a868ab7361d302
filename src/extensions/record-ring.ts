// Shared memory through which packets of records pass from one thread to another, in order: one
// thread writes, one reads, and neither waits for the other. Must not know what is in a packet.

import { RECORD_RING_BYTES } from "../core/limits.ts";

/**
 * Words before the packets. `written` and `read` are sums of words, which wrap around at 2^32. The
 * reader's position is `readAt`, or the front while `isRewound` is set.
 */
const Head = { written: 0, read: 1, readAt: 2, isRewound: 3, isAsleep: 4, words: 5 } as const;
const WORD_BYTES = 4;
/** Written in place of a packet's length: the next packet is at the front. */
const SKIP = -1;
/** Before each packet: its length in words. */
const LENGTH_WORDS = 1;

/**
 * Memory for one ring whose reader has to be woken. Only parts that were written to take memory.
 */
export function createRecordRing(bytes: number = RECORD_RING_BYTES): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(Head.words * WORD_BYTES + bytes);
  new Int32Array(memory, 0, Head.words)[Head.isAsleep] = 1;
  return memory;
}

class Ring {
  readonly head: Int32Array;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.head = new Int32Array(memory, 0, Head.words);
    this.words = new Int32Array(memory, Head.words * WORD_BYTES);
    this.bytes = new Uint8Array(memory, Head.words * WORD_BYTES);
  }

  get isEmpty(): boolean {
    return this.waitingWords === 0;
  }

  get waitingWords(): number {
    return (Atomics.load(this.head, Head.written) - Atomics.load(this.head, Head.read)) | 0;
  }
}

export class RingWriter {
  /** Where packets are written, by words and by bytes: only what was reserved. */
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly #ring: Ring;
  /** The position after the last packet. */
  #at = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#ring = new Ring(memory);
    this.words = this.#ring.words;
    this.bytes = this.#ring.bytes;
  }

  /** Bytes of packets that the reader has not taken yet. */
  get waitingBytes(): number {
    return this.#ring.waitingWords * WORD_BYTES;
  }

  get isEmpty(): boolean {
    return this.#ring.isEmpty;
  }

  /** The word at which a packet of this many words may be written; undefined: there is no room. */
  reserve(packetWords: number): number | undefined {
    const words = packetWords + LENGTH_WORDS;
    const start = this.#startFor(words);
    if (start === undefined) return undefined;
    if (start !== this.#at && this.#at < this.words.length) this.words[this.#at] = SKIP;
    this.words[start] = packetWords;
    this.#at = start + words;
    return start + LENGTH_WORDS;
  }

  /** Makes the last reservation readable. Returns whether the reader must be woken for it. */
  publish(packetWords: number): boolean {
    const { head } = this.#ring;
    Atomics.add(head, Head.written, packetWords + LENGTH_WORDS);
    return Atomics.load(head, Head.isAsleep) === 1 && this.wake();
  }

  /** Returns whether the reader was asleep, and marks it as awake: it must be told now. */
  wake(): boolean {
    return Atomics.compareExchange(this.#ring.head, Head.isAsleep, 1, 0) === 1;
  }

  #startFor(words: number): number | undefined {
    const { head } = this.#ring;
    // Whenever nothing is waiting, writing starts again at the front, so that little memory is
    // touched.
    if (this.#ring.isEmpty && this.#at > 0) {
      Atomics.store(head, Head.isRewound, 1);
      this.#at = 0;
    }
    const readAt = Atomics.load(head, Head.isRewound) === 1 ? 0 : Atomics.load(head, Head.readAt);
    // After the reader's position; both ends never meet.
    if (this.#at < readAt) return this.#at + words < readAt ? this.#at : undefined;
    if (this.#at + words <= this.words.length) return this.#at;
    return words < readAt ? 0 : undefined;
  }
}

export class RingReader {
  readonly #ring: Ring;

  constructor(memory: SharedArrayBuffer) {
    this.#ring = new Ring(memory);
  }

  /** A copy of the next packet; undefined: there is none. */
  next(): Uint8Array<ArrayBuffer> | undefined {
    const { head, words, bytes } = this.#ring;
    if (this.#ring.isEmpty) return undefined;
    let at = Atomics.load(head, Head.isRewound) === 1 ? 0 : Atomics.load(head, Head.readAt);
    if (at === words.length || words[at] === SKIP) at = 0;
    const packetWords = words[at] as number;
    const start = at + LENGTH_WORDS;
    const end = start + packetWords;
    const packet = new Uint8Array(packetWords * WORD_BYTES);
    packet.set(bytes.subarray(start * WORD_BYTES, end * WORD_BYTES));
    // In this order, because a thread that sees the second must see the first.
    Atomics.store(head, Head.readAt, end);
    Atomics.store(head, Head.isRewound, 0);
    Atomics.add(head, Head.read, packetWords + LENGTH_WORDS);
    return packet;
  }

  /** From now on the reader must be woken; false: it must not sleep, because there is a packet. */
  sleep(): boolean {
    const { head } = this.#ring;
    Atomics.store(head, Head.isAsleep, 1);
    if (this.#ring.isEmpty) return true;
    Atomics.store(head, Head.isAsleep, 0);
    return false;
  }
}
