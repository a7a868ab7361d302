// Edits one log record, span, scope or resource of any shape in its JSON text, as a tree: repeated
// members, maps on the way, values of odd types. Values are replaced where they stand; new ones go
// last. Attributes whose keys are equal are edited each by itself; of members that are repeated, an
// edit leaves the one that counts.

import { sameBytes } from "../../../../core/bytes.ts";
import { COMMA, JsonNode, type KeyTable, quoteJson } from "../../../../core/json/index.ts";
import { encodeUtf8 } from "../../../../core/utf8.ts";
import { COPIED_BYTE_NS, type Work } from "../../../../core/work.ts";
import {
  Field,
  type FieldIndex,
  Level,
  type LevelIndex,
  Scope,
  type ScopeIndex,
} from "../../../../policy/fields.ts";
import type { Signal } from "../../../../policy/model.ts";
import {
  type FoundValues,
  type FieldSelector,
  type RecordEditor,
  type TextChange,
  ValueKind,
  type ValueKindIndex,
} from "../../../../policy/record-port.ts";
import { changesText, isTyped } from "../../../../policy/text-change.ts";
import type { OwnerRange } from "./container-state.ts";
import {
  addAttribute,
  type Entry,
  findAttributes,
  isEmptyAny,
  kindOfAny,
  newArray,
  removeAttributes,
  removeHidden,
  renameAttribute,
  renameWithin,
  saysValue,
  setAny,
  setAttribute,
  textOfAny,
  valuesAt,
} from "./edit-attributes.ts";
import { editableFields, type EditableFields, isHex, NO_FIELDS } from "./editable-fields.ts";
import { LOG_RECORD_KEYS, Member, RESOURCE_KEYS, SCOPE_KEYS, SPAN_KEYS } from "./names.ts";
import { anyValueOf } from "./typed-values.ts";

const EMPTY_OBJECT = encodeUtf8("{}");
const ATTRIBUTES = encodeUtf8("attributes");
const RESOURCE = encodeUtf8("resource");
const SCOPE = encodeUtf8("scope");
const BODY = encodeUtf8("body");
const NOTHING = new Uint8Array(0);
const NO_ENTRIES: readonly Entry[] = [];
const NOWHERE: FieldSelector = { field: -1, scope: Scope.event, path: [] };

/** One editor serves one object after the other: open it, hand it out, look at `changed`, print. */
export class JsonTreeEditor implements RecordEditor, FoundValues {
  readonly holdsBytes = true;
  private readonly signal: Signal;
  private asked: Work | undefined;
  /** The object; several when it is a repeated member, whose values merge. */
  private roots: JsonNode[] = [];
  /** There is no object yet. */
  private isNew = false;
  private keys: KeyTable = LOG_RECORD_KEYS;
  private fields: EditableFields = NO_FIELDS;
  /** Whose attributes these are; undefined: of no scope that can be edited. */
  private scope: ScopeIndex | undefined;
  private isLogRecord = false;
  /** What was looked up last, and the attributes there. */
  private selector: FieldSelector = NOWHERE;
  private entries: readonly Entry[] = NO_ENTRIES;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  get work(): Work | undefined {
    return this.asked;
  }
  set work(work: Work | undefined) {
    this.asked = work;
    for (const root of this.roots) root.work = work;
  }

  /** Opens the record bytes[start, end). Nothing of a metric can be edited. */
  openRecord(bytes: Uint8Array, start: number, end: number): void {
    this.asked?.spend((end - start) * COPIED_BYTE_NS);
    this.roots = [new JsonNode(bytes, start, end)];
    this.work = this.asked;
    this.isNew = false;
    this.isLogRecord = this.signal === "log";
    this.keys = this.isLogRecord ? LOG_RECORD_KEYS : SPAN_KEYS;
    this.fields = editableFields(this.signal);
    this.scope = this.signal === "metric" ? undefined : Scope.record;
  }

