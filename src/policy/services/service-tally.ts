// Shares out the current body among its services: a service's bytes run from the start of its
// resource to the start of the next one, so that the sum over all services is the whole body. This
// runs beside judging, so it must only take notes there and look services up in batches.

import { Count } from "../count-table.ts";
import type { FieldRef, Signal } from "../model.ts";
import { ValueKind } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";
import { BodyCounts } from "./body-counts.ts";
import { type BodyFlow, Flow } from "./flow-counts.ts";
import type { ServiceLedger } from "./service-ledger.ts";
import type { ServiceSharing } from "./service-sharing.ts";

/** The field that names the service of a record, in every format that has one. */
export const SERVICE: FieldRef = {
  kind: "attribute",
  scope: "resource",
  path: ["service.name"],
};

/** No service was looked up yet, or no resource has begun. */
const UNKNOWN = -1;
/** A finished resource: where it begins, the range of its service, its records. */
const Passed = { at: 0, start: 1, end: 2, records: 3 } as const;
const PASSED_WIDTH = 4;
const PASSED_MAX = 256;
/** Something cut from a resource: the number of that resource, which count, and how much. */
const Cut = { resource: 0, count: 1, more: 2 } as const;
const CUT_WIDTH = 3;
const CUTS_MAX = 512;
const NOTHING = new Uint8Array(0);
const { records, dropped, bytesIn, droppedBytes } = Flow;

export class ServiceTally implements ServiceSharing {
  private readonly counts: BodyCounts;
  private values: ValueStore | undefined;
  /** The slot for the name of the service; -1: none. */
  private slot = -1;
  /**
   * The place of the current resource's service once it is looked up, and where the resource
   * begins.
   */
  private place = UNKNOWN;
  private at = UNKNOWN;
  private records = 0;
  /** The service of the current resource, as a range of the body; -1: it was not told. */
  private start = UNKNOWN;
  private stop = 0;
  /**
   * Finished resources are looked up many at a time, which takes a fraction of the time: their
   * services are ranges of the body, or, if negative, the complements of places.
   */
  private readonly passed = new Int32Array(PASSED_MAX * PASSED_WIDTH);
  private passedCount = 0;
  private readonly cuts = new Float64Array(CUTS_MAX * CUT_WIDTH);
  private cutCount = 0;
  private body: Uint8Array = NOTHING;
  /** Consecutive resources of one service: its place, and where they begin. */
  private runPlace = UNKNOWN;
  private runAt = 0;

  constructor(ledger: ServiceLedger, signal: Signal) {
    this.counts = new BodyCounts(ledger, signal);
  }

  /** Begins a body whose values are put into `values`. */
  begin(values: ValueStore, slot: number, body: Uint8Array = NOTHING): void {
    this.clear();
    this.values = values;
    this.slot = slot;
    this.body = body;
  }

  /** A resource begins at this offset; the values of the previous one are still there. */
  beginResource(at: number): void {
    if (this.at >= 0) {
      this.pass();
      this.at = at;
    } else this.at = 0;
  }

  /** Counts a record of the current resource. */
  record(): void {
    this.records++;
  }

  nameIs(bytes: Uint8Array, start: number, end: number): void {
    if (bytes === this.body) {
      this.start = start;
      this.stop = end;
    } else this.place = this.counts.placeOf(bytes, start, end);
  }

  /** Counts that the record did not stay, by the count of a policy; see count-table.ts. */
  drop(reason: number): void {
    this.cut(reason - Count.dropped + dropped, 1);
  }

  /** Counts that so many bytes of the current resource did not stay, or were added. */
  bytes(count: number, more: number): void {
    this.cut(count - Count.droppedBytes + droppedBytes, more);
  }

  /** To be called at the end of the body, while its values are still there. */
  end(): void {
    if (this.at >= 0 || this.records > 0 || this.counts.size > 0) this.pass();
    this.lookUp();
    this.body = NOTHING;
  }

  settle(whole: BodyFlow): void {
    const end = Math.max(0, this.runPlace);
    this.endRun(whole.bytesIn, end);
    this.counts.hand(whole, end);
    this.clear();
  }

  settleAs(service: Uint8Array, whole: BodyFlow): void {
    this.clear();
    this.counts.placeOf(service, 0, service.length);
    this.counts.hand(whole, 0);
  }

  private clear(): void {
    this.counts.clear();
    this.records = this.passedCount = this.cutCount = this.runAt = 0;
    this.place = this.at = this.start = this.runPlace = UNKNOWN;
    this.body = NOTHING;
  }

  /** Notes what was cut from the current resource. */
  private cut(count: number, more: number): void {
    if (this.cutCount === CUTS_MAX) {
      this.counts.cut(this.enter(), count, more);
      return;
    }
    const { cuts } = this;
    const to = this.cutCount++ * CUT_WIDTH;
    cuts[to + Cut.resource] = this.passedCount;
    cuts[to + Cut.count] = count;
    cuts[to + Cut.more] = more;
  }

  /** Notes that the current resource is finished. */
  private pass(): void {
    const { passed } = this;
    const to = this.passedCount * PASSED_WIDTH;
    passed[to + Passed.at] = this.at;
    passed[to + Passed.records] = this.records;
    if (this.place < 0 && this.start < 0) this.enter();
    passed[to + Passed.start] = this.place < 0 ? this.start : ~this.place;
    passed[to + Passed.end] = this.stop;
    this.records = 0;
    this.place = this.start = UNKNOWN;
    this.passedCount++;
    if (this.passedCount === PASSED_MAX) this.lookUp();
  }

  /** The place of the current resource's service. */
  private enter(): number {
    return this.place < 0 ? (this.place = this.find()) : this.place;
  }

  private find(): number {
    const { counts, slot, values } = this;
    if (this.start >= 0) return counts.placeOf(this.body, this.start, this.stop);
    if (slot < 0 || values === undefined || !values.has(slot)) return counts.placeOf(NOTHING, 0, 0);
    if (values.kind(slot) !== ValueKind.string) return counts.placeOf(NOTHING, 0, 0);
    return counts.placeOf(values.buffer(slot), values.start(slot), values.end(slot));
  }

  /** Counts the finished resources for their services. */
  private lookUp(): void {
    const { body, counts, cuts, passed } = this;
    const to = this.passedCount * PASSED_WIDTH;
    for (let i = 0; i < to; i += PASSED_WIDTH) {
      const start = passed[i + Passed.start] as number;
      const end = passed[i + Passed.end] as number;
      const place = start < 0 ? ~start : counts.placeOf(body, start, end);
      passed[i + Passed.start] = ~place;
      if (place !== this.runPlace) this.endRun(passed[i + Passed.at] as number, place);
      counts.add(place, records, passed[i + Passed.records] as number);
    }
    const cutsTo = this.cutCount * CUT_WIDTH;
    for (let i = 0; i < cutsTo; i += CUT_WIDTH) {
      const resource = (cuts[i + Cut.resource] as number) * PASSED_WIDTH;
      const place = ~(passed[resource + Passed.start] as number);
      counts.cut(place, cuts[i + Cut.count] as number, cuts[i + Cut.more] as number);
    }
    this.passedCount = this.cutCount = 0;
  }

  /** What begins at `at` belongs to the service with that place. */
  private endRun(at: number, next: number): void {
    if (this.runPlace >= 0) {
      this.counts.add(this.runPlace, bytesIn, at - this.runAt);
      this.runAt = at;
    }
    this.runPlace = next;
  }
}
