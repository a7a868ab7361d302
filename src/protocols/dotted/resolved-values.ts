// The values that count for the requested attributes of one record, from all of its parts, ready to
// be put at each level. A name that was found in one part is not searched for in the next. Reused
// from record to record.

import { grownBytes, grownInts } from "../../core/bytes.ts";
import { parseInt64 } from "../../core/int64.ts";
import {
  CLOSE_ARRAY,
  enterContainer,
  nextInContainer,
  parseDouble,
  QUOTE,
  releaseScratch,
  scanString,
  Scratch,
  skipValue,
  unescapeToScratch,
} from "../../core/json/index.ts";
import type { LevelIndex } from "../../policy/fields.ts";
import type { FieldValues, ValuePuts } from "../../policy/record-port.ts";
import type { RequestedAttributes } from "./requested-attributes.ts";
import { type ScanResult, Found } from "./scan-result.ts";

const NOTHING = new Uint8Array(0);
const LETTER_T = 0x74;
const LETTER_F = 0x66;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const EPOCH_MAX = 0x7fffffff;
const int64 = new Int32Array(2);

/**
 * Puts a value of a JSON document: `start` and `end` as ScanResult has them, but a string is
 * unescaped.
 */
export function putFound(
  values: ValuePuts,
  slot: number,
  kind: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (kind === Found.string) values.putString(slot, bytes, start, end);
  else if (kind === Found.number) putNumber(values, slot, bytes, start, end);
  else if (kind === Found.bool) values.putBool(slot, start === 1);
  else if (kind === Found.integer) values.putInt(slot, start, end);
  else values.putComposite(slot);
}

/** Integers that fit 64 bits exactly, all others as the nearest double. */
/**
 * Puts the elements of an array of a JSON document, bytes[start, end), which was scanned before.
 * Texts with escapes are unescaped into `scratch`.
 */
export function putElements(
  values: ValuePuts,
  slot: number,
  bytes: Uint8Array,
  start: number,
  scratch: Scratch,
): void {
  let at = enterContainer(bytes, start);
  while (at >= 0) {
    const c = bytes[at] as number;
    let end: number;
    if (c === QUOTE) {
      const quote = scanString(bytes, at + 1);
      end = (quote < 0 ? ~quote : quote) + 1;
      if (quote >= 0) values.putString(slot, bytes, at + 1, quote);
      else {
        unescapeToScratch(bytes, at + 1, ~quote, scratch);
        values.putString(slot, scratch.text, scratch.from, scratch.to);
      }
    } else {
      end = skipValue(bytes, at, 0);
      if (c === LETTER_T || c === LETTER_F) values.putBool(slot, c === LETTER_T);
      else if (c === MINUS || (c >= ZERO && c <= NINE)) putNumber(values, slot, bytes, at, end);
    }
    at = nextInContainer(bytes, end, CLOSE_ARRAY);
  }
}

function putNumber(
  values: ValuePuts,
  slot: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (parseInt64(bytes, start, end, int64)) {
    values.putInt(slot, int64[0] as number, int64[1] as number);
  } else values.putDouble(slot, parseDouble(bytes, start, end));
}

export class ResolvedValues {
  private readonly asked: RequestedAttributes;
  private nodes = new Int32Array(32);
  private kinds = new Uint8Array(32);
  private starts = new Int32Array(32);
  private ends = new Int32Array(32);
  private sources: Uint8Array[] = Array.from({ length: 32 }, () => NOTHING);
  private count = 0;
  private readonly scratch = new Scratch(64);
  /** By node: the epoch of the record that had it, and the part it came from. */
  private readonly stamps: Int32Array;
  private readonly parts: Uint8Array;
  private epoch = 0;
  private part = 0;
  /** Asked names of this record that were not found yet. */
  missing = 0;

  constructor(asked: RequestedAttributes) {
    this.asked = asked;
    this.stamps = new Int32Array(asked.names.size);
    this.parts = new Uint8Array(asked.names.size);
  }

  begin(): void {
    if (this.epoch === EPOCH_MAX) {
      this.stamps.fill(0);
      this.epoch = 0;
    }
    this.epoch++;
    this.part = 0;
    this.count = 0;
    this.scratch.reset();
    this.missing = this.asked.count;
  }

  /** Goes on with the next part of the record. */
  nextPart(): void {
    this.part++;
  }

