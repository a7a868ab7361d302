// Edits one Datadog log in its JSON text, wherever a value is: at the top, nested, in a tag, or in
// the document inside the message. A name is looked for as log-reader.ts does it. What is not
// addressed keeps its bytes.

import { parseInt64 } from "../core/int64.ts";
import { JsonNode, quoteJson } from "../core/json/index.ts";
import { encodeUtf8 } from "../core/utf8.ts";
import { Field, Scope } from "../policy/fields.ts";
import {
  type ChangeText,
  type Place,
  type RecordEditor,
  ValueKind,
  type ValueKindIndex,
} from "../policy/record-port.ts";
import { aliasesOf, type Alias } from "./asked-names.ts";
import { BODY_NAMES, HOST_NAME, INNER_BODY_NAMES, STATUS_NAMES, TAGS_NAME } from "./log-names.ts";
import { MessageDocument } from "./message-document.ts";
import { dottedName } from "./name-table.ts";
import {
  findNamed,
  memberOf,
  removeShadowed,
  sameBytes,
  setString,
  type Way,
} from "./named-members.ts";
import { TagList } from "./tag-list.ts";

const NOTHING = new Uint8Array(0);
const EMPTY_OBJECT = encodeUtf8("{}");
const BODY_KEYS = BODY_NAMES.map((name) => encodeUtf8(name));
const STATUS_KEYS = STATUS_NAMES.map((name) => encodeUtf8(name));
const INNER_BODIES = INNER_BODY_NAMES.map((name) => encodeUtf8(name));
const TAGS_KEY = encodeUtf8(TAGS_NAME);
const ALIASES = aliasesOf(HOST_NAME).map((alias) => ({
  ...alias,
  key: encodeUtf8(alias.name),
  of: alias.of.map((name) => encodeUtf8(name)),
}));
const int64 = new Int32Array(2);

/** Where a value is. */
type Spot =
  | { readonly kind: "value"; readonly way: Way; readonly document?: MessageDocument }
  | {
      readonly kind: "tag";
      readonly member: JsonNode;
      readonly list: TagList;
      readonly key: Uint8Array;
      readonly value: Uint8Array;
    };

interface Tagged {
  readonly member: JsonNode;
  readonly list: TagList;
}

/** The parts of a record in which names are looked for after its members; absent: not read yet. */
interface Parts {
  document?: { readonly found: MessageDocument | undefined };
  tags?: { readonly found: Tagged | undefined };
}

/** One editor serves one record after the other: open it, hand it out, look at `changed`, print. */
export class DatadogLogEditor implements RecordEditor {
  private root = JsonNode.of(EMPTY_OBJECT);
  /** Whose spot was looked for last: an operation asks for the same place several times. */
  private place: Place | undefined;
  private spot: Spot | undefined;
  /** What was read for spots, until something is edited. */
  private parts: Parts = {};

  /** Opens the record bytes[start, end), an object. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.forget();
    this.root = new JsonNode(bytes, start, end);
  }

  /** Lets go of what was opened. */
  close(): void {
    this.forget();
    this.root = JsonNode.of(EMPTY_OBJECT);
  }

  private forget(): void {
    this.place = undefined;
    this.spot = undefined;
    this.parts = {};
  }

  /** Whether the record is another than it was. */
  get changed(): boolean {
    return this.root.changed;
  }

  /** The record as it is now. */
  print(): Uint8Array {
    return this.root.print();
  }

  kindAt(place: Place): ValueKindIndex {
    const spot = this.spotOf(place);
    if (spot === undefined) return ValueKind.absent;
    return spot.kind === "tag" ? ValueKind.string : kindOf(valueAt(spot.way));
  }

  textAt(place: Place): Uint8Array {
    const spot = this.spotOf(place);
    if (spot?.kind === "tag") return spot.value;
    const value = spot && valueAt(spot.way);
    return value?.type === "string" ? value.string : NOTHING;
  }

