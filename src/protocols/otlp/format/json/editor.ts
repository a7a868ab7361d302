// Edits one log record or span in its JSON text, without a tree for what most edits are: a field,
// or attributes of the list or of maps in it, in any usual shape. They are found by offset, and
// what is edited is patched there. Everything else, and resources and scopes, goes to the tree
// (tree-editor.ts), which gives the same bytes for all that both can do.

import { CLOSE_ARRAY, CLOSE_OBJECT } from "../../../../core/json/index.ts";
import type { Rewriter } from "../../../../core/rewriter.ts";
import { encodeUtf8 } from "../../../../core/utf8.ts";
import { MOVED_BYTE_NS, type Work } from "../../../../core/work.ts";
import { type LevelIndex, Scope } from "../../../../policy/fields.ts";
import type { Signal } from "../../../../policy/model.ts";
import {
  type FoundValues,
  type FieldSelector,
  type RecordEditor,
  type TextChange,
  ValueKind,
  type ValueKindIndex,
} from "../../../../policy/record-port.ts";
import { isTyped } from "../../../../policy/text-change.ts";
import type { OwnerRange } from "./container-state.ts";
import { AttributeAt, type FoundAttributes } from "./found-attributes.ts";
import { FieldEdits } from "./field-edits.ts";
import { Member } from "./names.ts";
import type { RecordMembers } from "./record-members.ts";
import { RecordText } from "./record-text.ts";
import { JsonTreeEditor } from "./tree-editor.ts";

const ENTRY_START = encodeUtf8('{"key":"');
const ENTRY_VALUE = encodeUtf8('","value":');
const LIST_START = encodeUtf8('"attributes":[');

/** How what was looked up last is edited. */
const By = { attributes: 0, field: 1, nothing: 2, tree: 3 } as const;

/** One editor serves one object after the other: open it, hand it out, look at `changed`, write. */
export class JsonRecordEditor implements RecordEditor, FoundValues {
  readonly holdsBytes = true;
  private readonly tree: JsonTreeEditor;
  private readonly record: RecordText;
  private readonly field: FieldEdits;
  private readonly isMetric: boolean;
  private readonly found: FoundAttributes;
  private by: (typeof By)[keyof typeof By] = By.nothing;
  /** The object is open in the tree: until the next one. */
  private isTree = false;
  private selector: FieldSelector | undefined;
  /** The attributes that were looked up last are inside of maps. */
  private isNested = false;

  constructor(signal: Signal) {
    this.tree = new JsonTreeEditor(signal);
    this.record = new RecordText(signal);
    this.field = new FieldEdits(this.record, signal);
    this.found = this.record.found;
    this.isMetric = signal === "metric";
  }

  get work(): Work | undefined {
    return this.tree.work;
  }
  set work(work: Work | undefined) {
    this.record.work = this.tree.work = work;
  }

  /** Opens the record bytes[start, end); `members`: where the reader has noted its members. */
  openRecord(bytes: Uint8Array, start: number, end: number, members?: RecordMembers): void {
    this.isTree = false;
    this.record.open(bytes, start, end, members);
  }

  /** Opens the resource or scope objects at `owners`; with none, there is a new one. */
  openOwner(level: LevelIndex, bytes: Uint8Array, owners: readonly OwnerRange[]): void {
    this.isTree = true;
    this.record.release();
    this.tree.openOwner(level, bytes, owners);
  }

  /** Lets go of what was opened. */
  close(): void {
    this.tree.close();
    this.record.release();
  }

  /** Whether the object that is open is another than it was. */
  get changed(): boolean {
    return this.record.edits.changed || (this.isTree && this.tree.changed);
  }

  get length(): number {
    return this.isTree ? this.tree.length : this.record.edits.length;
  }

  /** Writes the record as it is now. */
  writeTo(rewriter: Rewriter, start: number, end: number): void {
    if (!this.isTree) this.record.edits.writeTo(rewriter);
    else {
      const text = this.tree.print();
      rewriter.replace(start, end, text, 0, text.length);
    }
  }

  /** The record as it is now. */
  print(): Uint8Array {
    if (this.isTree) return this.tree.print();
    const { edits } = this.record.settle();
    return edits.bytes.slice(edits.start, edits.end);
  }

  /** The resource or scope object of that index as it is now. */
  printOwner(index: number): Uint8Array {
    return this.tree.printOwner(index);
  }

  /** The new one, as first member of the object that has to hold it (tree-editor.ts). */
  printMember(): Uint8Array {
    return this.tree.printMember();
  }

