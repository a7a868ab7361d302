// Edits one logfmt line. What is not addressed keeps its bytes, the spaces between words included.
// A body that is no pair is the line itself; once that was rewritten, the line is what it reads as.

import { sameBytes } from "../../../core/bytes.ts";
import { BACKSLASH, ByteWriter, QUOTE, quoteJson, unescapeInto } from "../../../core/json/index.ts";
import { encodeUtf8 } from "../../../core/utf8.ts";
import { Field, Scope } from "../../../policy/fields.ts";
import { type FieldSelector, ValueKind } from "../../../policy/record-port.ts";
import { dottedName } from "../../dotted/index.ts";
import { hexOf } from "./ids.ts";
import type { LineEditor } from "./line-record.ts";
import { LogfmtCursor } from "./logfmt-cursor.ts";
import { BODY_NAMES, SEVERITY_NAMES, SPAN_ID_NAME, TRACE_ID_NAME } from "./member-fields.ts";
import { isId, onOneLine, type Spot as LineSpot, SpotEditor } from "./spot-editor.ts";

const NOTHING = new Uint8Array(0);
const ONE_SPACE = encodeUtf8(" ");
const SPACE = 0x20;
const EQUALS = 0x3d;
const DELETE = 0x7f;
const BODY_KEYS = BODY_NAMES.map((name) => encodeUtf8(name));
const FIELD_KEYS: Readonly<Partial<Record<number, readonly Uint8Array[]>>> = {
  [Field.body]: BODY_KEYS,
  [Field.severity_text]: SEVERITY_NAMES.map((name) => encodeUtf8(name)),
  [Field.trace_id]: [encodeUtf8(TRACE_ID_NAME)],
  [Field.span_id]: [encodeUtf8(SPAN_ID_NAME)],
};

/** A word with the spaces before it. */
interface Word {
  spaces: Uint8Array;
  source: Uint8Array;
  /** Of a pair. */
  readonly key: Uint8Array | undefined;
  /** As it is spelled, and what it says. */
  literal: Uint8Array;
  text: Uint8Array;
}

/** A word, or the line as a whole. */
interface Spot extends LineSpot {
  readonly word?: Word;
}

export class LogfmtEditor extends SpotEditor implements LineEditor {
  private words: Word[] = [];
  private rest: Uint8Array = NOTHING;
  changed = false;

  constructor(line: Uint8Array) {
    super();
    this.open(line);
  }

  print(): Uint8Array {
    const out = new ByteWriter();
    for (const { spaces, source } of this.words) {
      out.copy(spaces, 0, spaces.length);
      out.copy(source, 0, source.length);
    }
    out.copy(this.rest, 0, this.rest.length);
    return out.finish();
  }

  override get length(): number {
    let length = this.rest.length;
    for (const { spaces, source } of this.words) length += spaces.length + source.length;
    return length;
  }

  override empty(): void {
    this.words = [];
    this.rest = NOTHING;
    this.changed = true;
  }

  protected override spotsOf(selector: FieldSelector): readonly Spot[] {
    const keys = FIELD_KEYS[selector.field];
    if (keys !== undefined) {
      const words = this.pairsOf(keys);
      const texts = words.filter(({ text }) => text.length > 0);
      const isWhole = selector.field === Field.body && words.length === 0;
      if (isWhole) return this.whole();
      const spots = texts.map((word) => this.spotOf(word));
      return isId(selector) ? spots.filter(({ text }) => hexOf(text, selector.field)) : spots;
    }
    if (selector.field !== -1 || selector.scope !== Scope.record) return [];
    return this.pairsOf([dottedName(selector.path)]).map((word) => this.spotOf(word));
  }

  protected override create(selector: FieldSelector, text: Uint8Array): boolean {
    const [key] = FIELD_KEYS[selector.field] ?? [];
    if (key !== undefined) return this.append(key, literalOf(text), text);
    if (selector.field !== -1 || selector.scope !== Scope.record) return false;
    return this.append(dottedName(selector.path), literalOf(text), text);
  }

