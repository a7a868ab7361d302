// Families seen earlier in a scrape, in case they come again: samples that stand apart from their
// metadata still have the type that the samples before them had, and metadata that was held back
// can still go out. Memory is bounded: the table has two halves, and when the younger one is full,
// the older one is forgotten.

import { sameRange, copyBytes } from "../../../core/bytes.ts";
import { fnv32, spread } from "../../../core/hash.ts";
import { ByteBuffer } from "./byte-buffer.ts";
import type { Family, Remembered } from "./family.ts";
import { allowsSuffix, type FamilyTypeIndex, suffixBytes, SUFFIX_COUNT } from "./family-type.ts";
import { REMEMBERED_BYTES_MAX, REMEMBERED_FAMILIES_MAX } from "../../../core/limits.ts";

const FAMILIES_PER_HALF = REMEMBERED_FAMILIES_MAX / 2;
const BYTES_PER_HALF = REMEMBERED_BYTES_MAX / 2;
const ARENA_BYTES_MIN = 8 * 1024;
const ENTRIES_MIN = 64;
/** The meaning of the numbers of one entry; from `start` on, they are offsets. */
const WIDTH = 8;
const At = {
  hash: 0,
  /** Includes a bit for what is settled. */
  type: 1,
  /** Suffixes that were seen, and suffixes that are denied. */
  suffixes: 2,
  start: 3,
  help: 4,
  unit: 5,
  block: 6,
  end: 7,
} as const;
const SETTLED = 16;
const TYPED = 32;

/** One half: an open hash table over an arena of bytes. */
class Half {
  count = 0;
  private arena = new Uint8Array(ARENA_BYTES_MIN);
  private used = 0;
  private entries = new Int32Array(ENTRIES_MIN * WIDTH);
  private table = new Int32Array(ENTRIES_MIN * 2);

  clear(): void {
    this.count = 0;
    this.used = 0;
    this.table.fill(0);
  }

  /** Number of the entry, or -1. */
  find(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const { table, entries, arena } = this;
    const mask = table.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const entry = (table[at] as number) - 1;
      if (entry < 0) return -1;
      const base = entry * WIDTH;
      if (entries[base] !== hash) continue;
      const nameStart = entries[base + At.start] as number;
      const nameEnd = nameStart + (entries[base + At.help] as number);
      if (sameRange(arena, nameStart, nameEnd, bytes, start, end)) return entry;
    }
  }

  /** Adds a family. False if there is no room. */
  add(hash: number, family: Family): boolean {
    const { name, help, unit, block } = family;
    const start = this.used;
    const needed = start + name.length + help.length + unit.length + block.length;
    if (this.count === FAMILIES_PER_HALF || needed > BYTES_PER_HALF) return false;
    this.grow(needed);
    // The new entry replaces an earlier family with the same name.
    const known = this.find(hash, name.bytes, 0, name.length);
    const entry = known < 0 ? this.count++ : known;
    const { entries } = this;
    const base = entry * WIDTH;
    entries[base + At.hash] = hash;
    entries[base + At.type] =
      family.type | (family.isSettled ? SETTLED : 0) | (family.hasType ? TYPED : 0);
    entries[base + At.suffixes] = family.seen | (family.denied << SUFFIX_COUNT);
    entries[base + At.start] = start;
    entries[base + At.help] = this.append(name) - start;
    entries[base + At.unit] = this.append(help) - start;
    entries[base + At.block] = this.append(unit) - start;
    entries[base + At.end] = this.append(block) - start;
    if (known < 0) insert(this.table, entry, hash);
    return true;
  }

  entry(number: number, isRecent: boolean): Remembered {
    const { entries, arena } = this;
    const at = (index: number): number => entries[number * WIDTH + index] as number;
    return {
      // Written from a FamilyTypeIndex.
      type: (at(At.type) & ~(SETTLED | TYPED)) as FamilyTypeIndex,
      hasType: (at(At.type) & TYPED) !== 0,
      isSettled: (at(At.type) & SETTLED) !== 0,
      seen: at(At.suffixes) & ((1 << SUFFIX_COUNT) - 1),
      denied: at(At.suffixes) >> SUFFIX_COUNT,
      isRecent,
      bytes: arena,
      at: at(At.start),
      help: at(At.help),
      unit: at(At.unit),
      block: at(At.block),
      end: at(At.end),
    };
  }

  private append({ bytes, length }: ByteBuffer): number {
    copyBytes(bytes, 0, length, this.arena, this.used);
    this.used += length;
    return this.used;
  }

  private grow(bytesNeeded: number): void {
    if (bytesNeeded > this.arena.length) {
      const arena = new Uint8Array(Math.max(bytesNeeded, this.arena.length * 2));
      arena.set(this.arena.subarray(0, this.used));
      this.arena = arena;
    }
    if ((this.count + 1) * WIDTH <= this.entries.length) return;
    const entries = new Int32Array(this.entries.length * 2);
    entries.set(this.entries);
    this.entries = entries;
    this.table = new Int32Array(this.table.length * 2);
    for (let entry = 0; entry < this.count; entry++) {
      insert(this.table, entry, entries[entry * WIDTH] as number);
    }
  }
}

export class FamilyTable {
  private readonly sampleName = new ByteBuffer(256);
  private younger = new Half();
  private older: Half | undefined;

  remember(family: Family): void {
    const hash = hashOf(family.name.bytes, 0, family.name.length);
    if (this.younger.add(hash, family)) return;
    const half = this.older ?? new Half();
    half.clear();
    this.older = this.younger;
    this.younger = half;
    // A family that has no room in an empty half is too large to be worth remembering.
    half.add(hash, family);
  }

  /**
   * For a family that has just got its type: samples that were judged before, although their names
   * would belong to it. If they belong to a family with a type, they stay with that one. If some
   * had no type, this family goes without metadata, so that all of its samples are treated alike.
   */
  separate(family: Family): void {
    const { name, type } = family;
    const { sampleName } = this;
    for (let suffix = 1; suffix < SUFFIX_COUNT; suffix++) {
      if (!allowsSuffix(type, suffix)) continue;
      sampleName.clear();
      sampleName.append(name.bytes, 0, name.length);
      const bytes = suffixBytes(suffix);
      sampleName.append(bytes, 0, bytes.length);
      const own = this.find(sampleName.bytes, 0, sampleName.length);
      if (own?.isSettled !== true) continue;
      family.denied |= 1 << suffix;
      if (!own.hasType) family.settleBare();
    }
  }

  /** What is known about the family with the name bytes[start, end). */
  find(bytes: Uint8Array, start: number, end: number): Remembered | undefined {
    const hash = hashOf(bytes, start, end);
    const young = this.younger.find(hash, bytes, start, end);
    if (young >= 0) return this.younger.entry(young, true);
    const old = this.older?.find(hash, bytes, start, end) ?? -1;
    return old < 0 ? undefined : this.older?.entry(old, false);
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  return spread(fnv32(bytes, start, end));
}

function insert(table: Int32Array, entry: number, hash: number): void {
  const mask = table.length - 1;
  let at = hash & mask;
  while (table[at] !== 0) at = (at + 1) & mask;
  table[at] = entry + 1;
}
