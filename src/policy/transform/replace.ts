// Replaces every non-overlapping match of a regex in a text, leftmost first, as RE2's GlobalReplace
// does: an empty match right behind another match does not count.

import type { Regex } from "../matching/regex/index.ts";
import type { TemplatePart } from "./template.ts";

/** The text with all matches replaced; undefined when nothing matches. */
export function replaceAll(
  regex: Regex,
  template: readonly TemplatePart[],
  text: Uint8Array,
): Uint8Array | undefined {
  const captures = new Int32Array(2 * (regex.groupCount + 1));
  const out = new ByteList(text.length + 32);
  let copied = 0;
  let from = 0;
  let lastEnd = -1;
  let found = false;
  while (from <= text.length && regex.find(text, 0, text.length, from, captures)) {
    const start = captures[0] as number;
    const end = captures[1] as number;
    if (end > start || start !== lastEnd) {
      found = true;
      out.add(text, copied, start);
      expand(template, text, captures, out);
      copied = end;
      lastEnd = end;
    }
    from = end > start ? end : nextCharacter(text, end);
  }
  if (!found) return undefined;
  out.add(text, copied, text.length);
  return out.take();
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

function nextCharacter(text: Uint8Array, at: number): number {
  let next = at + 1;
  while (next < text.length && ((text[next] as number) & 0xc0) === 0x80) next++;
  return next;
}

class ByteList {
  private bytes: Uint8Array;
  private length = 0;

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
