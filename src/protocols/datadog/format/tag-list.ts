// The tags in a `ddtags` text, for edits. If several tags have the same key, the first counts, and
// an edit changes all of them. All other tags keep their bytes, and so do the spaces around them.

import { sameBytes } from "../../../core/bytes.ts";
import { ListCutter } from "../../../core/json/index.ts";
import { Rewriter } from "../../../core/rewriter.ts";
import { type TextChange, ValueKind } from "../../../policy/record-port.ts";
import { EscapedText, escapedText } from "./escaped-text.ts";
import { TagCursor } from "./tags.ts";

const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;
const UNDERSCORE = 0x5f;

interface Tag {
  /** The range from comma to comma. */
  readonly start: number;
  readonly end: number;
  /** Undefined: there is nothing between the commas, so there is no tag. */
  readonly key: Uint8Array | undefined;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: Uint8Array;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** What happens to one tag. */
type TagEdit =
  "keep" | "drop" | { readonly start: number; readonly end: number; readonly text: Uint8Array };

export class TagList {
  private readonly source: EscapedText;
  private readonly tags: readonly Tag[];

  /** `literal`: the JSON string, including its quotes. */
  constructor(literal: Uint8Array) {
    this.source = new EscapedText(literal);
    this.tags = tagsOf(this.source.text);
  }

  /** Whether a tag can have the key. */
  static canHave(key: Uint8Array): boolean {
    if (key.length === 0 || key.includes(COMMA) || key.includes(COLON)) return false;
    return key[0] !== SPACE && key.at(-1) !== SPACE;
  }

  /** Whether there is no tag. */
  get isEmpty(): boolean {
    return this.tags.every(({ key }) => key === undefined);
  }

  /** Value of the first tag with that key; empty for a key alone. */
  valueOf(key: Uint8Array): Uint8Array | undefined {
    return this.tags.find((tag) => hasKey(tag, key))?.value;
  }

  /**
   * The literal with new values for the tags with a key, each changed separately. Commas, which no
   * value can contain, become "_".
   */
  withValues(key: Uint8Array, change: TextChange): Uint8Array {
    return this.edited(key, ({ keyEnd, value, valueStart, valueEnd }) => {
      if (!change.applyTo(ValueKind.string, value, 0, value.length)) return "keep";
      const text = change.text
        .subarray(0, change.length)
        .map((c) => (c === COMMA ? UNDERSCORE : c));
      if (sameBytes(text, value)) return "keep";
      if (valueStart > keyEnd) return { start: valueStart, end: valueEnd, text };
      const withColon = new Uint8Array(text.length + 1);
      withColon[0] = COLON;
      withColon.set(text, 1);
      return { start: keyEnd, end: keyEnd, text: withColon };
    });
  }

  /** The literal without the tags with that key. */
  without(key: Uint8Array): Uint8Array {
    return this.edited(key, () => "drop");
  }

  /** The literal with a new key for the tags with a key; it must be a key that tags can have. */
  withKey(key: Uint8Array, to: Uint8Array): Uint8Array {
    return this.edited(key, ({ keyStart, keyEnd }) => {
      return { start: keyStart, end: keyEnd, text: to };
    });
  }

  /** Edits the tags with a key. */
  private edited(key: Uint8Array, edit: (tag: Tag) => TagEdit): Uint8Array {
    const { source } = this;
    const rewriter = new Rewriter();
    const cutter = new ListCutter(rewriter);
    rewriter.open(source.literal);
    cutter.begin();
    for (const tag of this.tags) {
      const change = hasKey(tag, key) ? edit(tag) : "keep";
      const end = source.literalOffsetOf(tag.end);
      cutter.enter(source.literalOffsetOf(tag.start));
      if (change === "drop") {
        cutter.drop(end);
        continue;
      }
      cutter.keep(end);
      if (change === "keep") continue;
      const text = escapedText(change.text);
      const [from, to] = [source.literalOffsetOf(change.start), source.literalOffsetOf(change.end)];
      rewriter.replace(from, to, text, 0, text.length);
    }
    return rewriter.finish();
  }
}

function tagsOf(text: Uint8Array): Tag[] {
  const tags: Tag[] = [];
  const cursor = new TagCursor();
  for (let start = 0; start <= text.length;) {
    const comma = text.indexOf(COMMA, start);
    const end = comma < 0 ? text.length : comma;
    cursor.one(text, start, end);
    const { keyStart, keyEnd, valueStart, valueEnd } = cursor;
    const isEmpty = keyStart === valueEnd;
    tags.push({
      start,
      end,
      key: isEmpty ? undefined : text.subarray(keyStart, keyEnd),
      keyStart,
      keyEnd,
      value: text.subarray(valueStart, valueEnd),
      valueStart,
      valueEnd,
    });
    start = end + 1;
  }
  return tags;
}

function hasKey(tag: Tag, key: Uint8Array): boolean {
  return tag.key !== undefined && sameBytes(tag.key, key);
}