  rewrite(place: Place, change: ChangeText): boolean {
    const kind = this.kindAt(place);
    if (kind === ValueKind.absent) return false;
    const text = this.textAt(place);
    const changed = change(kind, text);
    if (changed === undefined) return false;
    if (kind === ValueKind.string && sameBytes(changed, text)) return false;
    return this.setText(place, changed);
  }

  setText(place: Place, text: Uint8Array): boolean {
    const spot = this.spotOf(place);
    this.forget();
    if (spot === undefined) return this.create(place, text);
    if (spot.kind === "tag") {
      const literal = spot.list.withValue(spot.key, text);
      if (!sameBytes(literal, spot.member.text)) spot.member.replace(literal);
      return true;
    }
    removeShadowed(spot.way);
    setString(valueAt(spot.way), text);
    spot.document?.writeBack();
    return true;
  }

  remove(place: Place): boolean {
    const spot = this.spotOf(place);
    if (spot === undefined) return false;
    this.forget();
    if (spot.kind === "tag") spot.member.replace(spot.list.without(spot.key));
    else {
      removeShadowed(spot.way);
      valueAt(spot.way).remove();
      spot.document?.writeBack();
    }
    return true;
  }

  rename(place: Place, to: Uint8Array, upsert: boolean): boolean {
    if (place.field !== -1) return false;
    const spot = this.spotOf(place);
    if (spot === undefined) return false;
    this.forget();
    if (spot.kind === "tag") return renameTag(spot, to, upsert);
    const { way, document } = spot;
    const list = document?.root ?? this.root;
    const target = memberOf(list, to);
    if (target !== undefined && target.type !== "null" && !upsert) return false;
    const value = valueAt(way);
    removeShadowed(way);
    value.remove();
    list.removeChildren((child) => child.hasKey(to));
    list.appendMember(to, value);
    document?.writeBack();
    return true;
  }

  private spotOf(place: Place): Spot | undefined {
    if (place !== this.place) {
      this.spot = this.findSpot(place);
      this.place = place;
    }
    return this.spot;
  }

  private findSpot(place: Place): Spot | undefined {
    if (place.field === Field.body) return this.bodySpot();
    if (place.field === Field.severity_text) return wayTo(this.root, this.firstOf(STATUS_KEYS));
    if (place.field !== -1 || place.scope === Scope.event) return undefined;
    return this.attributeSpot(dottedName(place.path));
  }

  /** The first member of those that has a value; null and the empty string are none. */
  private firstOf(keys: readonly Uint8Array[]): JsonNode | undefined {
    for (const key of keys) {
      const member = memberOf(this.root, key);
      if (member === undefined || member.type === "null") continue;
      if (member.type !== "string" || member.string.length > 0) return member;
    }
    return undefined;
  }

  /** The document in the body, if there is one. */
  private document(): MessageDocument | undefined {
    if (this.parts.document === undefined) {
      const body = this.firstOf(BODY_KEYS);
      this.parts.document = { found: body && MessageDocument.in(body) };
    }
    return this.parts.document.found;
  }

  /** The tags and the member that has them, if there are any. */
  private tags(): Tagged | undefined {
    if (this.parts.tags === undefined) {
      const member = memberOf(this.root, TAGS_KEY);
      const isText = member?.type === "string";
      this.parts.tags = { found: isText ? { member, list: new TagList(member.text) } : undefined };
    }
    return this.parts.tags.found;
  }

  private bodySpot(): Spot | undefined {
    const document = this.document();
    for (const name of document === undefined ? [] : INNER_BODIES) {
      const way = document && findNamed(document.root, name);
      const value = way && valueAt(way);
      if (way !== undefined && value?.type === "string" && value.string.length > 0) {
        return { kind: "value", way, ...(document && { document }) };
      }
    }
    return wayTo(this.root, this.firstOf(BODY_KEYS));
  }

