// One condition on one slot, without the policies that use it: equal conditions of many policies
// are one predicate, tested at most once per record. It knows how to test a value on its own; the
// slot index finds the ones that a value satisfies without testing each.

import { sameRange } from "../../core/bytes.ts";
import type { Interval } from "../matching/intervals.ts";
import type { Literal } from "../matching/literal.ts";
import type { Meter, Regex, RegexShape } from "../../regex/index.ts";
import { ValueKind } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";

export type PredicateTest =
  | { readonly op: "exists" }
  /** Any string, also the empty one. */
  | { readonly op: "any_string" }
  | { readonly op: "never" }
  /** True when one of the literals matches. */
  | { readonly op: "literals"; readonly literals: readonly Literal[] }
  | {
      readonly op: "regex";
      readonly regex: Regex;
      readonly caseInsensitive: boolean;
      readonly shape: RegexShape;
    }
  | { readonly op: "number"; readonly interval: Interval }
  | { readonly op: "bool"; readonly value: boolean }
  | { readonly op: "bytes"; readonly value: Uint8Array };

export interface Predicate {
  readonly id: number;
  readonly slot: number;
  readonly test: PredicateTest;
}

/** Literals are looked for in a text of this length even when the time is over. */
export const SHORT_TEXT_BYTES = 4096;

/** Whether testing the value at `entry` takes time that has to be there. */
export function needsTime(test: PredicateTest, values: ValueStore, entry: number): boolean {
  if (values.kind(entry) !== ValueKind.string) return false;
  if (test.op === "regex") return true;
  return test.op === "literals" && values.end(entry) - values.start(entry) > SHORT_TEXT_BYTES;
}

/**
 * Whether the value at `entry` satisfies the test. A value of another type does not; never throws.
 * False also when that needs time and the meter ran out.
 */
export function satisfies(
  test: PredicateTest,
  values: ValueStore,
  entry: number,
  meter: Meter,
): boolean {
  const kind = values.kind(entry);
  switch (test.op) {
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
  }
}

function isBytes(want: Uint8Array, values: ValueStore, entry: number): boolean {
  const start = values.start(entry);
  return sameRange(want, 0, want.length, values.buffer(entry), start, values.end(entry));
}
