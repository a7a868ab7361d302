// A recording Evaluation over a simple field table, for the tests of record formats: it notes what
// was put for each record, checks the order of the calls and that borrowed bytes stay unchanged,
// and decides by a callback. Not fast and not a model of the engine.

import { decodeUtf8, encodeUtf8 } from "../../src/core/utf8.ts";
import {
  Field,
  FIELD_COUNT,
  isMultiValued,
  Level,
  levelOfField,
  levelOfScope,
  type ValueLevelIndex as LevelIndex,
  Scope,
  SCOPE_COUNT,
  type ScopeIndex,
} from "../../src/policy/fields.ts";
import type { AttributeScope, FieldName, FieldRef, Signal } from "../../src/policy/model.ts";
import {
  type AttributePaths,
  type Evaluation,
  type FieldTable,
  type FieldValues,
  type FieldSelector,
  type RecordEditor,
  type ValuePuts,
  Verdict,
  type VerdictIndex,
} from "../../src/policy/record-port.ts";

/** Nobody asks what arrays hold. */
const NO_PUTS: ValuePuts = {
  putString: () => {},
  putBytes: () => {},
  putInt: () => {},
  putDouble: () => {},
  putBool: () => {},
  putComposite: () => {},
};

/** A named field, for the list of what the fake asks. */
export function fieldRef(field: FieldName): FieldRef {
  return { kind: "field", field };
}

/** An attribute path, for the list of what the fake asks. */
export function attributeRef(scope: AttributeScope, ...path: string[]): FieldRef {
  return { kind: "attribute", scope, path };
}

/** The place of a named field, for editors. */
export function fieldSelector(field: FieldName): FieldSelector {
  return { field: Field[field], scope: Scope.record, path: [] };
}

/** The place of an attribute, for editors. */
export function attributeSelector(scope: AttributeScope, ...path: string[]): FieldSelector {
  return { field: -1, scope: Scope[scope], path: path.map((segment) => encodeUtf8(segment)) };
}

/** What is noted for a composite value. */
export const COMPOSITE = { composite: true } as const;

/** How values are noted: strings as text, ints as bigint, doubles as numbers. */
export type SeenValue =
  string | bigint | number | boolean | { readonly bytes: readonly number[] } | typeof COMPOSITE;

/**
 * Values of one record with its scope and resource: `body`, `record:a/b`; several values, and those
 * of places that often have several, as arrays.
 */
export type SeenRecord = Readonly<Record<string, SeenValue | readonly SeenValue[]>>;

/**
 * The name under which a place is noted: `severity_text`, `resource:service.name`, `record:a/b`.
 */
export function refName(ref: FieldRef): string {
  return ref.kind === "field" ? ref.field : `${ref.scope}:${ref.path.join("/")}`;
}

/** Places that have a value for each data point, event or link. */
export function holdsSeveral(signal: Signal, ref: FieldRef): boolean {
  if (ref.kind === "field") return isMultiValued(signal, ref);
  return ref.scope === "event" || (signal === "metric" && ref.scope === "record");
}

interface Node {
  slot: number;
  readonly children: Map<string, number>;
}

class FakePaths implements AttributePaths {
  readonly roots: number[] = Array.from({ length: SCOPE_COUNT }, () => -1);
  readonly nodes: Node[] = [];

  add(scope: ScopeIndex, path: readonly string[], slot: number): void {
    if (this.roots[scope] === -1) this.roots[scope] = this.newNode();
    let node = this.roots[scope]!;
    for (const segment of path) {
      const children = this.nodes[node]!.children;
      if (!children.has(segment)) children.set(segment, this.newNode());
      node = children.get(segment)!;
    }
    this.nodes[node]!.slot = slot;
  }
  private newNode(): number {
    return this.nodes.push({ slot: -1, children: new Map() }) - 1;
  }
  root(scope: ScopeIndex): number {
    return this.roots[scope]!;
  }
  child(node: number, bytes: Uint8Array, start: number, end: number): number {
    return this.nodes[node]!.children.get(decodeUtf8(bytes, start, end)) ?? -1;
  }
  slot(node: number): number {
    return this.nodes[node]!.slot;
  }
  hasChildren(node: number): boolean {
    return this.nodes[node]!.children.size > 0;
  }
  lists(): number {
    return -1;
  }
}

