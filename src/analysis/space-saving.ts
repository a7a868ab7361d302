// The heaviest of any number of things, in bounded memory: SpaceSaving (Metwally, Agrawal and El
// Abbadi, 2005). When all places are taken, the lightest gives its place to the newcomer, who
// begins with its weight: so no weight is too low, and none is too high by more than the weight of
// all things divided by the places. Whatever weighs more than that is held.

/** Something held. Both are kept by who holds it. */
export interface Weighed {
  weight: number;
  /** What of its weight may be of others that were there before. */
  error: number;
}

interface Place<T> {
  readonly thing: T;
  /** Its weight when it was last put in order: never more than it is. */
  floor: number;
}

export class SpaceSaving<T extends Weighed> {
  readonly #placesMax: number;
  readonly #gone: (thing: T) => void;
  /** A heap by `floor`, the lightest first; put in order when the lightest is asked for. */
  readonly #heap: Place<T>[] = [];

  /** `gone`: told of each that gives its place up. */
  constructor(placesMax: number, gone: (thing: T) => void) {
    this.#placesMax = placesMax;
    this.#gone = gone;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** No weight is too high by more: that of the lightest, when all places are taken. */
  get errorMax(): number {
    return this.size < this.#placesMax ? 0 : (this.#lightest()?.thing.weight ?? 0);
  }

  *things(): Generator<T, void> {
    for (const { thing } of this.#heap) yield thing;
  }

  /** Takes a newcomer with the weight and the error that it has by itself. */
  add(thing: T): void {
    const heap = this.#heap;
    if (heap.length < this.#placesMax) {
      heap.push({ thing, floor: thing.weight });
      this.#rise(heap.length - 1);
      return;
    }
    const lightest = this.#lightest();
    if (lightest === undefined) return;
    const { weight } = lightest.thing;
    this.#gone(lightest.thing);
    thing.weight += weight;
    thing.error += weight;
    heap[0] = { thing, floor: thing.weight };
    this.#sink(0);
  }

  #lightest(): Place<T> | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined || top.floor === top.thing.weight) return top;
      top.floor = top.thing.weight;
      this.#sink(0);
    }
  }

  #rise(at: number): void {
    const heap = this.#heap;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (floorOf(heap, above) <= floorOf(heap, at)) return;
      swap(heap, at, above);
      at = above;
    }
  }

  #sink(at: number): void {
    const heap = this.#heap;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (floorOf(heap, left) < floorOf(heap, least)) least = left;
      if (floorOf(heap, right) < floorOf(heap, least)) least = right;
      if (least === at) return;
      swap(heap, at, least);
      at = least;
    }
  }
}

function floorOf<T>(heap: readonly Place<T>[], at: number): number {
  return heap[at]?.floor ?? Number.POSITIVE_INFINITY;
}

function swap<T>(heap: Place<T>[], a: number, b: number): void {
  const [one, other] = [heap[a], heap[b]];
  if (one === undefined || other === undefined) return;
  heap[a] = other;
  heap[b] = one;
}
