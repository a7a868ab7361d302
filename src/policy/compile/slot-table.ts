// Numbers the distinct fields and attributes that the policies of one signal look at.

import { grownBytes } from "../../core/bytes.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import {
  FIELD_COUNT,
  Field,
  ID_FIELDS,
  isMultiValued,
  LEVEL_COUNT,
  type ValueLevelIndex,
  levelOfField,
  levelOfScope,
  Scope,
} from "../fields.ts";
import { derivedFrom } from "../derived-values.ts";
import { PathTrie } from "../matching/path-trie.ts";
import type { FieldRef, Signal } from "../model.ts";
import type { FieldTable } from "../record-port.ts";

export class SlotTable implements FieldTable {
  readonly signal: Signal;
  readonly fieldSlots = new Int32Array(FIELD_COUNT).fill(-1);
  /** Slots for fields as text, which no format puts: see derived-values.ts. */
  readonly textSlots = new Int32Array(FIELD_COUNT).fill(-1);
  readonly paths = new PathTrie();
  /**
   * By slot: what it stands for, how long its value stays, and whether it can have several values.
   */
  readonly refs: FieldRef[] = [];
  readonly levels: ValueLevelIndex[] = [];
  readonly multi: boolean[] = [];
  holding = new Uint8Array(16);
  countingSlot = -1;
  private readonly asked = Array.from({ length: LEVEL_COUNT }, () => false);

  constructor(signal: Signal) {
    this.signal = signal;
  }

  /** A table with the slots that another table has numbered; `holding`: those passed to `hold`. */
  static of(signal: Signal, refs: readonly FieldRef[], holding: readonly number[] = []): SlotTable {
    const table = new SlotTable(signal);
    for (const ref of refs) table.slotOf(ref);
    for (const slot of holding) table.hold(slot);
    return table;
  }

  /** Asks that the elements of arrays in the slot are put. */
  hold(slot: number): void {
    this.holding[slot] = 1;
  }

  /** The slots for which `hold` was called. */
  get held(): number[] {
    return this.refs.flatMap((_, slot) => (this.holding[slot] === 1 ? [slot] : []));
  }

  asks(level: ValueLevelIndex): boolean {
    return this.asked[level] as boolean;
  }

  get size(): number {
    return this.refs.length;
  }

  /** The slot of the field; a new one if nobody has asked for the field before. */
  slotOf(ref: FieldRef): number {
    if (ref.kind === "field") {
      const field = Field[ref.field];
      const slots = ref.as === undefined ? this.fieldSlots : this.textSlots;
      const known = slots[field] as number;
      if (known >= 0) return known;
      const from = derivedFrom(ref);
      if (from !== undefined) this.slotOf({ kind: "field", field: from });
      const slot = this.newSlot(ref, levelOfField(ref.field));
      slots[field] = slot;
      return slot;
    }
    const path = ref.path.map(encodeUtf8);
    const node = this.paths.add(Scope[ref.scope], path, ref.intoLists === true);
    const known = this.paths.slot(node);
    if (known >= 0) return known;
    const slot = this.newSlot(ref, levelOfScope(ref.scope));
    this.paths.setSlot(node, slot);
    return slot;
  }

  private newSlot(ref: FieldRef, level: ValueLevelIndex): number {
    this.refs.push(ref);
    this.levels.push(level);
    this.multi.push(isMultiValued(this.signal, ref));
    this.asked[level] = true;
    if (this.refs.length > this.holding.length) {
      this.holding = grownBytes(this.holding, this.holding.length * 2);
    }
    return this.refs.length - 1;
  }
}

/** Whether the field holds an id, which string conditions see as lower-case hex. */
export function isId(ref: FieldRef): boolean {
  return ref.kind === "field" && ref.as === undefined && ID_FIELDS.includes(ref.field);
}
