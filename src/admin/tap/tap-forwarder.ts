// Passes the records that taps asked for to another thread, a bounded number of bytes at a time.
// What does not fit is lost, and the next batch carries the number of lost records.

import type { RecordFrame } from "../../policy/index.ts";
import { TAP_FORWARD_BYTES_MAX, TAP_RECORD_OVERHEAD_BYTES } from "../../core/limits.ts";
import { countTakers, type TapBatch, type TapSubscription } from "./tap-subscriptions.ts";

export class TapForwarder {
  readonly #post: (batch: TapBatch) => void;
  #subscriptions: readonly TapSubscription[] = [];
  /** Costs of the batches that were not taken yet; the other thread takes them in this order. */
  readonly #underway: number[] = [];
  #underwayBytes = 0;
  #losses = new Map<number, number>();

  constructor(post: (batch: TapBatch) => void) {
    this.#post = post;
  }

  /** The taps that are open from now on. */
  show(subscriptions: readonly TapSubscription[]): void {
    this.#subscriptions = subscriptions;
    const ids = new Set(subscriptions.map(({ id }) => id));
    for (const id of this.#losses.keys()) if (!ids.has(id)) this.#losses.delete(id);
  }

  send(batch: TapBatch): void {
    for (const [id, lost] of batch.losses) this.#losses.set(id, lost + (this.#losses.get(id) ?? 0));
    // Seen before the batch goes, so that one of any size can, and nothing waits on a bound.
    if (this.#underwayBytes >= TAP_FORWARD_BYTES_MAX) {
      for (const record of batch.records) countTakers(this.#subscriptions, record, this.#losses);
      return;
    }
    this.#depart({ ...batch, losses: this.#losses });
  }

  /** The other thread has taken one batch. */
  taken(): void {
    this.#underwayBytes -= this.#underway.shift() ?? 0;
    if (this.#underway.length > 0 || this.#losses.size === 0) return;
    this.#depart({ records: [], losses: this.#losses, outgoing: undefined });
  }

  #depart(batch: TapBatch): void {
    const bytes = costOf(batch);
    this.#underway.push(bytes);
    this.#underwayBytes += bytes;
    this.#losses = new Map();
    this.#post(batch);
  }
}

function costOf({ records, outgoing }: TapBatch): number {
  let bytes = TAP_RECORD_OVERHEAD_BYTES;
  let frame: RecordFrame | undefined;
  for (const record of records) {
    bytes += record.bytes.length + TAP_RECORD_OVERHEAD_BYTES;
    // Records of one scope share theirs.
    if (record.frame === undefined || record.frame === frame) continue;
    frame = record.frame;
    bytes += frame.resource.length + frame.scope.length;
  }
  for (const left of outgoing?.values() ?? []) bytes += left.bytes.length;
  return bytes;
}
