// The tags in a `ddtags` text, for edits. Of equal keys the first counts; an edit leaves only one.
// All other tags keep their bytes, and so do the spaces around them.

import { ListCutter, Splices } from "../core/json/index.ts";
import { EscapedText, escapedText } from "./escaped-text.ts";
import { sameBytes } from "./named-members.ts";
import { TagCursor } from "./tags.ts";

const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;
const UNDERSCORE = 0x5f;

interface Tag {
  /** From comma to comma. */
  readonly start: number;
  readonly end: number;
  /** Undefined: there is nothing between the commas, and so no tag. */
  readonly key: Uint8Array | undefined;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: Uint8Array;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** What becomes of one tag. */
type TagEdit =
  "keep" | "drop" | { readonly start: number; readonly end: number; readonly text: Uint8Array };

export class TagList {
  private readonly source: EscapedText;
  private readonly tags: readonly Tag[];

  /** `literal`: the JSON string with its quotes. */
  constructor(literal: Uint8Array) {
    this.source = new EscapedText(literal);
    this.tags = tagsOf(this.source.text);
  }

  /** Value of the first tag of that key; empty for a key alone. */
  valueOf(key: Uint8Array): Uint8Array | undefined {
    return this.tags.find((tag) => hasKey(tag, key))?.value;
  }

  /**
   * The literal with another value for a key that is there. Commas, which no value can hold, become
   * "_".
   */
  withValue(key: Uint8Array, value: Uint8Array): Uint8Array {
    const text = value.map((c) => (c === COMMA ? UNDERSCORE : c));
    return this.edited(key, ({ keyEnd, valueStart, valueEnd }) => {
      if (valueStart > keyEnd) return { start: valueStart, end: valueEnd, text };
      const withColon = new Uint8Array(text.length + 1);
      withColon[0] = COLON;
      withColon.set(text, 1);
      return { start: keyEnd, end: keyEnd, text: withColon };
    });
  }

  /** The literal without all tags of a key. */
  without(key: Uint8Array): Uint8Array {
    return this.edited(key, () => "drop");
  }

  /**
   * The literal with another name for a key that is there, without other tags of that name.
   * Undefined when no tag can have the name.
   */
  withKey(key: Uint8Array, to: Uint8Array): Uint8Array | undefined {
    if (to.length === 0 || to.includes(COMMA) || to.includes(COLON)) return undefined;
    if (to[0] === SPACE || to.at(-1) === SPACE) return undefined;
    return this.edited(
      key,
      ({ keyStart, keyEnd }) => ({ start: keyStart, end: keyEnd, text: to }),
      to,
    );
  }

  /** Edits the first tag of `key`; its other tags, and those of `gone`, are dropped. */
  private edited(key: Uint8Array, edit: (tag: Tag) => TagEdit, gone = key): Uint8Array {
    const { source } = this;
    const splices = new Splices();
    const cutter = new ListCutter(splices);
    let met = false;
    cutter.begin();
    for (const tag of this.tags) {
      let change: TagEdit = "keep";
      if (hasKey(tag, key)) {
        change = met ? "drop" : edit(tag);
        met = true;
      } else if (hasKey(tag, gone)) change = "drop";
      const start = source.placeOf(tag.start);
      const end = source.placeOf(tag.end);
      if (change === "drop") {
        cutter.drop(start, end);
        continue;
      }
      cutter.keep(start, end);
      if (change === "keep") continue;
      const { text } = change;
      splices.add(source.placeOf(change.start), source.placeOf(change.end), escapedText(text));
    }
    cutter.end();
    return splices.apply(source.literal);
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
