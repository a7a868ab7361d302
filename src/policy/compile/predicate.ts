// One condition on one slot, without the policies that use it: equal conditions of many policies
// are one predicate, tested at most once per record. It knows how to test a value on its own; the
// slot index finds the ones that a value satisfies without testing each.

import type { Interval } from "../matching/intervals.ts";
import type { Literal } from "../matching/literal.ts";
import type { Regex, RegexShape } from "../matching/regex/index.ts";
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

/**
 * Whether the value at `entry` satisfies the test. A value of another type does not; never throws.
 */
export function satisfies(test: PredicateTest, values: ValueStore, entry: number): boolean {
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
      for (let i = 0; i < literals.length; i++) {
        const literal = literals[i] as Literal;
        if (literal.matches(buffer, values.start(entry), values.end(entry))) return true;
      }
      return false;
    }
    case "regex":
      return (
        kind === ValueKind.string &&
        test.regex.test(values.buffer(entry), values.start(entry), values.end(entry))
      );
    case "number":
      return (
        (kind === ValueKind.int || kind === ValueKind.double) &&
        test.interval.holds(values.numberAt(entry))
      );
    case "bool":
      return kind === ValueKind.bool && values.bool(entry) === test.value;
    case "bytes":
      return kind === ValueKind.bytes && sameBytes(test.value, values, entry);
  }
}

function sameBytes(want: Uint8Array, values: ValueStore, entry: number): boolean {
  const start = values.start(entry);
  if (values.end(entry) - start !== want.length) return false;
  const buffer = values.buffer(entry);
  for (let i = 0; i < want.length; i++) if (want[i] !== buffer[start + i]) return false;
  return true;
}
