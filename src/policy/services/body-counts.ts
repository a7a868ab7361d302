// The counts of the current body by service, before they go to the ledger. Each service gets a
// place in the order of appearance. What is known only for the whole body is shared out at its end.

import { BYTE_COUNTS } from "../count-table.ts";
import type { Signal } from "../model.ts";
import { type BodyFlow, fillRow, Flow, FLOWS } from "./flow-counts.ts";
import { SERVICE_ROWS, type ServiceLedger, ServiceRow } from "./service-ledger.ts";

const PLACES_AT_FIRST = 4;
const { records, dropped, budgeted, bytesIn, bytesOut } = Flow;
const { droppedBytes, removedBytes, addedBytes } = Flow;
const CUT_BYTES = BYTE_COUNTS.filter((name) => name !== "addedBytes").map((name) => Flow[name]);

export class BodyCounts {
  /** How many services the body has. */
  size = 0;
  private readonly ledger: ServiceLedger;
  private readonly signal: Signal;
  /** By row of the ledger: its place, plus one; and the reverse. */
  private readonly places = new Int32Array(SERVICE_ROWS);
  private readonly rows = new Int32Array(SERVICE_ROWS);
  private counts = new Float64Array(PLACES_AT_FIRST * FLOWS);
  private readonly whole = new Float64Array(FLOWS);
  /** The place of what was cut or edited last. */
  private last = 0;
  private hasCuts = false;

  constructor(ledger: ServiceLedger, signal: Signal) {
    this.ledger = ledger;
    this.signal = signal;
  }

  clear(): void {
    for (let i = 0; i < this.size; i++) this.places[this.rows[i] as number] = 0;
    // For a few numbers, this is faster than a call.
    for (let i = this.size * FLOWS - 1; i >= 0; i--) this.counts[i] = 0;
    this.size = this.last = 0;
    this.hasCuts = false;
  }

  /** The place of the service with that name, in UTF-8; empty: of records that name none. */
  placeOf(bytes: Uint8Array, start: number, end: number): number {
    return this.placeOfRow(this.ledger.rowOf(bytes, start, end));
  }

  add(place: number, count: number, more: number): void {
    const at = place * FLOWS + count;
    this.counts[at] = (this.counts[at] as number) + more;
  }

  /** Counts what did not stay, or was added to what did. */
  cut(place: number, count: number, more: number): void {
    this.add(place, count, more);
    if (count < droppedBytes) return;
    this.last = place;
    this.hasCuts = true;
  }

  /**
   * Hands everything to the ledger and clears it; `end`: the service that the body's end belongs
   * to.
   */
  hand(whole: BodyFlow, end: number): void {
    if (this.size === 0) this.placeOfRow(ServiceRow.none);
    if (this.size === 1) fillRow(this.counts, whole);
    else this.share(whole, end);
    for (let i = 0; i < this.size; i++) {
      this.ledger.add(this.signal, this.rows[i] as number, this.counts, i * FLOWS);
    }
    this.clear();
  }

  private placeOfRow(row: number): number {
    const known = (this.places[row] as number) - 1;
    if (known >= 0) return known;
    const place = this.size++;
    this.places[row] = place + 1;
    this.rows[place] = row;
    if (this.size * FLOWS > this.counts.length) {
      const longer = new Float64Array(this.counts.length * 2);
      longer.set(this.counts);
      this.counts = longer;
    }
    return place;
  }

  private of(place: number, count: number): number {
    return this.counts[place * FLOWS + count] as number;
  }

  /**
   * If there are several services, each has what is known about it; the rest belongs to the last
   * one, except for bytes around records: these are removed first where no record is left.
   */
  private share(whole: BodyFlow, end: number): void {
    const all = fillRow(this.whole, whole);
    let isCut = this.hasCuts;
    for (let count = droppedBytes; count < FLOWS; count++) {
      if (!this.hasCuts && all[count] === 0) continue;
      isCut = true;
      const rest = (all[count] as number) - this.sumOf(count);
      if (count === addedBytes) this.add(this.last, addedBytes, rest);
      else if (rest !== 0) this.shareCut(count, rest);
    }
    for (let i = 0; i < this.size; i++) {
      this.counts[i * FLOWS + bytesOut] = isCut ? this.left(i) : this.of(i, bytesIn);
    }
    for (let i = 0; i < FLOWS; i++) this.add(end, i, (all[i] as number) - this.sumOf(i));
  }

  /** No service loses more than it has. */
  private shareCut(count: number, bytes: number): void {
    let rest = bytes;
    const take = (place: number): void => {
      const taken = Math.min(rest, Math.max(0, this.left(place)));
      this.add(place, count, taken);
      rest -= taken;
    };
    if (count !== removedBytes) for (let i = 0; i < this.size; i++) if (this.isGone(i)) take(i);
    take(this.last);
    for (let i = 0; i < this.size; i++) take(i);
    this.add(this.last, count, rest);
  }

  private isGone(place: number): boolean {
    const all = this.of(place, records);
    let gone = 0;
    for (let i = dropped; i <= budgeted; i++) gone += this.of(place, i);
    return all > 0 && gone === all;
  }

  /** Bytes that leave, as far as is known. */
  private left(place: number): number {
    let left = this.of(place, bytesIn) + this.of(place, addedBytes);
    for (const count of CUT_BYTES) left -= this.of(place, count);
    return left;
  }

  private sumOf(count: number): number {
    let sum = 0;
    for (let i = 0; i < this.size; i++) sum += this.of(i, count);
    return sum;
  }
}
