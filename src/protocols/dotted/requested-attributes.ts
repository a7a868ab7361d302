// What a program asks of records whose attributes have dotted names: its paths as such names, the
// other names that stand for some of them, and the members that a format needs itself. Worked out
// once per field table. All three attribute scopes look at the same names, because such a record
// has only one list of attributes; a format that has others puts only those of its own level.

import { encodeUtf8 } from "../../core/utf8.ts";
import { Level, levelOfScope, type LevelIndex } from "../../policy/fields.ts";
import type { FieldTable } from "../../policy/record-port.ts";
import { dottedName, NameTable } from "./name-table.ts";

/** Where a name may be found instead of another. */
export interface Alias {
  readonly name: string;
  /** Asked names that it stands for. */
  readonly of: readonly string[];
  /** It stands for them only among tags. */
  readonly tagOnly: boolean;
}

export class RequestedAttributes {
  readonly names: NameTable;
  /** Number of nodes that have slots. */
  readonly count: number;
  /**
   * By level and node: the slots of a node are in `slots[level]` from `slotStarts[level][node]` on.
   */
  readonly slots: readonly [Int32Array, Int32Array, Int32Array];
  readonly slotStarts: readonly [Int32Array, Int32Array, Int32Array];
  /** By node: 1 when it has slots. */
  readonly asked: Uint8Array;
  /** By node: the asked nodes that it stands for; empty for nearly all. */
  readonly standsFor: readonly (readonly number[])[];
  /** By node: 1 when it stands for others only among tags. */
  readonly tagOnly: Uint8Array;
  /** By slot: 1 when the elements of an array there are put. */
  readonly holding: Uint8Array;
  /** Nodes of the members that the format needs, in the order in which they were named. */
  readonly members: readonly number[];

  /** `heldMembers`: those of which the elements of arrays are asked for. */
  constructor(
    fields: FieldTable,
    members: readonly string[],
    aliases: readonly Alias[],
    heldMembers: readonly string[] = [],
  ) {
    const asked = fields.refs.flatMap((ref, slot) => {
      if (ref.kind === "field") return [];
      const name = dottedName(ref.path.map((segment) => encodeUtf8(segment)));
      // A record is a data point where there is no other.
      const level = levelOfScope(ref.scope);
      return [{ name, slot, level: level === Level.point ? Level.record : level }];
    });
    const known = new Set(asked.map(({ name }) => name.join()));
    const wanted = aliases.filter(({ of }) => of.some((name) => known.has(keyOf(name))));
    const names = new NameTable([
      ...members.map((name) => encodeUtf8(name)),
      ...asked.map(({ name }) => name),
      ...wanted.map(({ name }) => encodeUtf8(name)),
    ]);
    this.names = names;
    const nodeOf = (name: Uint8Array): number => names.findKey(-1, name, 0, name.length);
    const numbered = asked.map((one) => ({ ...one, node: nodeOf(one.name) }));
    const byLevel = ([Level.record, Level.scope, Level.resource] as const).map((level) =>
      slotsByNode(numbered, level, names.size),
    );
    const [record, scope, resource] = byLevel as [SlotLists, SlotLists, SlotLists];
    this.slots = [record.slots, scope.slots, resource.slots];
    this.slotStarts = [record.starts, scope.starts, resource.starts];
    this.asked = new Uint8Array(names.size);
    for (const { node } of numbered) this.asked[node] = 1;
    this.count = this.asked.reduce((sum, one) => sum + one, 0);
    const standsFor: number[][] = Array.from({ length: names.size }, () => []);
    this.tagOnly = new Uint8Array(names.size);
    for (const { name, of, tagOnly } of wanted) {
      const node = nodeOf(encodeUtf8(name));
      standsFor[node] = of.map((one) => nodeOf(encodeUtf8(one))).filter((one) => one >= 0);
      this.tagOnly[node] = tagOnly ? 1 : 0;
    }
    this.standsFor = standsFor;
    this.members = members.map((name) => nodeOf(encodeUtf8(name)));
    this.holding = fields.holding;
    for (const { node, slot } of numbered) if (fields.holding[slot] === 1) names.hold(node);
    for (const name of heldMembers) names.hold(nodeOf(encodeUtf8(name)));
  }

  /** The node that has this slot and no other; -1: there is none. */
  onlyNodeOf(slot: number): number {
    const having = this.asked.map((_, node) => (this.slotsOf(node).includes(slot) ? 1 : 0));
    const node = having.indexOf(1);
    return node >= 0 && this.slotsOf(node).length === 1 ? node : -1;
  }

  private slotsOf(node: number): number[] {
    return this.slots.flatMap((slots, level) => {
      const starts = this.slotStarts[level as LevelIndex];
      return [...slots.subarray(starts[node], starts[node + 1])];
    });
  }
}

interface SlotLists {
  readonly starts: Int32Array;
  readonly slots: Int32Array;
}

function slotsByNode(
  numbered: readonly { readonly node: number; readonly slot: number; readonly level: LevelIndex }[],
  level: LevelIndex,
  size: number,
): SlotLists {
  const ofLevel = numbered.filter((one) => one.level === level).sort((a, b) => a.node - b.node);
  const starts = new Int32Array(size + 1);
  for (const { node } of ofLevel) starts[node + 1] = (starts[node + 1] as number) + 1;
  for (let node = 0; node < size; node++) {
    starts[node + 1] = (starts[node + 1] as number) + (starts[node] as number);
  }
  return { starts, slots: Int32Array.from(ofLevel, ({ slot }) => slot) };
}

function keyOf(name: string): string {
  return encodeUtf8(name).join();
}
