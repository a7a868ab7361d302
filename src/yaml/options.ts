// The bounds within which YAML is read, and the messages for what is wrong with it.

/** Faults that are reported in our own words; others are reported in the parser's. */
export type YamlFault =
  | "BAD_ALIAS"
  | "BAD_DIRECTIVE"
  | "BAD_DQ_ESCAPE"
  | "BLOCK_AS_IMPLICIT_KEY"
  | "DUPLICATE_KEY"
  | "KEY_NOT_TEXT"
  | "MERGE_OF_NO_MAP"
  | "MULTIPLE_DOCS"
  | "NO_ANCHOR"
  | "RESOURCE_EXHAUSTION"
  | "TAB_AS_INDENT"
  | "TAG_RESOLVE_FAILED"
  | "TOO_DEEP"
  | "TOO_MANY_VALUES"
  | "UNEXPECTED_TOKEN"
  | "UNFOLDED";

export interface YamlOptions {
  /** How deeply maps and lists may be nested. */
  readonly depthMax: number;
  /**
   * The number of values, and roughly of characters, that the tree has with all aliases expanded.
   */
  readonly valuesMax?: number;
  readonly unfoldedCharsMax?: number;
  /**
   * Whether duplicate keys compete with other faults to be the first one reported, at the cost of
   * the square of a map's keys. Otherwise they are only found if there is no other fault.
   */
  readonly findsDuplicatesFirst?: boolean;
  /** Replace the usual words. */
  readonly reasons?: Readonly<Partial<Record<YamlFault, string>>>;
}

/** Messages of the parser that are jargon, suggest no fix, or quote the text. */
export const YAML_REASONS: Readonly<Partial<Record<string, string>>> = {
  BAD_ALIAS: "an alias that is not written as one",
  BAD_DIRECTIVE: "a line that begins with % is no directive",
  BAD_DQ_ESCAPE:
    "an invalid escape in double quotes; in single quotes a backslash stands for itself",
  DUPLICATE_KEY: "duplicate key; keep one of the two",
  KEY_NOT_TEXT: "a key that is no text",
  MERGE_OF_NO_MAP: "<< merges maps only",
  MULTIPLE_DOCS: "several documents; write one",
  NO_ANCHOR: "an alias whose anchor does not stand before it",
  RESOURCE_EXHAUSTION: "nested too deep",
  TAB_AS_INDENT: "a tab indents this line; use blanks",
  TAG_RESOLVE_FAILED: "a tag that its value does not fit",
  TOO_DEEP: "nested too deep",
  TOO_MANY_VALUES: "too many values",
  UNEXPECTED_TOKEN: "something that YAML does not allow here",
  UNFOLDED: "aliases that unfold to more than the largest file may hold",
};
