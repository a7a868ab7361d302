// The last records of one outcome, or a sample of so many per second, in bounded memory.

import {
  FIND_SAMPLE_BYTES_MAX,
  FIND_SAMPLES_MAX,
  FIND_SAMPLES_PER_SECOND,
} from "../../core/limits.ts";
import type { Signal } from "../../policy/index.ts";

export interface SampledRecord {
  readonly timeMs: number;
  readonly signal: Signal;
  /** That decided; undefined: none did. */
  readonly policy: string | undefined;
  /** In shadow, that would have dropped it. */
  readonly wouldDropBy: string | undefined;
  readonly bytes: Uint8Array;
}

export class SampleRing {
  /** Records that were there to be taken, ever. */
  #seen = 0;
  readonly #records: (SampledRecord & { readonly number: number })[] = [];
  #next = 0;
  #second = 0;
  #inSecond = 0;

  /** Whether the next record is one to take; counts it. */
  wants(nowMs: number): boolean {
    this.#seen++;
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) [this.#second, this.#inSecond] = [second, 0];
    return this.#inSecond++ < FIND_SAMPLES_PER_SECOND;
  }

  /** Its beginning is kept. */
  take(record: SampledRecord): void {
    const bytes = record.bytes.slice(0, FIND_SAMPLE_BYTES_MAX);
    this.#records[this.#next] = { ...record, bytes, number: this.#seen };
    this.#next = (this.#next + 1) % FIND_SAMPLES_MAX;
  }

  /** The newest first. */
  get records(): readonly SampledRecord[] {
    return [
      ...this.#records.slice(0, this.#next).reverse(),
      ...this.#records.slice(this.#next).reverse(),
    ];
  }

  /** How many are here, and how many there were in that time. */
  get counts(): { readonly held: number; readonly seen: number } {
    const oldest = this.#oldest;
    const held = this.#records.length;
    const before = this.isFull && oldest !== undefined ? oldest.number - 1 : 0;
    return { held, seen: this.#seen - before };
  }

  /** Whether older ones were given up. */
  get isFull(): boolean {
    return this.#records.length === FIND_SAMPLES_MAX;
  }

  get sinceMs(): number | undefined {
    return this.#oldest?.timeMs;
  }

  get #oldest() {
    return this.#records[this.isFull ? this.#next : 0];
  }
}
