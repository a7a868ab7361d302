// What all threads know about each other at any time, in shared memory: whether the program is
// ready, and for each worker its requests in flight, a sign of life and the size of its heap.

import type { OtherThreads } from "../../pipeline/room/room.ts";

const READY = 0;
const WORDS_BEFORE_SLOTS = 1;
/**
 * Words of one worker's slot: requests not answered yet, answers still being sent, sign of life,
 * heap in KiB, requests that hold a slot among those in flight, those of them whose bodies are
 * still coming, KiB of bodies that are held, open connections.
 */
const Word = {
  unanswered: 0,
  sending: 1,
  beats: 2,
  heapKib: 3,
  held: 4,
  uploading: 5,
  bytesKib: 6,
  connections: 7,
  words: 8,
} as const;

/** What a worker tells with each sign of life. Sizes in bytes. */
export interface Beat {
  readonly pendingRequests: number;
  readonly heapBytes: number;
  readonly heldBytes: number;
  readonly connections: number;
}

/** What requests and connections hold. */
export interface Held {
  readonly requests: number;
  readonly bytes: number;
  readonly connections: number;
}

/** Among the reports for a fatal signal, whose first slot is the main thread's. */
export function crashSlotOf(slot: number): number {
  return slot + 1;
}

export class SharedState {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #slots: number;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#slots = (this.#words.length - WORDS_BEFORE_SLOTS) / Word.words;
  }

  static create(slots: number): SharedState {
    return new SharedState(
      new SharedArrayBuffer(
        (WORDS_BEFORE_SLOTS + slots * Word.words) * Int32Array.BYTES_PER_ELEMENT,
      ),
    );
  }

  get isReady(): boolean {
    return Atomics.load(this.#words, READY) === 1;
  }

  set isReady(isReady: boolean) {
    Atomics.store(this.#words, READY, isReady ? 1 : 0);
  }

  /** Requests in flight in all workers, answers that are still being sent included. */
  get inFlight(): number {
    let sum = 0;
    for (let slot = 0; slot < this.#slots; slot++) sum += this.inFlightOf(slot);
    return sum;
  }

  inFlightOf(slot: number): number {
    const at = wordOf(slot);
    return (
      Atomics.load(this.#words, at + Word.unanswered) + Atomics.load(this.#words, at + Word.sending)
    );
  }

  /** A worker took a request, or has answered it. */
  addUnanswered(slot: number, more: 1 | -1): void {
    Atomics.add(this.#words, wordOf(slot) + Word.unanswered, more);
  }

  /** A worker lives, and this many requests are in flight, answers being sent included. */
  beat(slot: number, { pendingRequests, heapBytes, heldBytes, connections }: Beat): void {
    const at = wordOf(slot);
    // Whatever failed between a request and its response must not count for ever.
    if (pendingRequests === 0) Atomics.store(this.#words, at + Word.unanswered, 0);
    const unanswered = Atomics.load(this.#words, at + Word.unanswered);
    Atomics.store(this.#words, at + Word.sending, Math.max(0, pendingRequests - unanswered));
    Atomics.store(this.#words, at + Word.heapKib, Math.round(heapBytes / 1024));
    Atomics.store(this.#words, at + Word.bytesKib, Math.ceil(heldBytes / 1024));
    Atomics.store(this.#words, at + Word.connections, connections);
    Atomics.add(this.#words, at + Word.beats, 1);
  }

  /** JavaScript heaps of all workers in use. */
  get heapBytes(): number {
    return this.#sum(Word.heapKib) * 1024;
  }

  /** What requests and connections of all workers hold, in whole KiB. */
  get held(): Held {
    const requests = this.#sum(Word.held);
    const bytes = this.#sum(Word.bytesKib) * 1024;
    return { requests, bytes, connections: this.#sum(Word.connections) };
  }

  /** What the room of the worker in `slot` has to know of the others, and they of it. */
  othersOf(slot: number): OtherThreads {
    return {
      inFlight: () => this.#sumOfOthers(slot, Word.held),
      uploading: () => this.#sumOfOthers(slot, Word.uploading),
      tell: (inFlight, uploading) => {
        const at = wordOf(slot);
        Atomics.store(this.#words, at + Word.held, inFlight);
        Atomics.store(this.#words, at + Word.uploading, uploading);
      },
    };
  }

  #sum(word: number): number {
    return this.#sumOfOthers(-1, word);
  }

  #sumOfOthers(slot: number, word: number): number {
    let sum = 0;
    for (let other = 0; other < this.#slots; other++) {
      if (other !== slot) sum += Atomics.load(this.#words, wordOf(other) + word);
    }
    return sum;
  }

  beatsOf(slot: number): number {
    return Atomics.load(this.#words, wordOf(slot) + Word.beats);
  }

  /** Frees the slot of a worker that has ended. */
  clear(slot: number): void {
    const at = wordOf(slot);
    for (let i = 0; i < Word.words; i++) Atomics.store(this.#words, at + i, 0);
  }
}

function wordOf(slot: number): number {
  return WORDS_BEFORE_SLOTS + slot * Word.words;
}