  /** Looks in the record, then in its tags, then in the document of its message. */
  private attributeSpot(name: Uint8Array): Spot | undefined {
    const aliases = ALIASES.filter(({ of }) => of.some((one) => sameBytes(one, name)));
    const way = findOneOf(this.root, name, aliases);
    if (way !== undefined) return { kind: "value", way };
    const tag = this.tagSpot([name, ...aliases.map(({ key }) => key)]);
    if (tag !== undefined) return tag;
    const document = this.document();
    const inner = document && findOneOf(document.root, name, aliases);
    return inner && { kind: "value", way: inner, ...(document && { document }) };
  }

  private tagSpot(names: readonly Uint8Array[]): Spot | undefined {
    const tags = this.tags();
    if (tags === undefined) return undefined;
    const { member, list } = tags;
    for (const key of names) {
      const value = list.valueOf(key);
      if (value !== undefined) return { kind: "tag", member, list, key, value };
    }
    return undefined;
  }

  private create(place: Place, text: Uint8Array): boolean {
    if (place.field === Field.body) return this.createField(BODY_KEYS, text);
    if (place.field === Field.severity_text) return this.createField(STATUS_KEYS, text);
    if (place.field !== -1 || place.scope === Scope.event) return false;
    return createAttribute(this.root, place.path, text);
  }

  private createField(keys: readonly Uint8Array[], text: Uint8Array): boolean {
    const [key = NOTHING] = keys;
    return createAttribute(this.root, [key], text);
  }
}

function wayTo(owner: JsonNode, value: JsonNode | undefined): Spot | undefined {
  return value && { kind: "value", way: [{ owner, value }] };
}

function valueAt(way: Way): JsonNode {
  const last = way.at(-1);
  if (last === undefined) throw new RangeError("a way has at least one step");
  return last.value;
}

/** The way to the name itself, else to what stands for it. */
function findOneOf(
  owner: JsonNode,
  name: Uint8Array,
  aliases: readonly (Pick<Alias, "tagOnly"> & { readonly key: Uint8Array })[],
): Way | undefined {
  const way = findNamed(owner, name);
  if (way !== undefined) return way;
  for (const { key, tagOnly } of aliases) {
    const other = tagOnly ? undefined : findNamed(owner, key);
    if (other !== undefined) return other;
  }
  return undefined;
}

function renameTag(spot: Extract<Spot, { kind: "tag" }>, to: Uint8Array, upsert: boolean): boolean {
  if (spot.list.valueOf(to) !== undefined && !upsert) return false;
  const literal = spot.list.withKey(spot.key, to);
  if (literal === undefined) return false;
  spot.member.replace(literal);
  return true;
}

/**
 * Appends an attribute, with the objects on its way that are missing. False when one of them is no
 * object.
 */
function createAttribute(root: JsonNode, path: readonly Uint8Array[], text: Uint8Array): boolean {
  let owner = root;
  const last = path.length - 1;
  let depth = 0;
  for (; depth < last; depth++) {
    const next = memberOf(owner, path[depth] ?? NOTHING);
    if (next === undefined || next.type === "null") break;
    if (next.type !== "object") return false;
    owner = next;
  }
  let value = JsonNode.of(quoteJson(text));
  for (let i = last; i > depth; i--) {
    const holder = JsonNode.of(EMPTY_OBJECT);
    holder.appendMember(path[i] ?? NOTHING, value);
    value = holder;
  }
  const key = path[depth] ?? NOTHING;
  const present = memberOf(owner, key);
  if (present === undefined) owner.appendMember(key, value);
  else {
    removeShadowed([{ owner, value: present }]);
    present.replace(value.print());
  }
  return true;
}

function kindOf({ type, text }: JsonNode): ValueKindIndex {
  if (type === "string") return ValueKind.string;
  if (type === "true" || type === "false") return ValueKind.bool;
  if (type !== "number") return ValueKind.composite;
  return parseInt64(text, 0, text.length, int64) ? ValueKind.int : ValueKind.double;
}
