// Replaces every non-overlapping match of a regex in a text, leftmost first, as RE2's GlobalReplace
// does: an empty match right after another match does not count. A text that takes too much time or
// room is not replaced but reported as too costly: a redaction never lets through what it may have
// had to hide.

import { copyBytes, grownBytes } from "../../core/bytes.ts";
import {
  REDACTED_EXTRA_BYTES_MAX,
  REDACTED_GROWTH_MAX,
  REPLACEMENTS_MAX,
} from "../../core/limits.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import type { Meter, Regex } from "../../regex/index.ts";
import type { TemplatePart } from "./template.ts";

/** Replaces a whole value when the replacement has no text of its own. */
const REDACTED = encodeUtf8("[REDACTED]");
const NOTHING = new Uint8Array(0);
/** A buffer that a large text made larger than this is released with the next text. */
const BYTES_KEPT_MAX = 1 << 16;

/**
 * The outcome for a text: nothing matches, it was replaced, or replacing it would cost too much.
 */
export const Replaced = { nothing: 0, some: 1, tooCostly: 2 } as const;
export type ReplacedIndex = (typeof Replaced)[keyof typeof Replaced];

/** One regex and one template; the result is text[0, length), until the next text. */
export class Replacer {
  text: Uint8Array = NOTHING;
  length = 0;
  private readonly regex: Regex;
  private readonly template: readonly TemplatePart[];
  private readonly captures: Int32Array;

  constructor(regex: Regex, template: readonly TemplatePart[]) {
    this.regex = regex;
    this.template = template;
    const takesGroups = template.some((part) => typeof part === "number" && part > 0);
    this.captures = new Int32Array(takesGroups ? 2 * (regex.groupCount + 1) : 2);
  }

  /** Replaces all matches in the text bytes[start, end). */
  run(bytes: Uint8Array, start: number, end: number, meter: Meter): ReplacedIndex {
    const { captures } = this;
    const bytesMax = (end - start) * REDACTED_GROWTH_MAX + REDACTED_EXTRA_BYTES_MAX;
    const walk = this.regex.walk(bytes, start, end, start, meter);
    let copied = start;
    let count = 0;
    this.length = 0;
    if (this.text.length > BYTES_KEPT_MAX) this.text = NOTHING;
    while (walk.next(captures)) {
      count++;
      this.add(bytes, copied, captures[0] as number);
      this.expand(bytes);
      copied = captures[1] as number;
      if (count > REPLACEMENTS_MAX || this.length + end - copied > bytesMax) {
        walk.stop();
        return Replaced.tooCostly;
      }
    }
    if (meter.ranOut) return Replaced.tooCostly;
    if (count === 0) return Replaced.nothing;
    this.add(bytes, copied, end);
    return meter.mayWrite(this.length) ? Replaced.some : Replaced.tooCostly;
  }

  private expand(bytes: Uint8Array): void {
    const { captures, template } = this;
    for (let i = 0; i < template.length; i++) {
      const part = template[i] as TemplatePart;
      if (typeof part !== "number") {
        this.add(part, 0, part.length);
        continue;
      }
      const start = part < 0 ? -1 : (captures[part * 2] as number);
      if (start >= 0) this.add(bytes, start, captures[part * 2 + 1] as number);
    }
  }

  private add(from: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start;
    if (needed > this.text.length) {
      this.text = grownBytes(this.text, Math.max(needed, this.text.length * 2, 256));
    }
    this.length = copyBytes(from, start, end, this.text, this.length);
  }
}

/** What a value becomes when it is replaced whole: the template, with all of its groups empty. */
export function replacementOfAll(template: readonly TemplatePart[]): Uint8Array {
  const literals = template.filter((part) => typeof part !== "number");
  const out = new Uint8Array(literals.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const literal of literals) at = copyBytes(literal, 0, literal.length, out, at);
  return at === 0 ? REDACTED : out;
}
