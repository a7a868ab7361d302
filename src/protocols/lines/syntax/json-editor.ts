// Edits one JSON line in its text: all spellings of an attribute's name, at the top level and in
// the object `attributes`. What is not addressed keeps its bytes. If no member is the body, the
// line itself is; once it was rewritten, the line is read anew.

import { UndecodableError } from "../../../core/errors.ts";
import { JsonNode, OPEN_OBJECT, skipValue } from "../../../core/json/index.ts";
import { encodeUtf8 } from "../../../core/utf8.ts";
import type { Work } from "../../../core/work.ts";
import { Field, Scope } from "../../../policy/fields.ts";
import { type FieldSelector, ValueKind, type ValueKindIndex } from "../../../policy/record-port.ts";
import {
  createAttribute,
  dottedName,
  kindOfValue,
  membersOf,
  type Move,
  moveAll,
  renamedKey,
  saysValue,
  setValue,
  valueAt,
  type Way,
  waysTo,
} from "../../dotted/index.ts";
import { hexOf } from "./ids.ts";
import type { LineEditor } from "./line-record.ts";
import {
  ATTRIBUTES_NAME,
  BODY_NAMES,
  SEVERITY_NAMES,
  SPAN_ID_NAME,
  TRACE_ID_NAME,
} from "./member-fields.ts";
import { isId, onOneLine, type Spot as LineSpot, SpotEditor } from "./spot-editor.ts";

const NOTHING = new Uint8Array(0);
const EMPTY_OBJECT = encodeUtf8("{}");
const ATTRIBUTES_KEY = encodeUtf8(ATTRIBUTES_NAME);
const BODY_KEYS = BODY_NAMES.map((name) => encodeUtf8(name));
const FIELD_KEYS: Readonly<Partial<Record<number, readonly Uint8Array[]>>> = {
  [Field.body]: BODY_KEYS,
  [Field.severity_text]: SEVERITY_NAMES.map((name) => encodeUtf8(name)),
  [Field.trace_id]: [encodeUtf8(TRACE_ID_NAME)],
  [Field.span_id]: [encodeUtf8(SPAN_ID_NAME)],
};

/** A value of the object, or the line as a whole. */
interface Spot extends LineSpot {
  readonly node?: JsonNode;
}

export class JsonLineEditor extends SpotEditor implements LineEditor {
  /** The object; undefined: the line is none any more, and `line` is its text. */
  private root: JsonNode | undefined;
  private line: Uint8Array;
  /** Of the object in the line, spaces around it apart. */
  private start: number;
  private end: number;
  private isRewritten = false;
  private asked: Work | undefined;

  /** The object is line[start, end). */
  constructor(line: Uint8Array, start: number, end: number) {
    super();
    this.line = line;
    this.start = start;
    this.end = end;
    this.root = new JsonNode(line, start, end);
  }

  get changed(): boolean {
    return this.isRewritten || this.root?.changed === true;
  }

  get work(): Work | undefined {
    return this.asked;
  }
  set work(work: Work | undefined) {
    this.asked = work;
    if (this.root !== undefined) this.root.work = work;
  }

  override get length(): number {
    const { end, line, root, start } = this;
    return line.length + (root === undefined ? 0 : root.length - (end - start));
  }

  print(): Uint8Array {
    const { end, line, root, start } = this;
    if (root?.changed !== true) return line;
    const object = root.print();
    const text = new Uint8Array(start + object.length + line.length - end);
    text.set(line.subarray(0, start));
    text.set(object, start);
    text.set(line.subarray(end), start + object.length);
    return text;
  }

  override empty(): void {
    if (this.root === undefined) this.setLine(NOTHING);
    else this.root.clear();
  }

  protected override removeAll(spots: readonly Spot[]): void {
    JsonNode.removeAll(spots.flatMap(({ node }) => node ?? []));
    super.removeAll(spots.filter(({ node }) => node === undefined));
  }

