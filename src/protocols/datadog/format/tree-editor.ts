// Edits one Datadog log in its JSON text as a tree, wherever a value is: at the top, nested, in a
// tag, or in the document inside the message. All operations look at the same spots
// (record-spots.ts): `rewrite` and `remove` change all of them, the others only the one that
// counts. What no edit addresses keeps its bytes. Attributes of the whole request come last, and
// are edited in their own text.

import { sameBytes } from "../../../core/bytes.ts";
import { JsonNode } from "../../../core/json/index.ts";
import { encodeUtf8 } from "../../../core/utf8.ts";
import { COPIED_BYTE_NS, type Work } from "../../../core/work.ts";
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
import { ConstantText } from "../../../policy/text-change.ts";
import {
  kindAtSpot,
  removeSpots,
  renameTags,
  rewriteSpots,
  textAtSpot,
  writeBack,
} from "./edit-spots.ts";
import { BODY_NAMES, STATUS_NAMES } from "./log-names.ts";
import { createAttribute } from "../../dotted/create-attribute.ts";
import { type Move, moveAll, renamedKey, sameKeys, valueAt } from "../../dotted/named-members.ts";
import { dottedName } from "../../dotted/name-table.ts";
import { RecordSpots, type Spot, type TagSpot, type ValueSpot } from "./record-spots.ts";
import type { RequestEdits } from "./request-attributes.ts";
import { TagList } from "./tag-list.ts";

const NOTHING = new Uint8Array(0);
const EMPTY_OBJECT = encodeUtf8("{}");
const NO_SPOTS: readonly Spot[] = [];
const NOWHERE: FieldSelector = { field: -1, scope: Scope.event, path: [] };
const BODY_KEY = encodeUtf8(BODY_NAMES[0]);
const STATUS_KEY = encodeUtf8(STATUS_NAMES[0]);

/** One editor serves one record after the other: open it, pass it on, check `changed`, print. */
export class DatadogTreeEditor implements RecordEditor, FoundValues {
  private root = JsonNode.of(EMPTY_OBJECT);
  private allSpots = new RecordSpots(this.root);
  /** What was looked up last, and all of its values, beginning with the one that counts. */
  private selector: FieldSelector = NOWHERE;
  private spots: readonly Spot[] = NO_SPOTS;
  private request: RequestEdits | undefined;
  private asked: Work | undefined;

  get work(): Work | undefined {
    return this.asked;
  }
  set work(work: Work | undefined) {
    this.asked = this.root.work = work;
  }

  /** Opens the record bytes[start, end), an object, of a request that may also have attributes. */
  open(bytes: Uint8Array, start: number, end: number, request?: RequestEdits): void {
    if (request === undefined) this.asked?.spend((end - start) * COPIED_BYTE_NS);
    this.root = new JsonNode(bytes, start, end);
    this.root.work = this.asked;
    this.request = request;
    request?.beginRecord();
    this.forget();
  }

  /** Releases what was opened. */
  close(): void {
    this.root = JsonNode.of(EMPTY_OBJECT);
    this.request = undefined;
    this.forget();
  }

  /** Found values are valid until something is edited. */
  private forget(): void {
    this.spots = NO_SPOTS;
    this.allSpots = new RecordSpots(this.root);
  }

  /** Whether the record has changed. */
  get changed(): boolean {
    return this.root.changed;
  }

  /** The record in its current state. */
  print(): Uint8Array {
    return this.root.print();
  }

  get length(): number {
    return this.root.length;
  }

  find(selector: FieldSelector): FoundValues {
    this.selector = selector;
    this.spots = this.allSpots.spotsOf(selector);
    return this;
  }

  /** Attributes of the request stay: they are edited separately. */
  empty(): void {
    this.root.clear();
    this.forget();
  }

  get kind(): ValueKindIndex {
    const [spot] = this.spots;
    if (spot !== undefined) return kindAtSpot(spot);
    return this.request?.kindAt(this.selector) ?? ValueKind.absent;
  }

  get text(): Uint8Array {
    const [spot] = this.spots;
    if (spot !== undefined) return textAtSpot(spot);
    return this.request?.textAt(this.selector) ?? NOTHING;
  }

  rewrite(change: TextChange, reach: Reach = "all"): boolean {
    if (reach === "counting") return this.rewriteCounting(change);
    const changed = rewriteSpots(this.spots, change);
    if (changed) this.forget();
    return this.request?.rewrite(this.selector, change) === true || changed;
  }

  /** A value that all records of the request share is not edited: the record gets its own value. */
  private rewriteCounting(change: TextChange): boolean {
    const { spots, kind, text } = this;
    if (spots.length > 0) {
      const changed = rewriteSpots(thoseThatCount(spots), change);
      if (changed) this.forget();
      return changed;
    }
    if (kind === ValueKind.absent || !change.applyTo(kind, text, 0, text.length)) return false;
    return this.set(change.text.subarray(0, change.length), change.kind);
  }

