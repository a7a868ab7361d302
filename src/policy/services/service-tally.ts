// Shares out the current body among its services: how many bytes belong to each, and how many of
// them did not stay. A service's bytes run from the start of its resource to the start of the next
// one, so that the sum over all services is the whole body. What is known only for the whole body
// is shared out at its end.

import { BYTE_COUNTS, Count } from "../count-table.ts";
import type { FieldRef, Signal } from "../model.ts";
import { ValueKind } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";
import { type BodyFlow, fillRow, Flow, FLOWS } from "./flow-counts.ts";
import { SERVICE_ROWS, type ServiceLedger, ServiceRow } from "./service-ledger.ts";
import type { ServiceSharing } from "./service-sharing.ts";

/** What names the service of a record, in every format that has such a thing. */
export const SERVICE: FieldRef = {
  kind: "attribute",
  scope: "resource",
  path: ["service.name"],
};

/** No service was looked for yet. */
const UNKNOWN = -1;
const PLACES_AT_FIRST = 4;
const { records, dropped, budgeted, bytesIn, bytesOut } = Flow;
const { droppedBytes, removedBytes, addedBytes } = Flow;
const CUT_BYTES = BYTE_COUNTS.filter((name) => name !== "addedBytes").map((name) => Flow[name]);

export class ServiceTally implements ServiceSharing {
  private readonly ledger: ServiceLedger;
  private readonly signal: Signal;
  private values: ValueStore | undefined;
  /** Where the name of the service is put; -1: nowhere. */
  private slot = -1;
  /** Services of the body have places in the order in which they come; by row, plus one. */
  private readonly places = new Int32Array(SERVICE_ROWS);
  private readonly rows = new Int32Array(SERVICE_ROWS);
  private count = 0;
  private counts = new Float64Array(PLACES_AT_FIRST * FLOWS);
  /** Of the resource at hand. */
  private place = UNKNOWN;
  private hasBegun = false;
  private from = 0;
  /** Of what was cut and edited last. */
  private last = 0;

  constructor(ledger: ServiceLedger, signal: Signal) {
    this.ledger = ledger;
    this.signal = signal;
  }

  /** Begins a body, of which the values are put there. */
  begin(values: ValueStore, slot: number): void {
    this.values = values;
    this.slot = slot;
    this.clear();
  }

  /** A resource begins there in the body; the values of the one before are still put. */
  beginResource(at: number): void {
    if (this.hasBegun) {
      const place = this.enter();
      this.add(place, bytesIn, at - this.from);
      this.from = at;
    }
    this.hasBegun = true;
    this.place = UNKNOWN;
  }

  /** A record of the resource at hand. */
  record(): void {
    this.add(this.place < 0 ? this.enter() : this.place, records, 1);
  }

  /** It did not stay, by the count of a policy; see count-table.ts. */
  drop(reason: number): void {
    this.add(this.enter(), reason - Count.dropped + dropped, 1);
  }

  /** That many bytes of the resource at hand did not stay, or were added. */
  bytes(count: number, more: number): void {
    this.last = this.enter();
    this.add(this.last, count - Count.droppedBytes + droppedBytes, more);
  }

  /** The body is over, and its values are still there. */
  end(): void {
    if (this.hasBegun || this.count > 0) this.enter();
  }

  settle(whole: BodyFlow): void {
    if (this.count === 0) this.placeOf(ServiceRow.none);
    if (this.count === 1) fillRow(this.counts, whole);
    else this.share(whole);
    this.hand();
  }

  settleAs(service: Uint8Array, whole: BodyFlow): void {
    this.clear();
    this.placeOf(this.ledger.rowOf(service, 0, service.length));
    fillRow(this.counts, whole);
    this.hand();
  }

  private clear(): void {
    for (let i = 0; i < this.count; i++) this.places[this.rows[i] as number] = 0;
    this.counts.fill(0, 0, this.count * FLOWS);
    this.count = this.last = this.from = 0;
    this.place = UNKNOWN;
    this.hasBegun = false;
  }

  /** To the ledger. */
  private hand(): void {
    for (let i = 0; i < this.count; i++) {
      this.ledger.add(this.signal, this.rows[i] as number, this.counts, i * FLOWS);
    }
    this.clear();
  }

  private at(place: number, count: number): number {
    return this.counts[place * FLOWS + count] as number;
  }

  private add(place: number, count: number, more: number): void {
    const at = place * FLOWS + count;
    this.counts[at] = (this.counts[at] as number) + more;
  }

  /** The place of the service of the resource at hand. */
  private enter(): number {
    return this.place < 0 ? (this.place = this.find()) : this.place;
  }

  private find(): number {
    const { values, slot } = this;
    if (slot < 0 || values === undefined || !values.has(slot)) return this.placeOf(ServiceRow.none);
    if (values.kind(slot) !== ValueKind.string) return this.placeOf(ServiceRow.none);
    const bytes = values.buffer(slot);
    return this.placeOf(this.ledger.rowOf(bytes, values.start(slot), values.end(slot)));
  }

  private placeOf(row: number): number {
    const known = (this.places[row] as number) - 1;
    if (known >= 0) return known;
    const place = this.count++;
    this.places[row] = place + 1;
    this.rows[place] = row;
    if (this.count * FLOWS > this.counts.length) {
      const longer = new Float64Array(this.counts.length * 2);
      longer.set(this.counts);
      this.counts = longer;
    }
    return place;
  }

  /**
   * Several services have what is known of each; what is not is the last one's, but bytes that
   * stood around records: they are gone first where no record is left.
   */
  private share(whole: BodyFlow): void {
    const end = this.enter();
    this.add(end, bytesIn, whole.bytesIn - this.from);
    const all = fillRow(new Float64Array(FLOWS), whole);
    for (const name of BYTE_COUNTS) {
      const rest = (all[Flow[name]] as number) - this.sumOf(Flow[name]);
      if (name === "addedBytes") this.add(this.last, addedBytes, rest);
      else if (rest !== 0) this.cut(Flow[name], rest);
    }
    for (let i = 0; i < this.count; i++) this.counts[i * FLOWS + bytesOut] = this.left(i);
    for (let i = 0; i < FLOWS; i++) this.add(end, i, (all[i] as number) - this.sumOf(i));
  }

  /** None loses more than it has. */
  private cut(count: number, bytes: number): void {
    let rest = bytes;
    const take = (place: number): void => {
      const taken = Math.min(rest, Math.max(0, this.left(place)));
      this.add(place, count, taken);
      rest -= taken;
    };
    if (count !== removedBytes) for (let i = 0; i < this.count; i++) if (this.isGone(i)) take(i);
    take(this.last);
    for (let i = 0; i < this.count; i++) take(i);
    this.add(this.last, count, rest);
  }

  private isGone(place: number): boolean {
    const all = this.at(place, records);
    let gone = 0;
    for (let i = dropped; i <= budgeted; i++) gone += this.at(place, i);
    return all > 0 && gone === all;
  }

  /** Bytes that leave, as far as is known. */
  private left(place: number): number {
    let left = this.at(place, bytesIn) + this.at(place, addedBytes);
    for (const count of CUT_BYTES) left -= this.at(place, count);
    return left;
  }

  private sumOf(count: number): number {
    let sum = 0;
    for (let i = 0; i < this.count; i++) sum += this.at(i, count);
    return sum;
  }
}
