// Aho–Corasick over bytes: finds every pattern of a set in one pass over a text, at the same speed
// for ten patterns and for ten thousand. One flat table of next states; bytes that no pattern holds
// share a class, and, when folding, so do the two cases of an ASCII letter.

import { type FlatReader, type FlatWriter, sharedInts } from "./flat-memory.ts";
import type { Meter } from "../../regex/index.ts";

/** Bytes that are read between two checks of the meter. */
const BYTES_PER_LOOK = 1 << 14;

/** Collects patterns; `build` turns them into an Automaton. */
export class AutomatonBuilder {
  private readonly patterns: Uint8Array[] = [];
  private readonly numbers = new Map<string, number>();

  /** Returns the number of the pattern (not empty), which is its order of insertion. */
  add(pattern: Uint8Array): number {
    const key = String.fromCharCode(...pattern);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const number = this.patterns.length;
    this.numbers.set(key, number);
    this.patterns.push(pattern);
    return number;
  }

  get size(): number {
    return this.patterns.length;
  }

  /**
   * `foldAscii`: patterns are lower-case, and A to Z in the text read as a to z. Builds in steps of
   * a few milliseconds.
   */
  *build(foldAscii: boolean): Generator<undefined, Automaton> {
    const classes = new Uint8Array(256);
    const stride = assignClasses(classes, this.patterns, foldAscii);
    const statesInAll = statesOf([...this.numbers.keys()].sort());
    yield;
    const trie = sharedInts(statesInAll * stride);
    const ends = sharedInts(statesInAll).fill(-1);
    let states = 1;
    for (const [number, pattern] of this.patterns.entries()) {
      let state = 0;
      for (const byte of pattern) {
        const at = state * stride + (classes[byte] as number);
        // No transition leads back to the root, so 0 can mean that there is none.
        if (trie[at] === 0) trie[at] = states++;
        state = trie[at] as number;
      }
      ends[state] = number;
      if (number % PATTERNS_PER_STEP === 0) yield;
    }
    const tables: Tables = {
      classes,
      stride,
      table: trie,
      endsHere: ends,
      endsNext: sharedInts(states).fill(-1),
    };
    yield* link(tables);
    return new Automaton(tables);
  }
}

/** Work per step of building. */
const PATTERNS_PER_STEP = 2000;
const STATES_PER_STEP = 2000;

/**
 * Sizes of the table of pairs, powers of two: there are thousands of automata of a single pattern.
 */
const PAIRS_MIN = 128;
const PAIRS_MAX = 4096;
const PAIRS_PER_PATTERN = 64;

/** Pairs of bytes share cells, but where there are many cells, pairs of letters hardly do. */
function pairOf(first: number, second: number): number {
  return (first << 5) ^ second;
}

interface Tables {
  /** Class of each byte. Bytes in class 0 are in no pattern. */
  readonly classes: Uint8Array;
  readonly stride: number;
  /** Row of a state: next rows by class, doubled; the lowest bit says that patterns end there. */
  readonly table: Int32Array;
  /**
   * By state: the pattern that ends there, or -1; the nearest state along the failure links where a
   * pattern ends, or -1.
   */
  readonly endsHere: Int32Array;
  readonly endsNext: Int32Array;
}

/**
 * The number of states of the trie of all patterns, which are sorted: the table is large, so it is
 * allocated once and never copied.
 */
function statesOf(sorted: readonly string[]): number {
  let states = 1;
  let before = "";
  for (const pattern of sorted) {
    let shared = 0;
    while (shared < before.length && before[shared] === pattern[shared]) shared++;
    states += pattern.length - shared;
    before = pattern;
  }
  return states;
}

function assignClasses(
  classes: Uint8Array,
  patterns: readonly Uint8Array[],
  foldAscii: boolean,
): number {
  let next = 1;
  for (const pattern of patterns) {
    for (const byte of pattern) {
      if (classes[byte] === 0) classes[byte] = next++;
    }
  }
  if (foldAscii) {
    for (let byte = 0x41; byte <= 0x5a; byte++) classes[byte] = classes[byte + 0x20] as number;
  }
  return next;
}

/**
 * Breadth first: failure states, complete rows, chains of ends; then rows become offsets with a
 * mark.
 */
function* link({ table, stride, endsHere, endsNext }: Tables): Generator<undefined, void> {
  const states = endsHere.length;
  const failures = new Int32Array(states);
  const queue = new Int32Array(states);
  let tail = 1;
  for (let head = 0; head < tail; head++) {
    const state = queue[head] as number;
    const failure = failures[state] as number;
    if (state !== 0) {
      endsNext[state] = endsHere[failure] !== -1 ? failure : (endsNext[failure] as number);
    }
    for (let c = 0; c < stride; c++) {
      const at = state * stride + c;
      const fallback = state === 0 ? 0 : (table[failure * stride + c] as number);
      if (table[at] === 0) {
        table[at] = fallback;
      } else {
        failures[table[at] as number] = fallback;
        queue[tail++] = table[at] as number;
      }
    }
    if (head % STATES_PER_STEP === STATES_PER_STEP - 1) yield;
  }
  for (let state = 0; state < states; state++) {
    for (let at = state * stride; at < (state + 1) * stride; at++) {
      const next = table[at] as number;
      const marked = endsHere[next] !== -1 || endsNext[next] !== -1;
      table[at] = next * stride * 2 + (marked ? 1 : 0);
    }
    if (state % STATES_PER_STEP === STATES_PER_STEP - 1) yield;
  }
}