interface Borrowed {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly copy: Uint8Array;
  readonly slot: number;
}

class FakeValues implements FieldValues {
  readonly slots: {
    name: string;
    level: LevelIndex;
    many: boolean;
    adds: boolean;
    seen: SeenValue[];
  }[] = [];
  private borrowed: Borrowed[] = [];
  /** The level that was begun last. */
  open: LevelIndex | undefined;

  clear(level: LevelIndex): void {
    for (const slot of this.slots) if (slot.level <= level) slot.seen = [];
    this.borrowed = this.borrowed.filter((range) => this.slots[range.slot]!.level > level);
    this.open = level;
  }
  private put(index: number, value: SeenValue): void {
    const slot = this.slots[index];
    if (slot === undefined) throw new Error(`put into slot ${index}, which does not exist`);
    if (slot.level !== this.open) throw new Error(`put of ${slot.name} outside its level`);
    if (slot.adds) slot.seen.push(value);
    else slot.seen = [value];
  }
  private borrow(slot: number, bytes: Uint8Array, start: number, end: number): Uint8Array {
    if (start < 0 || end < start || end > bytes.length) throw new Error("range outside the bytes");
    const copy = bytes.slice(start, end);
    // A replaced value need not stay.
    if (this.slots[slot]?.adds === false) {
      this.borrowed = this.borrowed.filter((range) => range.slot !== slot);
    }
    this.borrowed.push({ bytes, start, copy, slot });
    return copy;
  }
  checkBorrowed(): void {
    for (const { bytes, start, copy, slot } of this.borrowed) {
      for (let i = 0; i < copy.length; i++) {
        if (bytes[start + i] === copy[i]) continue;
        throw new Error(`the borrowed bytes of ${this.slots[slot]!.name} were changed`);
      }
    }
  }
  seen(): SeenRecord {
    this.checkBorrowed();
    const record: Record<string, SeenValue | readonly SeenValue[]> = {};
    for (const { name, many, seen } of this.slots) {
      if (seen.length > 0) record[name] = many || seen.length > 1 ? seen.slice() : seen[0]!;
    }
    return record;
  }
  has(slot: number): boolean {
    return this.slots[slot]!.seen.length > 0;
  }
  putString(slot: number, bytes: Uint8Array, start: number, end: number): void {
    this.put(slot, decodeUtf8(this.borrow(slot, bytes, start, end)));
  }
  addString(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const copy = bytes.slice(start, end);
    this.borrowed.push({ bytes, start, copy, slot });
    this.slots[slot]!.seen.push(decodeUtf8(copy));
  }
  putBytes(slot: number, bytes: Uint8Array, start: number, end: number): void {
    this.put(slot, { bytes: [...this.borrow(slot, bytes, start, end)] });
  }
  putInt(slot: number, hi: number, lo: number): void {
    this.put(slot, (BigInt(hi | 0) << 32n) | BigInt(lo >>> 0));
  }
  putDouble(slot: number, value: number): void {
    this.put(slot, value);
  }
  putBool(slot: number, value: boolean): void {
    this.put(slot, value);
  }
  putComposite(slot: number): void {
    this.put(slot, COMPOSITE);
  }
  readonly elements = NO_PUTS;
}

/** What a fake does besides recording. `index` counts the records of one request from 0. */
export interface FakeBehaviour {
  readonly decide?: (record: SeenRecord, index: number) => VerdictIndex;
  readonly editRecord?: (editor: RecordEditor, index: number) => void;
  /** Given: scopes are edited. `index` counts scopes. */
  readonly editScope?: (editor: RecordEditor, index: number) => void;
  readonly editResource?: (editor: RecordEditor, index: number) => void;
}

type Step = "idle" | "request" | "resource" | "scope" | "record" | "edit";

