// What all threads know of each other at any time, in shared memory: whether the program is ready,
// and for each worker its requests in flight, a
// sign of life and its heap.

import type { OtherThreads } from "../../pipeline/room/room.ts";

const READY = 0;
const WORDS_BEFORE_PLACES = 1;
/**
 * Words of one worker's place: requests not answered yet, answers still being sent, sign of life,
 * heap in KiB, requests that hold a place among those in flight, and those of them whose bodies are
 * still coming.
 */
const Place = {
  unanswered: 0,
  sending: 1,
  beats: 2,
  heapKib: 3,
  held: 4,
  uploading: 5,
  words: 6,
} as const;

/** Among the reports for a fatal signal, whose first place is the main thread's. */
export function crashPlaceOf(place: number): number {
  return place + 1;
}

export class SharedState {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #places: number;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#places = (this.#words.length - WORDS_BEFORE_PLACES) / Place.words;
  }

  static create(places: number): SharedState {
    return new SharedState(
      new SharedArrayBuffer(
        (WORDS_BEFORE_PLACES + places * Place.words) * Int32Array.BYTES_PER_ELEMENT,
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
    for (let place = 0; place < this.#places; place++) sum += this.inFlightOf(place);
    return sum;
  }

  inFlightOf(place: number): number {
    const at = wordOf(place);
    return (
      Atomics.load(this.#words, at + Place.unanswered) +
      Atomics.load(this.#words, at + Place.sending)
    );
  }

  /** A worker took a request, or has answered it. */
  addUnanswered(place: number, more: 1 | -1): void {
    Atomics.add(this.#words, wordOf(place) + Place.unanswered, more);
  }

  /** A worker lives, and this many requests are in flight, answers being sent included. */
  beat(place: number, pendingRequests: number, heapBytes: number): void {
    const at = wordOf(place);
    // Whatever failed between a request and its answer must not count for ever.
    if (pendingRequests === 0) Atomics.store(this.#words, at + Place.unanswered, 0);
    const unanswered = Atomics.load(this.#words, at + Place.unanswered);
    Atomics.store(this.#words, at + Place.sending, Math.max(0, pendingRequests - unanswered));
    Atomics.store(this.#words, at + Place.heapKib, Math.round(heapBytes / 1024));
    Atomics.add(this.#words, at + Place.beats, 1);
  }

  /** JavaScript heaps of all workers in use. */
  get heapBytes(): number {
    let kib = 0;
    for (let place = 0; place < this.#places; place++) {
      kib += Atomics.load(this.#words, wordOf(place) + Place.heapKib);
    }
    return kib * 1024;
  }

  /** What the room of the worker in `place` has to know of the others, and they of it. */
  othersOf(place: number): OtherThreads {
    return {
      inFlight: () => this.#sumOfOthers(place, Place.held),
      uploading: () => this.#sumOfOthers(place, Place.uploading),
      tell: (inFlight, uploading) => {
        const at = wordOf(place);
        Atomics.store(this.#words, at + Place.held, inFlight);
        Atomics.store(this.#words, at + Place.uploading, uploading);
      },
    };
  }

  #sumOfOthers(place: number, word: number): number {
    let sum = 0;
    for (let other = 0; other < this.#places; other++) {
      if (other !== place) sum += Atomics.load(this.#words, wordOf(other) + word);
    }
    return sum;
  }

  beatsOf(place: number): number {
    return Atomics.load(this.#words, wordOf(place) + Place.beats);
  }

  /** Frees the place of a worker that has ended. */
  clear(place: number): void {
    const at = wordOf(place);
    for (let i = 0; i < Place.words; i++) Atomics.store(this.#words, at + i, 0);
  }
}

function wordOf(place: number): number {
  return WORDS_BEFORE_PLACES + place * Place.words;
}
