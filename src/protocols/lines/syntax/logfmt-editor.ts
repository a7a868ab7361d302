// Edits one logfmt line. What is not addressed keeps its bytes, the spaces between words included.
// If no pair is the body, the line itself is; once it was rewritten, the line is read anew.

import { sameBytes, sameRange } from "../../../core/bytes.ts";
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

/** Offsets of a word as a cursor tells them; `keyEnd`: -1 of what is no pair. */
type WordRange = Readonly<
  Pick<LogfmtCursor, "keyEnd" | "valueEnd" | "valueStart" | "wordEnd" | "wordStart">
>;

/** A word. Nobody asks for most of those of a line, so nothing is made for their parts. */
class Word {
  /** What the spaces before it are in, and where they begin and end there. */
  spacesOf: Uint8Array;
  spacesAt: number;
  spacesTo: number;
  private line: Uint8Array;
  private range: WordRange;

  constructor(line: Uint8Array, spacesAt: number, range: WordRange) {
    this.line = this.spacesOf = line;
    this.spacesAt = spacesAt;
    this.spacesTo = range.wordStart;
    this.range = range;
  }

  /** A pair that is not in a line yet. */
  static of(key: Uint8Array, literal: Uint8Array, spaces: Uint8Array): Word {
    const pair = pairOf(key, literal);
    const word = new Word(pair, 0, rangeOf(pair));
    word.spacesOf = spaces;
    word.spacesTo = spaces.length;
    return word;
  }

  /** Bytes of it, and of the spaces. */
  get length(): number {
    const { wordEnd, wordStart } = this.range;
    return this.spacesTo - this.spacesAt + wordEnd - wordStart;
  }

  write(out: ByteWriter): void {
    out.copy(this.spacesOf, this.spacesAt, this.spacesTo);
    out.copy(this.line, this.range.wordStart, this.range.wordEnd);
  }

  hasKey(key: Uint8Array): boolean {
    const { keyEnd, wordStart } = this.range;
    return keyEnd >= 0 && sameRange(this.line, wordStart, keyEnd, key, 0, key.length);
  }

  /** The value as it is spelled. */
  get literal(): Uint8Array {
    const { keyEnd, wordEnd } = this.range;
    return keyEnd < 0 ? NOTHING : this.line.subarray(keyEnd + 1, wordEnd);
  }

  /** What it says. */
  get text(): Uint8Array {
    return this.range.keyEnd < 0 ? NOTHING : textOf(this.line, this.range);
  }

  /** Gives it another value. */
  spell(literal: Uint8Array): void {
    const { keyEnd, wordStart } = this.range;
    this.line = pairOf(this.line.subarray(wordStart, keyEnd), literal);
    this.range = rangeOf(this.line);
  }
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
    for (const word of this.words) word.write(out);
    out.copy(this.rest, 0, this.rest.length);
    return out.finish();
  }

  override get length(): number {
    let length = this.rest.length;
    for (const word of this.words) length += word.length;
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
    if (key !== undefined) return this.append(key, literalOf(text));
    if (selector.field !== -1 || selector.scope !== Scope.record) return false;
    return this.append(dottedName(selector.path), literalOf(text));
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
    for (const { literal } of sources) this.append(name, literal);
    return true;
  }

  private open(line: Uint8Array): void {
    const cursor = new LogfmtCursor();
    cursor.open(line, 0, line.length);
    this.words = [];
    let at = 0;
    while (cursor.next()) {
      this.words.push(new Word(line, at, rangeAt(cursor)));
      at = cursor.wordEnd;
    }
    this.rest = line.subarray(at);
  }

  private pairsOf(keys: readonly Uint8Array[]): Word[] {
    return this.words.filter((word) => keys.some((key) => word.hasKey(key)));
  }

  private spotOf(word: Word): Spot {
    return {
      kind: ValueKind.string,
      text: word.text,
      set: (text) => {
        if (sameBytes(text, word.text)) return;
        word.spell(literalOf(text));
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

  private append(key: Uint8Array, literal: Uint8Array): boolean {
    if (!isKey(key)) return false;
    this.words.push(Word.of(key, literal, this.words.length === 0 ? NOTHING : ONE_SPACE));
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
      if (stay.length === 0) {
        word.spacesOf = first.spacesOf;
        word.spacesAt = first.spacesAt;
        word.spacesTo = first.spacesTo;
      }
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

function rangeAt({ isPair, keyEnd, valueEnd, valueStart, wordEnd, wordStart }: LogfmtCursor) {
  return { wordStart, wordEnd, keyEnd: isPair ? keyEnd : -1, valueStart, valueEnd };
}

/** Of the one word that the text is. */
function rangeOf(pair: Uint8Array): WordRange {
  const cursor = new LogfmtCursor();
  cursor.open(pair, 0, pair.length);
  cursor.next();
  return rangeAt(cursor);
}

function textOf(line: Uint8Array, { valueStart, valueEnd }: WordRange): Uint8Array {
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
