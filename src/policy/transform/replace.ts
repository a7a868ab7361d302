// Replaces every non-overlapping match of a regex in a text, leftmost first, as RE2's GlobalReplace
// does: an empty match right behind another match does not count. A text that takes too much time
// or room is replaced whole: a redaction never lets through what it may have hidden.

import {
  REDACTED_EXTRA_BYTES_MAX,
  REDACTED_GROWTH_MAX,
  REPLACEMENTS_MAX,
} from "../../core/limits.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import type { Meter, Regex } from "../../regex/index.ts";
import type { TemplatePart } from "./template.ts";

/** What stands for a whole value when the replacement has no text of its own. */
const REDACTED = encodeUtf8("[REDACTED]");

/**
 * The text with all matches replaced; undefined when nothing matches, "too_costly" when that cannot
 * be found out in time, or makes too much of the text.
 */
export function replaceAll(
  regex: Regex,
  template: readonly TemplatePart[],
  text: Uint8Array,
  meter: Meter,
): Uint8Array | "too_costly" | undefined {
  const captures = new Int32Array(2 * (regex.groupCount + 1));
  const bytesMax = text.length * REDACTED_GROWTH_MAX + REDACTED_EXTRA_BYTES_MAX;
  const walk = regex.walk(text, 0, text.length, 0, meter);
  let out: ByteList | undefined;
  let copied = 0;
  for (let count = 1; walk.next(captures); count++) {
    out ??= new ByteList(text.length + 32);
    out.add(text, copied, captures[0] as number);
    expand(template, text, captures, out);
    copied = captures[1] as number;
    if (count > REPLACEMENTS_MAX || out.length + text.length - copied > bytesMax) {
      walk.stop();
      return "too_costly";
    }
  }
  if (meter.ranOut) return "too_costly";
  out?.add(text, copied, text.length);
  return out?.take();
}

/** What a value becomes when it is replaced whole: the template, no group of which took part. */
export function replacementOfAll(template: readonly TemplatePart[]): Uint8Array {
  const out = new ByteList(32);
  for (const part of template) if (typeof part !== "number") out.add(part, 0, part.length);
  return out.length === 0 ? REDACTED : out.take();
}

function expand(
  template: readonly TemplatePart[],
  text: Uint8Array,
  captures: Int32Array,
  out: ByteList,
): void {
  for (const part of template) {
    if (typeof part !== "number") {
      out.add(part, 0, part.length);
      continue;
    }
    const start = part < 0 ? -1 : (captures[part * 2] as number);
    if (start >= 0) out.add(text, start, captures[part * 2 + 1] as number);
  }
}

class ByteList {
  length = 0;
  private bytes: Uint8Array;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  add(from: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(from.subarray(start, end), this.length);
    this.length = needed;
  }

  take(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}
