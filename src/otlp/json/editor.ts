// Edits one log record, span, scope or resource in its JSON text. Values are replaced where they
// stand; new ones go last. Of equal members the last counts, of equal attribute keys the first; an
// edit leaves only one.

import { COMMA, JsonNode, type KeyTable, quoteJson } from "../../core/json/index.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import {
  Field,
  type FieldIndex,
  Level,
  type LevelIndex,
  Scope,
  type ScopeIndex,
} from "../../policy/fields.ts";
import type { Signal } from "../../policy/model.ts";
import {
  type ChangeText,
  type Place,
  type RecordEditor,
  ValueKind,
  type ValueKindIndex,
} from "../../policy/record-port.ts";
import {
  appendAttribute,
  arrayMember,
  findAttribute,
  isEmptyAny,
  kindOfAny,
  listInside,
  newStringValue,
  removeAttributes,
  renameAttribute,
  sameBytes,
  setAnyText,
  setAttributeText,
  textOfAny,
  valueOf,
} from "./edit-attributes.ts";
import { LOG_RECORD_KEYS, Member, RESOURCE_KEYS, SCOPE_KEYS, SPAN_KEYS } from "./names.ts";

const EMPTY_OBJECT = encodeUtf8("{}");
const ATTRIBUTES = encodeUtf8("attributes");
const RESOURCE = encodeUtf8("resource");
const SCOPE = encodeUtf8("scope");
const BODY = encodeUtf8("body");
const NOTHING = new Uint8Array(0);

/**
 * A string member that can be set; `idDigits`: how many hex digits an id has, 0 for other texts.
 */
interface EditableField {
  readonly name: Uint8Array;
  readonly idDigits: number;
}
function editable(name: string, idDigits = 0): EditableField {
  return { name: encodeUtf8(name), idDigits };
}
type EditableFields = ReadonlyMap<FieldIndex, EditableField>;
const NO_FIELDS: EditableFields = new Map();
const LOG_FIELDS: EditableFields = new Map<FieldIndex, EditableField>([
  [Field.severity_text, editable("severityText")],
  [Field.event_name, editable("eventName")],
  [Field.trace_id, editable("traceId", 32)],
  [Field.span_id, editable("spanId", 16)],
]);
const SPAN_FIELDS: EditableFields = new Map<FieldIndex, EditableField>([
  [Field.name, editable("name")],
  [Field.trace_state, editable("traceState")],
  [Field.trace_id, editable("traceId", 32)],
  [Field.span_id, editable("spanId", 16)],
  [Field.parent_span_id, editable("parentSpanId", 16)],
]);

/** One editor serves one object after the other: open it, hand it out, look at `changed`, print. */
export class JsonRecordEditor implements RecordEditor {
  private readonly signal: Signal;
  private root = JsonNode.of(EMPTY_OBJECT);
  private keys: KeyTable = LOG_RECORD_KEYS;
  private fields: EditableFields = NO_FIELDS;
  /** Whose attributes these are; undefined: of no scope that can be edited. */
  private scope: ScopeIndex | undefined;
  private isLogRecord = false;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  /** Opens the record bytes[start, end). Nothing of a metric can be edited. */
  openRecord(bytes: Uint8Array, start: number, end: number): void {
    this.root = new JsonNode(bytes, start, end);
    this.isLogRecord = this.signal === "log";
    this.keys = this.isLogRecord ? LOG_RECORD_KEYS : SPAN_KEYS;
    this.fields = NO_FIELDS;
    if (this.isLogRecord) this.fields = LOG_FIELDS;
    else if (this.signal === "trace") this.fields = SPAN_FIELDS;
    this.scope = this.signal === "metric" ? undefined : Scope.record;
  }

  /** Opens the resource or scope object bytes[start, end); a negative start: there is none yet. */
  openOwner(level: LevelIndex, bytes: Uint8Array, start: number, end: number): void {
    const isResource = level === Level.resource;
    const owner = start < 0 ? undefined : new JsonNode(bytes, start, end);
    // Null is as good as nothing, and is replaced.
    this.root = owner === undefined || owner.type === "null" ? JsonNode.of(EMPTY_OBJECT) : owner;
    this.isLogRecord = false;
    this.keys = isResource ? RESOURCE_KEYS : SCOPE_KEYS;
    this.fields = NO_FIELDS;
    this.scope = isResource ? Scope.resource : Scope.scope;
  }

  /** Lets go of what was opened. */
  close(): void {
    this.root = JsonNode.of(EMPTY_OBJECT);
  }

  /** Whether the object that is open is another than it was. */
  get changed(): boolean {
    return this.root.changed;
  }

  /** The object as it is now. */
  print(): Uint8Array {
    return this.root.print();
  }

  /**
   * The same as first member of the object that has to hold it: with its name, and a comma behind.
   */
  printMember(): Uint8Array {
    const holder = JsonNode.of(EMPTY_OBJECT);
    holder.appendMember(this.scope === Scope.resource ? RESOURCE : SCOPE, this.root);
    const text = holder.print();
    text[text.length - 1] = COMMA;
    return text.subarray(1);
  }

  kindAt(place: Place): ValueKindIndex {
    if (place.field !== -1) return this.kindOfField(place.field);
    const entry = this.entryAt(place);
    return entry === undefined ? ValueKind.absent : kindOfAny(valueOf(entry));
  }

