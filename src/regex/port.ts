// What the rest of the engine knows about regular expressions: RE2 syntax and semantics, linear
// time.

import type { Meter } from "./meter.ts";

/**
 * A literal string that a text must equal, begin or end with, or contain. Case folding is Unicode
 * simple.
 */
export interface LiteralTest {
  readonly op: "equals" | "starts_with" | "ends_with" | "contains";
  readonly text: string;
  readonly caseInsensitive: boolean;
}

/** A literal that some match must contain. */
export interface RequiredLiteral {
  readonly text: string;
  readonly caseInsensitive: boolean;
}

/**
 * What a search for a regex amounts to.
 * - `always`: it matches every text (`.*`); `never`: none.
 * - `literals`: it matches exactly if one of the tests does.
 * - `guarded`: each element of `required` is a set, at least one literal of which is in every
 *   matching text; each element alone is a sound guard. Never empty; literals have at least one
 *   byte.
 * - `opaque`: nothing useful is required.
 */
export type RegexShape =
  | { readonly kind: "always" }
  | { readonly kind: "never" }
  | { readonly kind: "literals"; readonly tests: readonly LiteralTest[] }
  | { readonly kind: "guarded"; readonly required: readonly (readonly RequiredLiteral[])[] }
  | { readonly kind: "opaque" };

/**
 * A compiled regex. Texts are UTF-8; each invalid byte reads as U+FFFD. Never throws. Without a
 * meter, time is unlimited.
 */
export interface Regex {
  readonly pattern: string;
  /** The number of capture groups, without the whole match. */
  readonly groupCount: number;
  /** Names of the groups; index 0 is group 1. */
  readonly groupNames: readonly (string | undefined)[];
  /**
   * Unanchored search: whether bytes[start, end) contains a match. The text is exactly this range.
   * Also returns false if the meter ran out.
   */
  test(bytes: Uint8Array, start: number, end: number, meter?: Meter): boolean;
  /**
   * The matches of the text bytes[start, end) that begin at or after `from` (anchors refer to the
   * text, not to `from`). All of them together take time linear in the text. A walk is over when
   * its `next` returns false, when it is stopped, or when the regex begins another.
   */
  walk(bytes: Uint8Array, start: number, end: number, from: number, meter?: Meter): MatchWalk;
}

/** Goes through the matches of a text as RE2's GlobalReplace does: leftmost first. */
export interface MatchWalk {
  /**
   * Fills `captures` with the 2 × (groupCount + 1) offsets of the next match, -1 for groups without
   * a match; or, if it has room for only two, with those of the whole match, which costs less.
   * Returns false if there is no match, or if the meter ran out. Offsets are between characters: a
   * match or group that ends inside a character includes all of it.
   */
  next(captures: Int32Array): boolean;
  stop(): void;
}

/** Returns RE2's verdict on a pattern: undefined if it is valid, otherwise RE2's reason. */
export type RegexValidator = (pattern: string) => string | undefined;

/** A set of regexes searched together: one pass, whatever their number. */
export interface RegexSet {
  /**
   * Writes the indexes of the regexes that match bytes[start, end) into `hits`, in no particular
   * order, and returns their number; if the meter ran out, these are those found so far. `hits` has
   * room for all.
   */
  search(bytes: Uint8Array, start: number, end: number, hits: Int32Array, meter?: Meter): number;
}
