// Random numbers that a seed tells: xorshift32.

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed === 0 ? 1 : seed;
  }

  /** A whole number from 0, below `count`. */
  below(count: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % count;
  }
  /** One of a list that has some. */
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}
