// One condition on one slot, without the policies that use it. Equal conditions of many policies
// are one predicate, which is tested at most once per record. A predicate can test a value by
// itself; the slot index finds all predicates that a value satisfies without testing each.

import { sameRange } from "../../core/bytes.ts";
import type { BytePattern } from "../matching/byte-pattern.ts";
import type { Interval } from "../matching/intervals.ts";
import type { Literal } from "../matching/literal.ts";
import type { Meter, Regex, RegexShape } from "../../regex/index.ts";
import { ValueKind } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";

export type PredicateTest =
  | { readonly op: "exists" }
  /** Any string, including the empty one. */
  | { readonly op: "any_string" }
  | { readonly op: "never" }
  /** True if one of the literals matches. */
  | { readonly op: "literals"; readonly literals: readonly Literal[] }
  | {
      readonly op: "regex";
      readonly regex: Regex;
      readonly caseInsensitive: boolean;
      readonly shape: RegexShape;
    }
  | { readonly op: "number"; readonly interval: Interval }
  | { readonly op: "bool"; readonly value: boolean }
  | { readonly op: "bytes"; readonly value: Uint8Array }
  | { readonly op: "contains_bytes"; readonly value: BytePattern }
  /** Separate tests for a value as a whole and for the elements of an array. */
  | { readonly op: "holds"; readonly whole: PredicateTest; readonly element: PredicateTest };

export interface Predicate {
  readonly id: number;
  readonly slot: number;
  readonly test: PredicateTest;
}

/** Literals are searched for in a text up to this length even if the time is over. */
export const SHORT_TEXT_BYTES = 4096;

/** Whether testing the value at `entry` takes so much time that it must be allowed for. */
export function needsTime(test: PredicateTest, values: ValueStore, entry: number): boolean {
  if (test.op === "holds") {
    return needsTime(values.isElement(entry) ? test.element : test.whole, values, entry);
  }
  const kind = values.kind(entry);
  const isLong = values.end(entry) - values.start(entry) > SHORT_TEXT_BYTES;
  if (kind === ValueKind.bytes) return test.op === "contains_bytes" && isLong;
  if (kind !== ValueKind.string) return false;
  return test.op === "regex" || (test.op === "literals" && isLong);
}

/**
 * Whether the value at `entry` satisfies the test. A value of another type does not; never throws.
 * Also returns false if the test needs time and the meter ran out.
 */
export function satisfies(
  test: PredicateTest,
  values: ValueStore,
  entry: number,
  meter: Meter,
): boolean {
  const isElement = values.isElement(entry);
  if (test.op === "holds") {
    return isTrueOf(isElement ? test.element : test.whole, values, entry, meter);
  }
  // An array exists, whatever is in it.
  return isElement ? test.op === "exists" : isTrueOf(test, values, entry, meter);
}

function isTrueOf(test: PredicateTest, values: ValueStore, entry: number, meter: Meter): boolean {
  const kind = values.kind(entry);
  switch (test.op) {
    case "holds":
      return false;
    case "exists":
      return true;
    case "never":
      return false;
    case "any_string":
      return kind === ValueKind.string;
    case "literals": {
      if (kind !== ValueKind.string) return false;
      const buffer = values.buffer(entry);
      const literals = test.literals;
      const length = values.end(entry) - values.start(entry);
      if (!meter.spend(length * literals.length) && length > SHORT_TEXT_BYTES) return false;
      for (let i = 0; i < literals.length; i++) {
        const literal = literals[i] as Literal;
        if (literal.matches(buffer, values.start(entry), values.end(entry))) return true;
      }
      return false;
    }
    case "regex":
      return (
        kind === ValueKind.string &&
        test.regex.test(values.buffer(entry), values.start(entry), values.end(entry), meter)
      );
    case "number":
      return (
        (kind === ValueKind.int || kind === ValueKind.double) &&
        test.interval.holds(values.numberAt(entry))
      );
    case "bool":
      return kind === ValueKind.bool && values.bool(entry) === test.value;
    case "bytes":
      return kind === ValueKind.bytes && isBytes(test.value, values, entry);
    case "contains_bytes": {
      if (kind !== ValueKind.bytes) return false;
      const [start, end] = [values.start(entry), values.end(entry)];
      const isShort = end - start <= SHORT_TEXT_BYTES;
      if (!meter.spend(end - start) && !isShort) return false;
      return test.value.isIn(values.buffer(entry), start, end);
    }
  }
}

function isBytes(want: Uint8Array, values: ValueStore, entry: number): boolean {
  const start = values.start(entry);
  return sameRange(want, 0, want.length, values.buffer(entry), start, values.end(entry));
}