  set(text: Uint8Array, kind?: ValueKindIndex): boolean {
    const { spots } = this;
    this.forget();
    if (spots.length === 0) return this.create(this.selector, text, kind);
    rewriteSpots(thoseThatCount(spots), new ConstantText(text, kind));
    return true;
  }

  remove(): boolean {
    const { spots } = this;
    this.forget();
    removeSpots(spots);
    return this.request?.remove(this.selector) === true || spots.length > 0;
  }

  rename(to: Uint8Array, upsert: boolean, within = false): boolean {
    const { field, path } = this.selector;
    if (field !== -1) return false;
    const sources = thoseThatCount(this.spots);
    const [first] = sources;
    if (first === undefined) return false;
    const isNested = within && path.length > 1;
    const name = isNested ? dottedName([...path.slice(0, -1), to]) : to;
    const targets = othersOf(this.allSpots.named(name), sources);
    const isThere = targets.length > 0 || this.request?.has(name) === true;
    if (isThere && !upsert) return false;
    if (first.kind === "tag" && !canRename(sources, targets, name)) return false;
    this.forget();
    removeSpots(targets);
    const moves: Move[] = [];
    for (const source of sources) {
      if (source.kind === "tag") renameTags(source, name);
      else moves.push(...this.moveOf(source, targets, isNested ? path : undefined, to));
    }
    // The last one counts, and must remain the last.
    moveAll(moves.reverse());
    writeBack(sources);
    return moves.length > 0 || first.kind === "tag";
  }

  /** Where a value moves, and its name there; nowhere: it is in a list. */
  private moveOf(
    source: ValueSpot,
    targets: readonly Spot[],
    within: FieldSelector["path"] | undefined,
    to: Uint8Array,
  ): readonly Move[] {
    const value = valueAt(source.way);
    if (within === undefined) return [{ value, into: this.listOf(source, targets), key: to }];
    const into = source.way.at(-1)?.parent;
    return into?.type === "object" ? [{ value, into, key: renamedKey(value.key, within, to) }] : [];
  }

  /** The object in which a renamed value becomes the last member: its document, if that stays. */
  private listOf({ document }: ValueSpot, targets: readonly Spot[]): JsonNode {
    if (document === undefined) return this.root;
    const goes = targets.some(
      (one) => one.kind === "value" && valueAt(one.way) === document.member,
    );
    return goes ? this.root : document.root;
  }

  private create(selector: FieldSelector, text: Uint8Array, kind?: ValueKindIndex): boolean {
    const { root } = this;
    if (selector.field === Field.body) return createAttribute(root, [BODY_KEY], text, kind);
    if (selector.field === Field.severity_text) {
      return createAttribute(root, [STATUS_KEY], text, kind);
    }
    if (selector.field !== -1 || selector.scope === Scope.event) return false;
    return createAttribute(root, selector.path, text, kind);
  }
}

/** The first spot, and those with the same spelling: equal keys are edited alike. */
function thoseThatCount(spots: readonly Spot[]): Spot[] {
  const [first] = spots;
  return first === undefined ? [] : spots.filter((spot) => isSpelledAs(spot, first));
}

function isSpelledAs(spot: Spot, first: Spot): boolean {
  if (spot.kind === "tag") return first.kind === "tag" && sameBytes(spot.key, first.key);
  if (first.kind === "tag" || !sameKeys(spot.way, first.way)) return false;
  const { document } = spot;
  if (document === undefined || first.document === undefined) return document === first.document;
  return sameBytes(document.member.key, first.document.member.key);
}

/** The spots that are not among those. */
function othersOf(spots: readonly Spot[], those: readonly Spot[]): readonly Spot[] {
  const values = new Set(those.map((spot) => (spot.kind === "value" ? valueAt(spot.way) : spot)));
  return spots.filter((spot) => {
    if (spot.kind === "value") return !values.has(valueAt(spot.way));
    return !those.some((one) => isSameTag(spot, one));
  });
}

function isSameTag(spot: TagSpot, other: Spot): boolean {
  return other.kind === "tag" && other.holder === spot.holder && sameBytes(other.key, spot.key);
}

/** Whether tags can have the new key, and nothing that is removed to make room contains them. */
function canRename(sources: readonly Spot[], targets: readonly Spot[], to: Uint8Array): boolean {
  if (!TagList.canHave(to)) return false;
  const holders = sources.filter((one): one is TagSpot => one.kind === "tag");
  return !targets.some((target) => {
    if (target.kind === "tag") return false;
    const value = valueAt(target.way);
    return holders.some(({ holder }) => holder === value || value.children.includes(holder));
  });
}
