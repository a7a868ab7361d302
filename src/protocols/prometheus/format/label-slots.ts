// The labels that policies ask for, by a hash of their length and two bytes: no policy asks for
// most labels of a sample, and the hash shows that without reading their whole names.

import { encodeUtf8 } from "../../../core/utf8.ts";
import { Scope, type ScopeIndex } from "../../../policy/fields.ts";
import type { FieldRef } from "../../../policy/model.ts";
import type { FieldTable } from "../../../policy/record-port.ts";

const SIZE = 4096;
const NOBODY = -1;
/** Several requested names share a hash: the table of the program distinguishes them. */
const SEVERAL = -2;

export class LabelSlots {
  private readonly fields: FieldTable;
  private readonly slots = new Int32Array(SIZE).fill(NOBODY);
  /** By hash: the only requested name. */
  private readonly names: Uint8Array[] = [];
  /**
   * By slot: another slot for the same label, or -1: a sample is both a record and its data point.
   */
  private readonly twins: Int32Array;

  constructor(fields: FieldTable) {
    const { refs } = fields;
    const records = new Map<string, number>();
    this.fields = fields;
    this.twins = new Int32Array(refs.length).fill(NOBODY);
    refs.forEach((ref, slot) => {
      if (isLabel(ref) && ref.scope === "record") records.set(ref.path[0], slot);
    });
    refs.forEach((ref, slot) => {
      if (!isLabel(ref)) return;
      const twin = ref.scope === "point" ? records.get(ref.path[0]) : undefined;
      if (twin !== undefined) {
        this.twins[twin] = slot;
        return;
      }
      const name = encodeUtf8(ref.path[0]);
      const hash = hashOf(name, 0, name.length);
      this.slots[hash] = this.slots[hash] === NOBODY ? slot : SEVERAL;
      this.names[hash] = name;
    });
  }

  /** Slot of the label bytes[start, end), or -1. */
  slot(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    const slot = this.slots[hash] as number;
    if (slot === NOBODY) return NOBODY;
    if (slot === SEVERAL) {
      const found = this.below(Scope.record, bytes, start, end);
      return found === NOBODY ? this.below(Scope.point, bytes, start, end) : found;
    }
    const name = this.names[hash] as Uint8Array;
    const { length } = name;
    if (end - start !== length) return NOBODY;
    for (let i = 0; i < length; i++) if (name[i] !== bytes[start + i]) return NOBODY;
    return slot;
  }

  /** The other slot for the label with this slot, or -1. */
  twin(slot: number): number {
    return this.twins[slot] as number;
  }

  private below(scope: ScopeIndex, bytes: Uint8Array, start: number, end: number): number {
    const { paths } = this.fields;
    const root = paths.root(scope);
    const node = root < 0 ? NOBODY : paths.child(root, bytes, start, end);
    return node < 0 ? NOBODY : paths.slot(node);
  }
}

type LabelRef = FieldRef & { readonly scope: "record" | "point"; readonly path: readonly [string] };

function isLabel(ref: FieldRef): ref is LabelRef {
  if (ref.kind !== "attribute" || ref.path.length !== 1) return false;
  return ref.scope === "record" || ref.scope === "point";
}

/** One for each set of policies, shared by many scrapes. */
const known = new WeakMap<FieldTable, LabelSlots>();

export function labelSlotsOf(fields: FieldTable): LabelSlots {
  let slots = known.get(fields);
  if (slots === undefined) {
    slots = new LabelSlots(fields);
    known.set(fields, slots);
  }
  return slots;
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return 0;
  const first = bytes[start] as number;
  const last = bytes[end - 1] as number;
  return (Math.imul(first, 0x1f) ^ Math.imul(last, 0x1f3) ^ (length << 7)) & (SIZE - 1);
}
