// Shared memory through which packets of records pass from one thread to another, in order: one
// thread writes, one reads, and neither waits for the other. Must not know what is in a packet.

import { RECORD_RING_BYTES } from "../core/limits.ts";

/**
 * Words before the packets. `written` and `read` are sums of words, which run over at 2^32. The
 * reader's place is `readAt`, or the front while `isRewound`.
 */
const Head = { written: 0, read: 1, readAt: 2, isRewound: 3, isAsleep: 4, words: 5 } as const;
const WORD_BYTES = 4;
/** In place of the length of a packet: the next one is at the front. */
const SKIP = -1;
/** Before each packet: how many words it has. */
const LENGTH_WORDS = 1;

/** Memory for one ring, whose reader is to be woken. Takes what was written to once, no more. */
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
  /** Where packets are written, by words and by bytes: what was reserved, and nothing else. */
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly #ring: Ring;
  /** Behind the last packet. */
  #at = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#ring = new Ring(memory);
    this.words = this.#ring.words;
    this.bytes = this.#ring.bytes;
  }

  /** Of packets that the reader has not taken yet. */
  get waitingBytes(): number {
    return this.#ring.waitingWords * WORD_BYTES;
  }

  get isEmpty(): boolean {
    return this.#ring.isEmpty;
  }

  /** The word at which a packet of so many words may be written; undefined: there is no room. */
  reserve(packetWords: number): number | undefined {
    const words = packetWords + LENGTH_WORDS;
    const start = this.#startFor(words);
    if (start === undefined) return undefined;
    if (start !== this.#at && this.#at < this.words.length) this.words[this.#at] = SKIP;
    this.words[start] = packetWords;
    this.#at = start + words;
    return start + LENGTH_WORDS;
  }

  /** What was reserved last is written. Whether the reader is to be woken for it. */
  publish(packetWords: number): boolean {
    const { head } = this.#ring;
    Atomics.add(head, Head.written, packetWords + LENGTH_WORDS);
    return Atomics.load(head, Head.isAsleep) === 1 && this.wake();
  }

  /** Whether the reader was asleep, and is to be told now that it is not. */
  wake(): boolean {
    return Atomics.compareExchange(this.#ring.head, Head.isAsleep, 1, 0) === 1;
  }

  #startFor(words: number): number | undefined {
    const { head } = this.#ring;
    // Whenever nothing waits it begins anew, so that little memory is ever touched.
    if (this.#ring.isEmpty && this.#at > 0) {
      Atomics.store(head, Head.isRewound, 1);
      this.#at = 0;
    }
    const readAt = Atomics.load(head, Head.isRewound) === 1 ? 0 : Atomics.load(head, Head.readAt);
    // Behind the reader; both ends never meet.
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
    // In this order: who sees the latter sees the former.
    Atomics.store(head, Head.readAt, end);
    Atomics.store(head, Head.isRewound, 0);
    Atomics.add(head, Head.read, packetWords + LENGTH_WORDS);
    return packet;
  }

  /** From now on it is to be woken; false: it may not, because there is a packet. */
  sleep(): boolean {
    const { head } = this.#ring;
    Atomics.store(head, Head.isAsleep, 1);
    if (this.#ring.isEmpty) return true;
    Atomics.store(head, Head.isAsleep, 0);
    return false;
  }
}
