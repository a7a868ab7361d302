// What the rest of the engine knows of regular expressions. RE2 syntax and semantics; linear time.

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
 * What a regex comes to when it is only searched for.
 * - `always`: it matches every text (`.*`); `never`: none.
 * - `literals`: it matches exactly when one of the tests does.
 * - `guarded`: each element of `required` is a set of which at least one literal is in every
 *   matching text; any one element alone is a sound guard. Never empty; literals have at least one
 *   byte.
 * - `opaque`: nothing useful is required.
 */
export type RegexShape =
  | { readonly kind: "always" }
  | { readonly kind: "never" }
  | { readonly kind: "literals"; readonly tests: readonly LiteralTest[] }
  | { readonly kind: "guarded"; readonly required: readonly (readonly RequiredLiteral[])[] }
  | { readonly kind: "opaque" };

/** A compiled regex. Texts are UTF-8; each invalid byte reads as U+FFFD. Never throws. */
export interface Regex {
  readonly pattern: string;
  /** Capture groups, without the whole match. */
  readonly groupCount: number;
  /** Names of the groups; index 0 is group 1. */
  readonly groupNames: readonly (string | undefined)[];
  /** Unanchored search: whether bytes[start, end) contains a match. The text is just that range. */
  test(bytes: Uint8Array, start: number, end: number): boolean;
  /**
   * The leftmost-first match at or after `from` in the text bytes[start, end) (anchors refer to the
   * text, not to `from`). Fills `captures` with 2 × (groupCount + 1) offsets, -1 for groups without
   * a match.
   */
  find(bytes: Uint8Array, start: number, end: number, from: number, captures: Int32Array): boolean;
}

/** Says what RE2 says of a pattern: undefined when it is valid, else RE2's reason. */
export type RegexJudge = (pattern: string) => string | undefined;

/** A set of regexes searched together: one pass, whatever their number. */
export interface RegexSet {
  /**
   * Reports through `hits` the indexes of the regexes that match bytes[start, end), in no order,
   * and returns their number. `hits` has room for all.
   */
  search(bytes: Uint8Array, start: number, end: number, hits: Int32Array): number;
}