  /** Opens the resource or scope objects at `owners`; with none, there is a new one. */
  openOwner(level: LevelIndex, bytes: Uint8Array, owners: readonly OwnerRange[]): void {
    const isResource = level === Level.resource;
    this.roots = owners.map(({ start, end }) => {
      const owner = new JsonNode(bytes, start, end);
      // Null is as good as nothing, and is replaced.
      return owner.type === "null" ? JsonNode.of(EMPTY_OBJECT) : owner;
    });
    this.isNew = owners.length === 0;
    if (this.isNew) this.roots.push(JsonNode.of(EMPTY_OBJECT));
    this.isLogRecord = false;
    this.keys = isResource ? RESOURCE_KEYS : SCOPE_KEYS;
    this.fields = NO_FIELDS;
    this.scope = isResource ? Scope.resource : Scope.scope;
  }

  empty(): void {
    for (const root of this.roots) root.clear();
  }

  /** Lets go of what was opened. */
  close(): void {
    this.roots = [];
    this.entries = NO_ENTRIES;
  }

  /** The object to which what is new is added. */
  private get root(): JsonNode {
    return this.roots.at(-1) ?? JsonNode.of(EMPTY_OBJECT);
  }

  /** Whether the object that is open is another than it was. */
  get changed(): boolean {
    return this.roots.some(({ changed }) => changed);
  }

  get length(): number {
    if (this.isNew) return this.changed ? this.printMember().length : 0;
    let sum = 0;
    for (const { length } of this.roots) sum += length;
    return sum;
  }

  /** The record as it is now. */
  print(): Uint8Array {
    return this.printOwner(0);
  }

  /** The resource or scope object of that index as it is now. */
  printOwner(index: number): Uint8Array {
    return (this.roots[index] ?? this.root).print();
  }

  /**
   * The new one as first member of the object that has to hold it: with its name, and a comma
   * behind.
   */
  printMember(): Uint8Array {
    const holder = JsonNode.of(EMPTY_OBJECT);
    holder.appendMember(this.scope === Scope.resource ? RESOURCE : SCOPE, this.root);
    const text = holder.print();
    text[text.length - 1] = COMMA;
    return text.subarray(1);
  }

  find(selector: FieldSelector): FoundValues {
    this.selector = selector;
    this.entries = this.entriesAt(selector);
    return this;
  }

  get kind(): ValueKindIndex {
    const { selector, entries } = this;
    if (selector.field !== -1) return this.kindOfField(selector.field);
    const [entry] = entries;
    return entry === undefined ? ValueKind.absent : kindOfAny(valuesAt(entry));
  }

  get text(): Uint8Array {
    const { selector, entries } = this;
    if (selector.field !== -1) return this.textOfField(selector.field);
    const [entry] = entries;
    return entry === undefined ? NOTHING : textOfAny(valuesAt(entry));
  }

  rewrite(change: TextChange): boolean {
    const { selector, entries } = this;
    if (selector.field !== -1) return this.rewriteField(selector.field, change);
    let hit = false;
    for (const entry of entries) {
      const values = valuesAt(entry);
      const text = textOfAny(values);
      const isOther = changesText(change, kindOfAny(values), text, 0, text.length);
      if (!isOther || this.isSo(values, change)) removeHidden(entry.node, values);
      else {
        setAttribute(entry, change.text.subarray(0, change.length), change.kind);
        hit = true;
      }
    }
    return hit;
  }

  /** Whether values are what a change makes of them, which is no string. */
  private isSo(values: readonly JsonNode[], change: TextChange): boolean {
    const { kind, length, text } = change;
    return isTyped(change) && saysValue(values, text.subarray(0, length), kind ?? ValueKind.string);
  }

  set(text: Uint8Array, kind?: ValueKindIndex): boolean {
    const { field } = this.selector;
    return field === -1 ? this.setAttribute(text, kind) : this.setField(field, text, kind);
  }

  remove(): boolean {
    const { selector, entries } = this;
    if (selector.field !== -1) return this.removeField(selector.field);
    removeAttributes(entries);
    return entries.length > 0;
  }

  rename(to: Uint8Array, upsert: boolean, within = false): boolean {
    const { entries } = this;
    if (within && this.selector.path.length > 1) return renameWithin(entries, to, upsert);
    const lists = this.attributes();
    const targets = findAttributes(lists, [to]);
    if (entries.length === 0 || (targets.length > 0 && !upsert)) return false;
    removeAttributes(entries);
    removeAttributes(targets);
    for (const { node } of entries) {
      renameAttribute(node, to);
      lists.at(-1)?.appendElement(node);
    }
    return true;
  }