  protected override spotsOf(selector: FieldSelector): readonly Spot[] {
    const { root } = this;
    if (selector.field === Field.body) return this.bodies();
    if (root === undefined) return [];
    const keys = FIELD_KEYS[selector.field];
    if (keys !== undefined) {
      const spots = textsOf(root, keys).map(spotOf);
      return isId(selector) ? spots.filter(({ text }) => hexOf(text, selector.field)) : spots;
    }
    if (selector.field !== -1 || selector.scope !== Scope.record) return [];
    return waysOf(root, dottedName(selector.path)).map((way) => spotOf(valueAt(way)));
  }

  protected override create(
    selector: FieldSelector,
    text: Uint8Array,
    kind?: ValueKindIndex,
  ): boolean {
    const { root } = this;
    if (root === undefined) return false;
    const [key] = FIELD_KEYS[selector.field] ?? [];
    if (key !== undefined) return createAttribute(root, [key], text, kind);
    if (selector.field !== -1 || selector.scope !== Scope.record) return false;
    return createAttribute(root, selector.path, text, kind);
  }

  protected override move(
    path: FieldSelector["path"],
    to: FieldSelector["path"],
    upsert: boolean,
  ): boolean {
    const { root } = this;
    if (root === undefined) return false;
    const sources = waysOf(root, dottedName(path));
    const own = new Set(sources.map(valueAt));
    const named = waysOf(root, dottedName(to)).map(valueAt);
    const targets = named.filter((value) => !own.has(value));
    if (targets.length > 0 && !upsert) return false;
    JsonNode.removeAll(targets);
    const name = to.at(-1) ?? NOTHING;
    const moves: Move[] = [];
    // The last one counts, and is to stay the last.
    for (const way of sources.toReversed()) {
      const value = valueAt(way);
      const into = to.length > 1 ? way.at(-1)?.parent : root;
      if (into?.type !== "object") continue;
      moves.push({ value, into, key: to.length > 1 ? renamedKey(value.key, path, name) : name });
    }
    moveAll(moves);
    return moves.length > 0;
  }

  /** Texts; or the line, when it has no member that is one, be it empty. */
  private bodies(): readonly Spot[] {
    const { root } = this;
    const texts = root === undefined ? [] : textsOf(root, BODY_KEYS);
    if (texts.length > 0) return texts.map(spotOf);
    const text = this.print();
    if (text.length === 0 || (root !== undefined && hasEmptyBody(root))) return [];
    return [
      {
        kind: ValueKind.string,
        text,
        set: (next) => this.setLine(onOneLine(next)),
        remove: () => this.setLine(EMPTY_OBJECT),
      },
    ];
  }

  private setLine(line: Uint8Array): void {
    this.line = line;
    this.isRewritten = true;
    this.start = 0;
    this.end = line.length;
    this.root = isObject(line) ? JsonNode.of(line) : undefined;
    this.work = this.asked;
  }
}

function hasEmptyBody(root: JsonNode): boolean {
  return BODY_KEYS.some((key) => membersOf(root, key).some(({ type }) => type === "string"));
}

function isObject(text: Uint8Array): boolean {
  try {
    return text[0] === OPEN_OBJECT && skipValue(text, 0, 0) === text.length;
  } catch (error) {
    if (error instanceof UndecodableError) return false;
    throw error;
  }
}

/** Members of these keys that are strings; the key whose value counts comes first in the object. */
function textsOf(root: JsonNode, keys: readonly Uint8Array[]): JsonNode[] {
  const { children } = root;
  const offsetOf = ([first]: readonly JsonNode[]): number =>
    first === undefined ? children.length : children.indexOf(first);
  return keys
    .map((key) => membersOf(root, key).filter(isText))
    .sort((a, b) => offsetOf(a) - offsetOf(b))
    .flat();
}

function isText({ type, string }: JsonNode): boolean {
  return type === "string" && string.length > 0;
}

/** The ways to all values of an attribute, the one that counts first. */
function waysOf(root: JsonNode, name: Uint8Array): Way[] {
  const below = dottedName([ATTRIBUTES_KEY, name]);
  return [...waysTo(root, name), ...waysTo(root, below)];
}

function spotOf(value: JsonNode): Spot {
  const isText = value.type === "string";
  return {
    node: value,
    kind: kindOfValue(value),
    text: isText ? value.string : NOTHING,
    set: (text, kind) => setValue(value, text, kind),
    says: (change) => saysValue(value, change),
    remove: () => value.remove(),
  };
}
