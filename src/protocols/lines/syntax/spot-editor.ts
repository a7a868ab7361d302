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
import { changesText } from "../../../policy/text-change.ts";
import { hexOf } from "./ids.ts";

const NOTHING = new Uint8Array(0);
const NOWHERE: FieldSelector = { field: -1, scope: Scope.event, path: [] };

/** One value of a line. */
export interface Spot {
  readonly kind: ValueKindIndex;
  /** Empty for what is no string. */
  readonly text: Uint8Array;
  set(text: Uint8Array): void;
  remove(): void;
}

export abstract class SpotEditor implements RecordEditor, FoundValues {
  private selector: FieldSelector = NOWHERE;
  /** What was looked up last: all values, the one that counts first. */
  private spots: readonly Spot[] = [];

  /** All values of a selector, the one that counts first. Of an id those only that are one. */
  protected abstract spotsOf(selector: FieldSelector): readonly Spot[];
  abstract get length(): number;
  /** Adds a value where there is none; false: the syntax cannot hold it. */
  protected abstract create(selector: FieldSelector, text: Uint8Array): boolean;
  abstract empty(): void;
  /** Gives the values of an attribute another name; false: the syntax cannot hold it. */
  protected abstract move(path: FieldSelector["path"], to: Uint8Array, upsert: boolean): boolean;

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
      this.put(spot, change.text.slice(0, change.length));
      changed = true;
    }
    return changed;
  }

  set(text: Uint8Array): boolean {
    const { selector, spots } = this;
    for (const spot of spots) this.put(spot, text);
    if (spots.length > 0) return true;
    return (
      (isId(selector) && hexOf(text, selector.field) === undefined) || this.create(selector, text)
    );
  }

  remove(): boolean {
    for (const spot of this.spots) spot.remove();
    return this.spots.length > 0;
  }

  rename(to: Uint8Array, upsert: boolean): boolean {
    const { selector, spots } = this;
    return selector.field === -1 && spots.length > 0 && this.move(selector.path, to, upsert);
  }

  private shown({ text }: Spot): Uint8Array {
    const { selector } = this;
    return isId(selector) ? (hexOf(text, selector.field) ?? NOTHING) : text;
  }

  private put(spot: Spot, text: Uint8Array): void {
    const { selector } = this;
    if (isId(selector) && hexOf(text, selector.field) === undefined) spot.remove();
    else spot.set(text);
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