  protected override move(
    path: FieldSelector["path"],
    to: FieldSelector["path"],
    upsert: boolean,
  ): boolean {
    const name = dottedName(to);
    if (!isKey(name)) return false;
    const sources = this.pairsOf([dottedName(path)]);
    const targets = this.pairsOf([name]).filter((word) => !sources.includes(word));
    if (targets.length > 0 && !upsert) return false;
    this.take([...targets, ...sources]);
    for (const { literal, text } of sources) this.append(name, literal, text);
    return true;
  }

  private open(line: Uint8Array): void {
    const cursor = new LogfmtCursor();
    cursor.open(line, 0, line.length);
    this.words = [];
    let at = 0;
    while (cursor.next()) {
      const { wordStart, wordEnd, isPair, keyEnd } = cursor;
      this.words.push({
        spaces: line.subarray(at, wordStart),
        source: line.subarray(wordStart, wordEnd),
        key: isPair ? line.subarray(wordStart, keyEnd) : undefined,
        literal: isPair ? line.subarray(keyEnd + 1, wordEnd) : NOTHING,
        text: isPair ? textOf(line, cursor) : NOTHING,
      });
      at = wordEnd;
    }
    this.rest = line.subarray(at);
  }

  private pairsOf(keys: readonly Uint8Array[]): Word[] {
    return this.words.filter(({ key }) => key && keys.some((one) => sameBytes(one, key)));
  }

  private spotOf(word: Word): Spot {
    return {
      kind: ValueKind.string,
      text: word.text,
      set: (text) => {
        if (sameBytes(text, word.text)) return;
        word.text = text.slice();
        word.literal = literalOf(text);
        word.source = pairOf(word.key ?? NOTHING, word.literal);
        this.changed = true;
      },
      word,
      remove: () => this.take([word]),
    };
  }

  private whole(): readonly Spot[] {
    const text = this.print();
    if (text.length === 0) return [];
    const set = (next: Uint8Array): void => {
      this.open(onOneLine(next).slice());
      this.changed = true;
    };
    return [{ kind: ValueKind.string, text, set, remove: () => set(NOTHING) }];
  }

  private append(key: Uint8Array, literal: Uint8Array, text: Uint8Array): boolean {
    if (!isKey(key)) return false;
    const spaces = this.words.length === 0 ? NOTHING : ONE_SPACE;
    this.words.push({ spaces, source: pairOf(key, literal), key, literal, text: text.slice() });
    this.changed = true;
    return true;
  }

  protected override removeAll(spots: readonly Spot[]): void {
    this.take(spots.flatMap(({ word }) => word ?? []));
    super.removeAll(spots.filter(({ word }) => word === undefined));
  }

  /** Takes words out, with the spaces on one of their sides. */
  private take(words: readonly Word[]): void {
    if (words.length === 0) return;
    const going = new Set(words);
    const stay: Word[] = [];
    let first: Word | undefined;
    for (const word of this.words) {
      first ??= word;
      if (going.has(word)) continue;
      if (stay.length === 0) word.spaces = first.spaces;
      stay.push(word);
    }
    this.words = stay;
    this.changed = true;
  }
}

function pairOf(key: Uint8Array, literal: Uint8Array): Uint8Array {
  const pair = new Uint8Array(key.length + 1 + literal.length);
  pair.set(key);
  pair[key.length] = EQUALS;
  pair.set(literal, key.length + 1);
  return pair;
}

function textOf(line: Uint8Array, { valueStart, valueEnd }: LogfmtCursor): Uint8Array {
  if (valueEnd >= 0) return line.subarray(valueStart, valueEnd);
  const out = new Uint8Array(~valueEnd - valueStart);
  return out.subarray(0, unescapeInto(line, valueStart, ~valueEnd, out, 0));
}

/** A text as a value: in quotes where it would not be read as one word without. */
function literalOf(text: Uint8Array): Uint8Array {
  return text.length > 0 && text.every(isPlain) ? text.slice() : quoteJson(text);
}

function isPlain(c: number): boolean {
  return c > SPACE && c !== EQUALS && c !== QUOTE && c !== BACKSLASH && c !== DELETE;
}

/** Whether a pair can have this key. */
function isKey(key: Uint8Array): boolean {
  return key.length > 0 && key.every((c) => c > SPACE && c !== EQUALS);
}
