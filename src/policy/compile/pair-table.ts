// Groups of matchers that are found by two predicates together, because no single one distinguishes
// them. For example, each of a hundred services shares its name with a hundred policies, and so
// does each of a hundred routes, but every pair belongs to one policy.

import type { FlatReader, FlatWriter } from "../matching/flat-memory.ts";
import { spread } from "../../core/hash.ts";

/** A group that is found if both predicates are true. */
export interface PairedGroup {
  readonly group: number;
  readonly primary: number;
  readonly secondary: number;
}

/** The arrays of the table, in the order in which they are written. */
interface Tables {
  readonly roles: Uint8Array;
  readonly groups: Int32Array;
  readonly primaries: Int32Array;
  readonly secondaries: Int32Array;
  readonly ends: Int32Array;
  readonly table: Int32Array;
}

export class PairTable {
  /**
   * By predicate: bit 1: it is the primary of some pair; bit 2: it is the secondary of some pair.
   */
  readonly roles: Uint8Array;
  private readonly groups: Int32Array;
  private readonly primaries: Int32Array;
  private readonly secondaries: Int32Array;
  /** By primary: the end of its pairs, which are sorted by secondary. */
  private readonly ends: Int32Array;
  /** Open addressing: first pair of (primary, secondary), plus one. */
  private readonly table: Int32Array;
  private readonly mask: number;

  private constructor({ roles, groups, primaries, secondaries, ends, table }: Tables) {
    this.roles = roles;
    this.groups = groups;
    this.primaries = primaries;
    this.secondaries = secondaries;
    this.ends = ends;
    this.table = table;
    this.mask = table.length - 1;
  }

  static of(pairs: readonly PairedGroup[], predicates: number): PairTable {
    const sorted = [...pairs].sort(
      (a, b) => a.primary - b.primary || a.secondary - b.secondary || a.group - b.group,
    );
    let size = 16;
    while (size < sorted.length * 2) size *= 2;
    const made = new PairTable({
      roles: new Uint8Array(predicates),
      groups: Int32Array.from(sorted, (pair) => pair.group),
      primaries: Int32Array.from(sorted, (pair) => pair.primary),
      secondaries: Int32Array.from(sorted, (pair) => pair.secondary),
      ends: new Int32Array(predicates),
      table: new Int32Array(size),
    });
    const { roles, ends } = made;
    sorted.forEach(({ primary, secondary }, at) => {
      roles[primary] = (roles[primary] as number) | 1;
      roles[secondary] = (roles[secondary] as number) | 2;
      ends[primary] = at + 1;
      if (made.find(primary, secondary) < 0) made.insert(at);
    });
    return made;
  }

  write(out: FlatWriter): void {
    out.bytes(this.roles);
    for (const array of [this.groups, this.primaries, this.secondaries, this.ends, this.table]) {
      out.ints(array);
    }
  }

  static read(from: FlatReader): PairTable {
    return new PairTable({
      roles: from.bytes(),
      groups: from.ints(),
      primaries: from.ints(),
      secondaries: from.ints(),
      ends: from.ints(),
      table: from.ints(),
    });
  }

  get size(): number {
    return this.groups.length;
  }

  /**
   * Writes the groups of all pairs of true predicates into `out`, which must have room for all;
   * returns their number. This takes one probe per pair, and few predicates are true of one record.
   */
  collect(
    primaries: Int32Array,
    primaryCount: number,
    secondaries: Int32Array,
    secondaryCount: number,
    out: Int32Array,
  ): number {
    let count = 0;
    for (let i = 0; i < primaryCount; i++) {
      const primary = primaries[i] as number;
      const to = this.ends[primary] as number;
      for (let j = 0; j < secondaryCount; j++) {
        const secondary = secondaries[j] as number;
        let at = this.find(primary, secondary);
        if (at < 0) continue;
        for (; at < to && this.secondaries[at] === secondary; at++) {
          out[count++] = this.groups[at] as number;
        }
      }
    }
    return count;
  }

  private find(primary: number, secondary: number): number {
    const { table, mask } = this;
    for (let at = hashOf(primary, secondary) & mask; ; at = (at + 1) & mask) {
      const found = (table[at] as number) - 1;
      if (found < 0) return -1;
      if (this.primaries[found] === primary && this.secondaries[found] === secondary) return found;
    }
  }

  private insert(pair: number): void {
    let at = hashOf(this.primaries[pair] as number, this.secondaries[pair] as number) & this.mask;
    while (this.table[at] !== 0) at = (at + 1) & this.mask;
    this.table[at] = pair + 1;
  }
}

function hashOf(primary: number, secondary: number): number {
  return spread(Math.imul(primary, 0x9e3779b1) ^ secondary);
}