/**
 * Use: `new FakeEvaluation("log", [fieldRef("body")], {decide: …})`, filter, look at `records` and
 * `calls`.
 */
export class FakeEvaluation implements Evaluation {
  readonly fields: FieldTable;
  readonly values: FakeValues = new FakeValues();
  /** Values of every record that was decided, of all requests. */
  readonly records: SeenRecord[] = [];
  /** Names of the calls, without `decide`, in order. */
  readonly calls: string[] = [];
  private step: Step = "idle";
  private recordIndex = 0;
  private scopeIndex = 0;
  private resourceIndex = 0;
  private readonly behaviour: FakeBehaviour;

  constructor(signal: Signal, refs: readonly FieldRef[], behaviour: FakeBehaviour = {}) {
    this.behaviour = behaviour;
    const fieldSlots = new Int32Array(FIELD_COUNT).fill(-1);
    const paths = new FakePaths();
    const { slots } = this.values;
    for (const ref of refs) {
      const isField = ref.kind === "field";
      const level = isField ? levelOfField(ref.field) : levelOfScope(ref.scope);
      const many = holdsSeveral(signal, ref);
      const adds = isMultiValued(signal, ref);
      const slot = slots.push({ name: refName(ref), level, many, adds, seen: [] }) - 1;
      if (isField) fieldSlots[Field[ref.field]] = slot;
      else paths.add(Scope[ref.scope], ref.path, slot);
    }
    const asks = (level: number): boolean => slots.some((slot) => slot.level === level);
    const holding = new Uint8Array(slots.length);
    this.fields = { signal, fieldSlots, paths, refs, holding, asks };
  }

  private go(call: string, from: readonly Step[], to: Step): void {
    if (!from.includes(this.step)) throw new Error(`${call} after step "${this.step}"`);
    this.step = to;
    this.calls.push(call);
  }
  begin(): void {
    this.go("begin", ["idle"], "request");
    this.recordIndex = this.scopeIndex = this.resourceIndex = 0;
    this.values.clear(Level.resource);
    this.values.open = undefined;
  }
  beginResource(): void {
    this.go("beginResource", ["request"], "resource");
    this.values.clear(Level.resource);
  }
  beginScope(): void {
    this.go("beginScope", ["resource"], "scope");
    this.values.clear(Level.scope);
  }
  beginRecord(): void {
    // A record that turned out unreadable is begun and never decided.
    this.go("beginRecord", ["scope", "record"], "record");
    this.values.clear(Level.record);
  }
  decide(): VerdictIndex {
    if (this.step !== "record") throw new Error(`decide after step "${this.step}"`);
    const record = this.values.seen();
    this.records.push(record);
    const verdict = this.behaviour.decide?.(record, this.recordIndex++) ?? Verdict.keep;
    this.step = verdict === Verdict.edit ? "edit" : "scope";
    return verdict;
  }
  readonly offering = false;
  offer(): void {
    throw new Error("nothing was asked for");
  }
  editRecord(editor: RecordEditor): boolean {
    this.go("editRecord", ["edit"], "scope");
    this.behaviour.editRecord?.(editor, this.recordIndex - 1);
    return true;
  }
  endScope(): boolean {
    this.go("endScope", ["scope", "record"], "resource");
    this.scopeIndex++;
    return this.behaviour.editScope !== undefined;
  }
  editScope(editor: RecordEditor): void {
    this.go("editScope", ["resource"], "resource");
    this.behaviour.editScope?.(editor, this.scopeIndex - 1);
  }
  endResource(): boolean {
    this.go("endResource", ["resource"], "request");
    this.resourceIndex++;
    return this.behaviour.editResource !== undefined;
  }
  editResource(editor: RecordEditor): void {
    this.go("editResource", ["request"], "request");
    this.behaviour.editResource?.(editor, this.resourceIndex - 1);
  }
  commit(): undefined {
    // Formats without containers never end theirs.
    this.go("commit", ["request", "scope", "record"], "idle");
  }
  abort(): void {
    this.go("abort", ["request", "resource", "scope", "record", "edit"], "idle");
  }
}