export class Automaton {
  private readonly classes: Uint8Array;
  private readonly table: Int32Array;
  private readonly stride: number;
  private readonly endsHere: Int32Array;
  private readonly endsNext: Int32Array;
  /**
   * 1 for pairs of bytes with which patterns begin, by `pairOf`: most places of a text begin no
   * pattern.
   */
  private readonly pairs: Uint8Array;
  /** The row in the table that the current search has reached. */
  private row = 0;

  constructor(tables: Tables) {
    this.classes = tables.classes;
    this.table = tables.table;
    this.stride = tables.stride;
    this.endsHere = tables.endsHere;
    this.endsNext = tables.endsNext;
    let cells = PAIRS_MIN;
    const wanted = this.endsHere.filter((pattern) => pattern >= 0).length * PAIRS_PER_PATTERN;
    while (cells < wanted && cells < PAIRS_MAX) cells *= 2;
    this.pairs = new Uint8Array(cells);
    this.markPairs();
  }

  /** Marks each two bytes after which the search is further than after the second byte alone. */
  private markPairs(): void {
    const { classes, table, pairs } = this;
    const pairMask = pairs.length - 1;
    for (let first = 0; first < 256; first++) {
      const next = table[classes[first] as number] as number;
      if (next === 0) continue;
      for (let second = 0; second < 256; second++) {
        const c = classes[second] as number;
        const both = table[(next >> 1) + c] as number;
        if ((next & 1) !== 0 || both !== table[c]) pairs[pairOf(first, second) & pairMask] = 1;
      }
    }
  }

  write(out: FlatWriter): void {
    out.int(this.stride);
    out.bytes(this.classes);
    out.ints(this.table);
    out.ints(this.endsHere);
    out.ints(this.endsNext);
  }

  static read(from: FlatReader): Automaton {
    return new Automaton({
      stride: from.int(),
      classes: from.bytes(),
      table: from.ints(),
      endsHere: from.ints(),
      endsNext: from.ints(),
    });
  }

  /**
   * Writes the numbers of the patterns that bytes[start, end) contains into `hits`, each once as
   * long as `seen` (one stamp for each pattern) differs from `serial`; returns their count. `hits`
   * has room for all. If the meter runs out in a long text, only what was read by then counts.
   */
  search(
    bytes: Uint8Array,
    start: number,
    end: number,
    hits: Int32Array,
    seen: Int32Array,
    serial: number,
    meter: Meter,
  ): number {
    this.row = 0;
    if (end - start <= BYTES_PER_LOOK) {
      meter.spend(end - start);
      return this.searchOn(bytes, start, end, hits, 0, seen, serial);
    }
    let count = 0;
    for (let i = start; i < end; i += BYTES_PER_LOOK) {
      const stop = Math.min(end, i + BYTES_PER_LOOK);
      if (!meter.spend(stop - i) && i > start) return count;
      count = this.searchOn(bytes, i, stop, hits, count, seen, serial);
    }
    return count;
  }

  /** Continues with the following bytes; returns the count of all hits so far. */
  private searchOn(
    bytes: Uint8Array,
    start: number,
    end: number,
    hits: Int32Array,
    from: number,
    seen: Int32Array,
    serial: number,
  ): number {
    const { table, classes, pairs } = this;
    const pairMask = pairs.length - 1;
    let count = from;
    let { row } = this;
    for (let i = start; i < end; i++) {
      if (row === 0) {
        const last = end - 1;
        while (
          i < last &&
          pairs[pairOf(bytes[i] as number, bytes[i + 1] as number) & pairMask] === 0
        ) {
          i++;
        }
      }
      const next = table[row + (classes[bytes[i] as number] as number)] as number;
      row = next >> 1;
      if ((next & 1) !== 0) count = this.collect(row, hits, count, seen, serial);
    }
    this.row = row;
    return count;
  }

  private collect(
    row: number,
    hits: Int32Array,
    count: number,
    seen: Int32Array,
    serial: number,
  ): number {
    let state = row / this.stride;
    let found = count;
    while (state >= 0) {
      const pattern = this.endsHere[state] as number;
      if (pattern >= 0) {
        // Every pattern that ends here has been found before, and so have all along its failure
        // links.
        if (seen[pattern] === serial) return found;
        seen[pattern] = serial;
        hits[found++] = pattern;
      }
      state = this.endsNext[state] as number;
    }
    return found;
  }
}
