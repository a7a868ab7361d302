// Takes what requests left for taps to another thread, a bounded number of batches at a time: what
// does not fit is lost, and its count goes with the next batch.

import { TAP_BATCHES_MAX } from "../core/limits.ts";
import { countWanting, type TapBatch, type TapSpec } from "./tap-board.ts";

export class TapFerry {
  readonly #post: (batch: TapBatch) => void;
  #specs: readonly TapSpec[] = [];
  #underway = 0;
  #losses = new Map<number, number>();

  constructor(post: (batch: TapBatch) => void) {
    this.#post = post;
  }

  /** The taps that are open from now on. */
  show(specs: readonly TapSpec[]): void {
    this.#specs = specs;
    const ids = new Set(specs.map(({ id }) => id));
    for (const id of this.#losses.keys()) if (!ids.has(id)) this.#losses.delete(id);
  }

  send(batch: TapBatch): void {
    for (const [id, lost] of batch.losses) this.#losses.set(id, lost + (this.#losses.get(id) ?? 0));
    if (this.#underway >= TAP_BATCHES_MAX) {
      for (const record of batch.records) countWanting(this.#specs, record, this.#losses);
      return;
    }
    this.#depart({ ...batch, losses: this.#losses });
  }

  /** The other thread has taken one batch. */
  taken(): void {
    this.#underway--;
    if (this.#underway > 0 || this.#losses.size === 0) return;
    this.#depart({ records: [], losses: this.#losses, outgoing: undefined });
  }

  #depart(batch: TapBatch): void {
    this.#underway++;
    this.#losses = new Map();
    this.#post(batch);
  }
}
