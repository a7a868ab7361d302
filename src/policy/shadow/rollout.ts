// Decides for which share of the records a policy in rollout is enforced. The choice depends on
// what a record belongs to: its trace, else its resource, else its own text. So all records of a
// trace are in or out together, on every instance and in every format, and whatever is in a share
// is also in every larger share.

import type { Program } from "../compile/program.ts";
import type { SlotTable } from "../compile/slot-table.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { Fnv64 } from "../../core/hash.ts";
import { bitsToNumber, HALF } from "../keep/bits56.ts";
import { addValue } from "../keep/sample-key.ts";
import type { FieldRef, Signal } from "../model.ts";
import { ValueKind } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";

/** Hashed before everything else, so that shares are independent of those of sampling. */
const SALT = encodeUtf8("edge.rollout");
const UNKNOWN = -1;

/** Where trace ids are: the field or, in formats without it, the attribute that they use. */
const TRACE_IDS: readonly FieldRef[] = [
  { kind: "field", field: "trace_id" },
  { kind: "attribute", scope: "record", path: ["trace_id"] },
  { kind: "attribute", scope: "record", path: ["dd", "trace_id"] },
];
/** What distinguishes one resource from another, in every format. */
const RESOURCE = [
  "service.namespace",
  "service.name",
  "service.instance.id",
  "host.id",
  "host.name",
  "k8s.namespace.name",
  "k8s.pod.name",
  "k8s.pod.uid",
  "container.id",
].map((name): FieldRef => ({ kind: "attribute", scope: "resource", path: [name] }));

/** The fields that decide about shares. */
function refsOf(signal: Signal): { traces: readonly FieldRef[]; last: FieldRef } {
  const last = { kind: "field", field: signal === "log" ? "body" : "name" } as const;
  const [field] = TRACE_IDS;
  const ofSpan = field === undefined ? [] : [field];
  const traces = { log: TRACE_IDS, trace: ofSpan, metric: [] }[signal];
  return { traces, last };
}

/** Numbers the fields that decide about shares. */
export function reserveRolloutSlots(slots: SlotTable): void {
  const { traces, last } = refsOf(slots.signal);
  for (const ref of [...traces, ...RESOURCE, last]) slots.slotOf(ref);
}

export class Rollout {
  private readonly values: ValueStore;
  private readonly traces: readonly number[];
  private readonly resource: readonly number[];
  private readonly last: number;
  private readonly hash = new Fnv64();
  /**
   * The position of the current record among all, in percent; UNKNOWN: it was not asked for yet.
   */
  private position = UNKNOWN;

  /** `slots`: the ones that were reserved. */
  constructor(slots: SlotTable, values: ValueStore) {
    const { traces, last } = refsOf(slots.signal);
    this.values = values;
    this.traces = traces.map((ref) => slots.slotOf(ref));
    this.resource = RESOURCE.map((ref) => slots.slotOf(ref));
    this.last = slots.slotOf(last);
  }

  /** To be called before each record. */
  begin(): void {
    this.position = UNKNOWN;
  }

  /** Whether the current record is in a share. */
  covers(percent: number): boolean {
    if (percent >= 100) return true;
    if (this.position === UNKNOWN) this.position = this.find();
    return this.position < percent;
  }

  /**
   * Keeps, in a list of matched policies, those that are enforced for the current record, or those
   * that are not; returns their number.
   */
  select(program: Program, matched: Int32Array, count: number, isEnforced: boolean): number {
    let left = 0;
    for (let i = 0; i < count; i++) {
      const policy = matched[i] as number;
      const percent = program.enforcedPercents[policy] as number;
      if (this.covers(percent) === isEnforced) matched[left++] = policy;
    }
    return left;
  }

  private find(): number {
    const { hash, values } = this;
    hash.reset();
    hash.add(SALT, 0, SALT.length);
    if (!this.addTrace() && !this.addResource() && values.has(this.last)) {
      addValue(hash, values, this.last);
    }
    hash.finish();
    const bits = { high: hash.high28(), low: hash.low28() };
    return (bitsToNumber(bits) / (HALF * HALF)) * 100;
  }

  private addTrace(): boolean {
    const { hash, values, traces } = this;
    for (let i = 0; i < traces.length; i++) {
      const slot = traces[i] as number;
      const id = values.has(slot) ? lowTraceId(values, slot) : undefined;
      if (id === undefined) continue;
      for (let c = 0; c < id.length; c++) hash.addByte(id.charCodeAt(c));
      return true;
    }
    return false;
  }

  private addResource(): boolean {
    const { hash, values, resource } = this;
    let isKnown = false;
    for (let i = 0; i < resource.length; i++) {
      const slot = resource[i] as number;
      if (!values.has(slot)) continue;
      hash.addByte(i);
      if (addValue(hash, values, slot)) isKnown = true;
    }
    return isKnown;
  }
}

/**
 * The low 64 bits of a trace id as 16 lower-case hex digits, in which the ids of all formats agree:
 * some have 128 bits, some 64, in hex or in decimal. Undefined: it is not a trace id.
 */
function lowTraceId(values: ValueStore, slot: number): string | undefined {
  const kind = values.kind(slot);
  if (kind === ValueKind.int) {
    return hexDigits(values.start(slot)) + hexDigits(values.end(slot));
  }
  if (kind !== ValueKind.string) return undefined;
  const text = values.text(slot);
  if (/^(?:[0-9a-f]{16}){1,2}$/i.test(text)) return text.slice(-16).toLowerCase();
  return /^\d{17,20}$/.test(text) ? BigInt(text).toString(16).padStart(16, "0") : undefined;
}

/** The hex digits of 32 bits. */
function hexDigits(half: number): string {
  return (half >>> 0).toString(16).padStart(8, "0");
}
