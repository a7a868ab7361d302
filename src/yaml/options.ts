// The bounds within which YAML is read, and the messages for what is wrong with it.

/** Faults that are told in words of ours; others in those of the parser. */
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
  /** Maps and lists within one another. */
  readonly depthMax: number;
  /** Values, and about the characters, that the tree has when aliases are written out. */
  readonly valuesMax?: number;
  readonly unfoldedCharsMax?: number;
  /**
   * Duplicate keys count among the faults of which the first is told, at the cost of the square of
   * a map's keys. Otherwise they are found when there is no other.
   */
  readonly findsDuplicatesFirst?: boolean;
  /** In place of the usual words. */
  readonly reasons?: Readonly<Partial<Record<YamlFault, string>>>;
}

/** What the parser calls by jargon, without a cure, or with words of the text. */
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
