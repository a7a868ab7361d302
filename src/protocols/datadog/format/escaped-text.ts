// A JSON string literal that is edited in parts: it knows where each byte of its text is written,
// so that whatever is not edited keeps its spelling, escapes included.

import { ByteWriter, QUOTE, quoteJson, unescapeInto } from "../../../core/json/index.ts";

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

/** What is written between the quotes of a literal with this text. */
export function escapedText(text: Uint8Array): Uint8Array {
  const quoted = quoteJson(text);
  return quoted.subarray(1, quoted.length - 1);
}

export class EscapedText {
  /** The literal, including its quotes. */
  readonly literal: Uint8Array;
  /** Unescaped UTF-8. */
  readonly text: Uint8Array;
  /**
   * For each byte of the text, and for its end: where its character begins in the literal.
   * Undefined: there are no escapes, so each offset is one higher.
   */
  private readonly literalOffsets: Int32Array | undefined;

  /** `literal`: with its quotes, as accepted by a scanner. */
  constructor(literal: Uint8Array) {
    this.literal = literal;
    const end = literal.length - 1;
    if (!literal.includes(BACKSLASH)) {
      this.text = literal.subarray(1, end);
      this.literalOffsets = undefined;
      return;
    }
    const text = new Uint8Array(end);
    const literalOffsets = new Int32Array(end + 1);
    let at = 0;
    let from = 1;
    while (from < end) {
      if (literal[from] !== BACKSLASH) {
        literalOffsets[at] = from;
        text[at++] = literal[from++] as number;
        continue;
      }
      const next = from + escapeLength(literal, from);
      const to = unescapeInto(literal, from, next, text, at);
      for (; at < to; at++) literalOffsets[at] = from;
      from = next;
    }
    literalOffsets[at] = end;
    this.text = text.subarray(0, at);
    this.literalOffsets = literalOffsets;
  }

  /** Where the character at an offset of the text begins in the literal. */
  literalOffsetOf(offset: number): number {
    return this.literalOffsets === undefined ? offset + 1 : (this.literalOffsets[offset] as number);
  }

  /**
   * A writer for a different text that contains parts copied from this one: these keep their
   * spelling.
   */
  writer(): ByteWriter {
    const writer = new EscapingWriter(this);
    writer.byte(QUOTE);
    return writer;
  }
}

/** Expects the closing quote to be written with `byte`. */
class EscapingWriter extends ByteWriter {
  private readonly source: EscapedText;

  constructor(source: EscapedText) {
    super(source.literal.length + 64);
    this.source = source;
  }

  override copy(bytes: Uint8Array, start: number, end: number): void {
    const { source } = this;
    if (bytes === source.text) {
      super.copy(source.literal, source.literalOffsetOf(start), source.literalOffsetOf(end));
      return;
    }
    const escaped = escapedText(bytes.subarray(start, end));
    super.copy(escaped, 0, escaped.length);
  }
}

/** Length in the literal of the escape, or the pair of escapes, at `at`. */
function escapeLength(literal: Uint8Array, at: number): number {
  if (literal[at + 1] !== LETTER_U) return 2;
  const isPair = isSurrogate(literal, at, 0x38, 0x62) && isSurrogate(literal, at + 6, 0x63, 0x66);
  return isPair ? 12 : 6;
}

/**
 * Whether the escape at `at` is a surrogate whose second digit is between two hexadecimal digits.
 */
function isSurrogate(literal: Uint8Array, at: number, low: number, high: number): boolean {
  if (literal[at] !== BACKSLASH || literal[at + 1] !== LETTER_U) return false;
  if (((literal[at + 2] as number) | 0x20) !== 0x64) return false;
  const digit = (literal[at + 3] as number) | 0x20;
  return digit >= low && digit <= high;
}