  textAt(place: Place): Uint8Array {
    if (place.field === Field.body) return textOfAny(this.memberOf(Field.body));
    if (place.field !== -1) return this.textOfField(place.field);
    const entry = this.entryAt(place);
    return entry === undefined ? NOTHING : textOfAny(valueOf(entry));
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
    if (place.field === -1) return this.setAttribute(place, text);
    if (this.root.type !== "object") return false;
    if (place.field === Field.body) return this.isLogRecord && this.setBody(text);
    const field = this.fields.get(place.field);
    if (field === undefined) return false;
    if (field.idDigits > 0 && !isHex(text, field.idDigits)) return this.remove(place);
    const literal = JsonNode.of(quoteJson(text));
    const member = this.memberOf(place.field);
    if (member === undefined) this.root.appendMember(field.name, literal);
    else {
      this.removeMembers(place.field, member);
      if (member.type !== "string" || !sameBytes(member.string, text)) member.replace(literal.text);
    }
    return true;
  }

  remove(place: Place): boolean {
    if (place.field !== -1) {
      if (this.kindOfField(place.field) === ValueKind.absent) return false;
      this.removeMembers(place.field);
      return true;
    }
    const list = this.listAt(place, false);
    if (list === undefined || findAttribute(list, leafOf(place)) === undefined) return false;
    removeAttributes(list, leafOf(place));
    return true;
  }

  rename(place: Place, to: Uint8Array, upsert: boolean): boolean {
    if (place.field !== -1) return false;
    const from = this.listAt(place, false);
    const entry = from && findAttribute(from, leafOf(place));
    const list = this.attributes(false);
    if (from === undefined || entry === undefined || list === undefined) return false;
    if (findAttribute(list, to) !== undefined && !upsert) return false;
    removeAttributes(from, leafOf(place));
    removeAttributes(list, to);
    renameAttribute(entry, to);
    list.appendElement(entry);
    return true;
  }

  private memberOf(field: FieldIndex): JsonNode | undefined {
    return this.root.member(this.keys, field + 1);
  }

  /** Takes all members of that name out, but for `kept`. */
  private removeMembers(field: FieldIndex, kept?: JsonNode): void {
    const { root, keys } = this;
    root.removeChildren((member) => member !== kept && member.keyId(keys) === field + 1);
  }

  private kindOfField(field: FieldIndex): ValueKindIndex {
    if (field !== Field.body) {
      return this.textOfField(field).length > 0 ? ValueKind.string : ValueKind.absent;
    }
    const body = this.isLogRecord ? this.memberOf(field) : undefined;
    if (body === undefined || isEmptyAny(body)) return ValueKind.absent;
    const kind = kindOfAny(body);
    return kind === ValueKind.string && textOfAny(body).length === 0 ? ValueKind.absent : kind;
  }

  /** Empty for what is absent; ids in lower case. */
  private textOfField(field: FieldIndex): Uint8Array {
    const editable = this.fields.get(field);
    const member = editable && this.memberOf(field);
    if (member?.type !== "string") return NOTHING;
    if (editable?.idDigits === 0) return member.string;
    const text = member.string.map((c) => (c >= 0x41 && c <= 0x5a ? c | 0x20 : c));
    const valid = isHex(text, text.length) && text.length % 2 === 0;
    return valid && text.some((c) => c !== 0x30) ? text : NOTHING;
  }

  private setBody(text: Uint8Array): boolean {
    const body = this.memberOf(Field.body);
    if (body === undefined) this.root.appendMember(BODY, newStringValue(text));
    else {
      this.removeMembers(Field.body, body);
      setAnyText(body, text);
    }
    return true;
  }

  private setAttribute(place: Place, text: Uint8Array): boolean {
    const { path } = place;
    const list = this.listAt(place, false);
    const entry = list && findAttribute(list, leafOf(place));
    if (list !== undefined && entry !== undefined) {
      removeAttributes(list, leafOf(place), entry);
      setAttributeText(entry, text);
      return true;
    }
    // Something on the way is missing: the path goes on below the last list that can be there.
    let below = place.scope === this.scope ? this.attributes(true) : undefined;
    for (let i = 0; below !== undefined; i++) {
      const segment = path[i];
      const next = segment && findAttribute(below, segment);
      if (next === undefined || i === path.length - 1) {
        appendAttribute(below, path.slice(i), text);
        return true;
      }
      below = listInside(next, true);
    }
    return false;
  }

  /** The attribute list of the object. */
  private attributes(create: boolean): JsonNode | undefined {
    if (this.root.type !== "object") return undefined;
    const member = this.root.member(this.keys, Member.attributes);
    return arrayMember(this.root, member, ATTRIBUTES, create);
  }

  /** The list that the last segment of the path is looked up in. */
  private listAt(place: Place, create: boolean): JsonNode | undefined {
    let list = place.scope === this.scope ? this.attributes(create) : undefined;
    for (let i = 0; list !== undefined && i < place.path.length - 1; i++) {
      const entry = findAttribute(list, place.path[i] ?? NOTHING);
      list = entry && listInside(entry, create);
    }
    return list;
  }

  private entryAt(place: Place): JsonNode | undefined {
    const list = this.listAt(place, false);
    return list && findAttribute(list, leafOf(place));
  }
}

function leafOf(place: Place): Uint8Array {
  return place.path.at(-1) ?? NOTHING;
}

function isHex(text: Uint8Array, digits: number): boolean {
  return (
    text.length === digits &&
    text.every((c) => (c >= 0x30 && c <= 0x39) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x66))
  );
}