  private setField(
    fieldIndex: FieldIndex,
    text: Uint8Array,
    kind: ValueKindIndex = ValueKind.string,
  ): boolean {
    if (this.root.type !== "object") return false;
    if (fieldIndex === Field.body) return this.isLogRecord && this.setBody(text, kind);
    const field = this.fields.get(fieldIndex);
    if (field === undefined || kind !== ValueKind.string) return false;
    if (field.idDigits > 0 && !isHex(text, text.length, field.idDigits))
      return this.removeField(fieldIndex);
    const literal = JsonNode.of(quoteJson(text));
    const member = this.memberOf(fieldIndex);
    if (member === undefined) this.root.appendMember(field.name, literal);
    else {
      this.removeMembers(fieldIndex, member);
      if (member.type !== "string" || !sameBytes(member.string, text)) member.replace(literal.text);
    }
    return true;
  }

  private removeField(field: FieldIndex): boolean {
    if (this.kindOfField(field) === ValueKind.absent) return false;
    this.removeMembers(field);
    return true;
  }

  private membersOf(field: FieldIndex): JsonNode[] {
    return this.root.children.filter((member) => member.keyId(this.keys) === field + 1);
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
    const bodies = this.isLogRecord ? this.membersOf(field) : [];
    if (isEmptyAny(bodies)) return ValueKind.absent;
    const kind = kindOfAny(bodies);
    return kind === ValueKind.string && textOfAny(bodies).length === 0 ? ValueKind.absent : kind;
  }

  /** Empty for what is absent; ids in lower case. */
  private textOfField(field: FieldIndex): Uint8Array {
    if (field === Field.body) return this.isLogRecord ? textOfAny(this.membersOf(field)) : NOTHING;
    const editable = this.fields.get(field);
    const member = editable && this.memberOf(field);
    if (member?.type !== "string") return NOTHING;
    if (editable?.idDigits === 0) return member.string;
    // What is no id is a text all the same, which a policy may want to hide.
    const text = member.string.map((c) => (c >= 0x41 && c <= 0x46 ? c | 0x20 : c));
    return text.some((c) => c !== 0x30) ? text : NOTHING;
  }

  private rewriteField(field: FieldIndex, change: TextChange): boolean {
    const kind = this.kindOfField(field);
    const text = this.textOfField(field);
    if (kind !== ValueKind.absent && changesText(change, kind, text, 0, text.length)) {
      const isBody = field === Field.body && this.isLogRecord;
      if (isBody && this.isSo(this.membersOf(field), change)) return false;
      return this.setField(field, change.text.subarray(0, change.length), change.kind);
    }
    // What nobody reads hides nothing from a redaction.
    if (field === Field.body)
      removeHidden(this.root, this.isLogRecord ? this.membersOf(field) : []);
    else if (this.fields.has(field)) this.removeMembers(field, this.memberOf(field));
    return false;
  }

  private setBody(text: Uint8Array, kind: ValueKindIndex): boolean {
    const bodies = this.membersOf(Field.body);
    if (bodies.length === 0) this.root.appendMember(BODY, anyValueOf(text, kind));
    else setAny(this.root, bodies, text, kind);
    return true;
  }

  private setAttribute(text: Uint8Array, kind: ValueKindIndex = ValueKind.string): boolean {
    const { entries, selector } = this;
    for (const entry of entries) setAttribute(entry, text, kind);
    if (entries.length > 0) return true;
    if (selector.scope !== this.scope) return false;
    let lists = this.attributes();
    if (lists.length === 0) {
      const { root } = this;
      if (root.type !== "object") return false;
      const list = newArray(root, root.member(this.keys, Member.attributes), ATTRIBUTES);
      lists = list === undefined ? [] : [list];
    }
    return addAttribute(lists, selector.path, anyValueOf(text, kind));
  }

  /** The attribute lists of the object: one, unless the member is repeated. */
  private attributes(): JsonNode[] {
    return this.roots.flatMap((root) =>
      root.type !== "object"
        ? []
        : root.children.filter(
            (node) => node.type === "array" && node.keyId(this.keys) === Member.attributes,
          ),
    );
  }

  private entriesAt(selector: FieldSelector): readonly Entry[] {
    if (selector.field !== -1 || selector.scope !== this.scope) return NO_ENTRIES;
    return findAttributes(this.attributes(), selector.path, selector.intoLists);
  }
}
