// Edits a line, or what it is from, by the values in it: where they are is the syntax's matter,
// what an edit does with them is here. A line whose body is no member of its own is its body as a
// whole.

import { Field, Scope } from "../../../policy/fields.ts";
import {
  type FoundValues,
  type FieldSelector,
  type Reach,
  type RecordEditor,
  type TextChange,
  ValueKind,
  type ValueKindIndex,
} from "../../../policy/record-port.ts";
import { sameBytes } from "../../../core/bytes.ts";
import { changesText, isTyped } from "../../../policy/text-change.ts";
import { hexOf } from "./ids.ts";

const NOTHING = new Uint8Array(0);
const NOWHERE: FieldSelector = { field: -1, scope: Scope.event, path: [] };

/** One value of a line. */
export interface Spot {
  readonly kind: ValueKindIndex;
  /** Empty for what is no string. */
  readonly text: Uint8Array;
  /** `text` and `kind` as in TextChange. */
  set(text: Uint8Array, kind?: ValueKindIndex): void;
  /** Whether it is what a change makes of it, which is no string; absent: all are strings. */
  says?(change: TextChange): boolean;
  remove(): void;
}

export abstract class SpotEditor implements RecordEditor, FoundValues {
  private selector: FieldSelector = NOWHERE;
  /** What was looked up last: all values, the one that counts first. */
  private spots: readonly Spot[] = [];

  /** All values of a selector, the one that counts first. Of an id those only that are one. */
  protected abstract spotsOf(selector: FieldSelector): readonly Spot[];
  abstract get length(): number;
  /** Takes values out that were looked up last. */
  protected removeAll(spots: readonly Spot[]): void {
    for (const spot of spots) spot.remove();
  }
  /** Adds a value where there is none; false: the syntax cannot hold it. */
  protected abstract create(
    selector: FieldSelector,
    text: Uint8Array,
    kind?: ValueKindIndex,
  ): boolean;
  abstract empty(): void;
  /**
   * Gives the values of an attribute another name: `to` is a key at the top, or one behind the path
   * of the map that they are in and stay in. False: the syntax cannot hold it.
   */
  protected abstract move(
    path: FieldSelector["path"],
    to: FieldSelector["path"],
    upsert: boolean,
  ): boolean;

  find(selector: FieldSelector): FoundValues {
    this.selector = selector;
    this.spots = this.spotsOf(selector);
    return this;
  }

  get kind(): ValueKindIndex {
    return this.spots[0]?.kind ?? ValueKind.absent;
  }

  get text(): Uint8Array {
    const [spot] = this.spots;
    return spot === undefined ? NOTHING : this.shown(spot);
  }

  rewrite(change: TextChange, reach: Reach = "all"): boolean {
    const reached = reach === "all" ? this.spots : this.spots.slice(0, 1);
    let changed = false;
    for (const spot of reached) {
      const old = this.shown(spot);
      if (!changesText(change, spot.kind, old, 0, old.length)) continue;
      const text = change.text.slice(0, change.length);
      if (isTyped(change) && (spot.says?.(change) ?? sameBytes(old, text))) continue;
      this.put(spot, text, change.kind);
      changed = true;
    }
    return changed;
  }

  set(text: Uint8Array, kind?: ValueKindIndex): boolean {
    const { selector, spots } = this;
    for (const spot of spots) this.put(spot, text, kind);
    if (spots.length > 0) return true;
    const isClear = isId(selector) && hexOf(text, selector.field) === undefined;
    return isClear || this.create(selector, text, kind);
  }

  remove(): boolean {
    this.removeAll(this.spots);
    return this.spots.length > 0;
  }

  rename(to: Uint8Array, upsert: boolean, within = false): boolean {
    const { selector, spots } = this;
    const { field, path } = selector;
    const around = within ? path.slice(0, -1) : [];
    return field === -1 && spots.length > 0 && this.move(path, [...around, to], upsert);
  }

  private shown({ text }: Spot): Uint8Array {
    const { selector } = this;
    return isId(selector) ? (hexOf(text, selector.field) ?? NOTHING) : text;
  }

  private put(spot: Spot, text: Uint8Array, kind: ValueKindIndex | undefined): void {
    const { selector } = this;
    if (isId(selector) && hexOf(text, selector.field) === undefined) spot.remove();
    else spot.set(text, kind);
  }
}

/** Whether it is a field that holds an id. */
export function isId({ field }: FieldSelector): boolean {
  return field === Field.trace_id || field === Field.span_id;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;

/** A text that is to stand as a line of its own: line ends in it become spaces. */
export function onOneLine(text: Uint8Array): Uint8Array {
  if (!text.includes(NEWLINE) && !text.includes(RETURN)) return text;
  return text.map((c) => (c === NEWLINE || c === RETURN ? SPACE : c));
}