  find(selector: FieldSelector): FoundValues {
    if (this.isTree) return this.tree.find(selector);
    this.selector = selector;
    if (this.isMetric) this.by = By.nothing;
    else if (selector.field !== -1) {
      if (!this.field.find(selector.field)) return this.toTree();
      this.by = By.field;
    } else if (selector.scope !== Scope.record) this.by = By.nothing;
    else if (selector.intoLists === true) return this.toTree();
    else if (!this.findAttributes(selector.path)) return this.toTree();
    else this.by = By.attributes;
    return this;
  }

  empty(): void {
    if (this.isTree) this.tree.empty();
    else this.record.empty();
  }

  private findAttributes(path: readonly Uint8Array[]): boolean {
    const { record } = this;
    this.isNested = path.length > 1;
    if (this.isNested) return record.findNested(path);
    return path.length === 1 && record.findAttributes(path[0] as Uint8Array);
  }

  get kind(): ValueKindIndex {
    if (this.by === By.field) return this.field.kind;
    if (this.by !== By.attributes || this.found.count === 0) return ValueKind.absent;
    return this.found.at(0, AttributeAt.kind) as ValueKindIndex;
  }

  get text(): Uint8Array {
    if (this.by === By.field) return this.field.text;
    const { found, record } = this;
    if (this.by === By.attributes && found.count > 0) record.readAttribute(0);
    else record.readNothing();
    return record.source.slice(record.from, record.to);
  }

  rewrite(change: TextChange): boolean {
    if (isTyped(change) && this.by !== By.nothing) return this.toTree().rewrite(change);
    if (this.by === By.field) return this.field.rewrite(change);
    if (this.by !== By.attributes) return false;
    const { found, record } = this;
    let hit = false;
    for (let i = 0; i < found.count; i++) if (record.rewriteAttribute(i, change)) hit = true;
    return hit;
  }

  set(text: Uint8Array, kind: ValueKindIndex = ValueKind.string): boolean {
    if (kind !== ValueKind.string && this.by !== By.nothing) return this.toTree().set(text, kind);
    if (this.by === By.field) return this.field.set(text);
    if (this.by !== By.attributes) return false;
    const { found, record } = this;
    // Maps may have to be made.
    if (this.isNested && found.count === 0) return this.toTree().set(text);
    for (let i = 0; i < found.count; i++) record.setAttribute(i, text);
    return found.count > 0 || this.add(text);
  }

  remove(): boolean {
    if (this.by === By.field) return this.field.remove();
    if (this.by !== By.attributes || this.found.count === 0) return false;
    this.record.removeAttributes();
    return true;
  }

  rename(to: Uint8Array, upsert: boolean, within?: boolean): boolean {
    const { found, record, selector } = this;
    if (this.by !== By.attributes || found.count === 0) return false;
    const isTold = !this.isNested && record.findTargets(to);
    // The tree knows what becomes of those that are there, and how they come out of a map.
    if (!isTold || (record.targets.count > 0 && upsert)) {
      return selector !== undefined && this.toTree().rename(to, upsert, within);
    }
    if (record.targets.count > 0) return false;
    this.work?.spend(found.length * MOVED_BYTE_NS);
    record.moveAttributes(to);
    return true;
  }

  /** Adds an attribute that is not there. */
  private add(text: Uint8Array): boolean {
    const { selector, record } = this;
    const { edits, members } = record;
    const key = selector?.path[0];
    if (key === undefined) return false;
    const hasList = (members.counts[Member.attributes] as number) > 0;
    if (hasList) record.append(members.valueAts[Member.attributes] as number, this.found.closeAt);
    else {
      record.append(members.openAt, members.closeAt);
      edits.put(LIST_START, 0, LIST_START.length);
    }
    edits.put(ENTRY_START, 0, ENTRY_START.length);
    record.putEscaped(key, 0, key.length);
    edits.put(ENTRY_VALUE, 0, ENTRY_VALUE.length);
    record.putStringValue(text, text.length, false);
    edits.putByte(CLOSE_OBJECT);
    if (!hasList) edits.putByte(CLOSE_ARRAY);
    return true;
  }

  /** Goes on with the tree; the values as they are now. */
  private toTree(): FoundValues {
    const { edits } = this.record;
    edits.settle();
    this.tree.openRecord(edits.bytes, edits.start, edits.end);
    this.isTree = true;
    this.by = By.tree;
    return this.tree.find(this.selector as FieldSelector);
  }
}