  /** Has a name that is asked for counted as found, before anything is added. */
  pass(node: number): void {
    this.stamps[node] = this.epoch;
    this.parts[node] = this.part++;
    this.missing--;
  }

  /** Whether a value of the name would count: it is asked for, and no part before has it. */
  wants(node: number): boolean {
    if (this.asked.asked[node] === 0) return false;
    return this.stamps[node] !== this.epoch || this.parts[node] === this.part;
  }

  /** Adds a value of a name that is wanted; a part may have several. */
  add(node: number, kind: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.stamps[node] !== this.epoch) {
      this.stamps[node] = this.epoch;
      this.missing--;
    }
    this.parts[node] = this.part;
    const at = this.count++;
    if (at === this.nodes.length) this.grow();
    this.nodes[at] = node;
    this.kinds[at] = kind;
    this.starts[at] = start;
    this.ends[at] = end;
    this.sources[at] = bytes;
  }

  /** Adds a text if its name is wanted. */
  addText(node: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.wants(node)) this.add(node, Found.string, bytes, start, end);
  }

  /** Adds a text for the wanted names for which this one stands. */
  addTextAsAlias(node: number, bytes: Uint8Array, start: number, end: number): void {
    for (const other of this.asked.standsFor[node] as readonly number[]) {
      if (this.wants(other)) this.add(other, Found.string, bytes, start, end);
    }
  }

  /** Adds all that a scan found, and then what it found under names that stand for others. */
  addFindings(scanResult: ScanResult, bytes: Uint8Array, scratch: Scratch): void {
    const { count, nodes } = scanResult;
    const { standsFor, tagOnly } = this.asked;
    let hasAlias = false;
    for (let i = 0; i < count; i++) {
      const node = nodes[i] as number;
      if (!hasAlias && this.wantsAny(standsFor[node] as readonly number[])) hasAlias = true;
      if (this.wants(node)) this.addFinding(node, i, scanResult, bytes, scratch);
    }
    if (!hasAlias) return;
    for (let i = 0; i < count; i++) {
      const node = nodes[i] as number;
      if (tagOnly[node] === 1) continue;
      for (const other of standsFor[node] as readonly number[]) {
        if (!scanResult.has(other) && this.wants(other)) {
          this.addFinding(other, i, scanResult, bytes, scratch);
        }
      }
    }
  }

  private wantsAny(nodes: readonly number[]): boolean {
    for (let i = 0; i < nodes.length; i++) if (this.wants(nodes[i] as number)) return true;
    return false;
  }

  private addFinding(
    as: number,
    at: number,
    scanResult: ScanResult,
    bytes: Uint8Array,
    scratch: Scratch,
  ): void {
    const kind = scanResult.kinds[at] as number;
    const start = scanResult.starts[at] as number;
    const end = scanResult.ends[at] as number;
    if (kind !== Found.string || end >= 0) this.add(as, kind, bytes, start, end);
    else {
      unescapeToScratch(bytes, start, ~end, scratch);
      this.add(as, kind, scratch.text, scratch.from, scratch.to);
    }
  }

  /** Puts the values of one level: all that a name has, the one that counts first. */
  flush(values: FieldValues, level: LevelIndex): void {
    const starts = this.asked.slotStarts[level];
    const slots = this.asked.slots[level];
    for (let i = 0; i < this.count; i++) {
      const node = this.nodes[i] as number;
      const last = starts[node + 1] as number;
      for (let s = starts[node] as number; s < last; s++) {
        const from = this.starts[i] as number;
        const to = this.ends[i] as number;
        const kind = this.kinds[i] as number;
        const slot = slots[s] as number;
        const source = this.sources[i] as Uint8Array;
        putFound(values, slot, kind, source, from, to);
        if (kind !== Found.array || this.asked.holding[slot] !== 1) continue;
        putElements(values.elements, slot, source, from, this.scratch);
      }
    }
  }

  /** Keeps no bytes of the request. */
  release(): void {
    this.count = 0;
    for (let i = 0; i < this.sources.length; i++) this.sources[i] = NOTHING;
    releaseScratch(this.scratch);
  }

  private grow(): void {
    const size = this.nodes.length * 2;
    this.nodes = grownInts(this.nodes, size);
    this.starts = grownInts(this.starts, size);
    this.ends = grownInts(this.ends, size);
    this.kinds = grownBytes(this.kinds, size);
    while (this.sources.length < size) this.sources.push(NOTHING);
  }
}
