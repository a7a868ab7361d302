// Places in documents that people write, JSON or YAML, and the error for a document that cannot be
// read.

/** Both count from 1. Columns count characters, so that a character beyond U+FFFF is one column. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Names of members and indexes of items, from the root inwards. */
export type PathSegment = string | number;
export type DocumentPath = readonly PathSegment[];

/** The place of the value at a path, or of the nearest existing value above it. */
export interface DocumentPlace {
  /** The offset of the value, in UTF-16 units from the start of the text. */
  readonly offset: number;
  /** The offset of its key, if the value is a member. */
  readonly keyOffset?: number;
  /** How many segments of the path were found. */
  readonly depth: number;
}

/** Why a text cannot be read as a document. */
export class DocumentError extends Error {
  readonly code = "document";
  /** The message without quotes from the text, which may be a secret's. */
  readonly wordless: string;
  /** In UTF-16 units from the start of the text. */
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  constructor(text: string, reason: string, offset: number, wordless = reason) {
    super(reason);
    this.name = "DocumentError";
    this.wordless = wordless;
    this.offset = offset;
    const { line, column } = new Positions(text).at(offset);
    this.line = line;
    this.column = column;
  }
}

const PAIR = /[\uD800-\uDBFF][\uDC00-\uDFFF]/g;

/** Positions in one text; its lines are found when the first position is asked for. */
export class Positions {
  private readonly text: string;
  /** Offsets at which lines start. */
  private lines: readonly number[] | undefined;
  /** Offsets of the characters that are two UTF-16 units. */
  private pairs: readonly number[] = [];

  constructor(text: string) {
    this.text = text;
  }

  /** `offset` is in UTF-16 units. */
  at(offset: number): Position {
    const lines = (this.lines ??= this.read());
    const line = below(lines, offset + 1);
    const start = lines[line - 1] ?? 0;
    const pairs = below(this.pairs, offset) - below(this.pairs, start);
    return { line, column: offset - start - pairs + 1 };
  }

  private read(): number[] {
    const { text } = this;
    this.pairs = Array.from(text.matchAll(PAIR), ({ index }) => index);
    const lines = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.push(at + 1);
    return lines;
  }
}

/** How many of the ascending numbers are below the bound. */
function below(numbers: readonly number[], bound: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
