// What record formats (otlp, datadog, prometheus, tail) and the engine say to each other. A format
// finds records in bytes, reports the fields that the program asks for, obeys the verdict and
// carries out edits; the engine decides. Only this file is shared, so a format can be tested with a
// fake.
//
// Per request:   evaluation.begin() … commit() or abort()
// per resource:  beginResource(), put its values … endResource() → true: editResource(editor)
// per scope:     beginScope(), put its values    … endScope()    → true: editScope(editor)
// per record:    beginRecord(), put its values, decide() → drop, keep, or edit: editRecord(editor)
// Formats without resources and scopes call beginResource() and beginScope() once, after begin().

import type { Work } from "../core/work.ts";
import type { FieldIndex, ScopeIndex, ValueLevelIndex } from "./fields.ts";
import type { RecordEncoding, RecordFrame } from "./extension-port.ts";
import type { FieldRef, Signal } from "./model.ts";
import type { PointEvaluation } from "./points/point-evaluation.ts";
import type { Settlement } from "./settlement-port.ts";
import type { ServiceSharing } from "./services/service-sharing.ts";

export type { Settlement, Undecided, UndecidedReason } from "./settlement-port.ts";

/** Kind of a value. `absent` is never put; editors and readers return it for "not there". */
export const ValueKind = {
  absent: 0,
  string: 1,
  bytes: 2,
  int: 3,
  double: 4,
  bool: 5,
  /** An array, a map or an empty value: it exists, but no string or number condition matches it. */
  composite: 6,
} as const;
/** The number of a kind of value. */
export type ValueKindIndex = (typeof ValueKind)[keyof typeof ValueKind];

/**
 * Keys of attribute lists as a trie: a reader walks it with each key that it meets. -1 means that
 * no policy asks.
 */
export interface AttributePaths {
  /** Node under which the attribute list of `scope` is; -1: skip the whole list. */
  root(scope: ScopeIndex): number;
  /** Node of the unescaped key bytes[start, end) below `node`, or -1. */
  child(node: number, bytes: Uint8Array, start: number, end: number): number;
  /** Slot to put the value of this node's attribute into, or -1. */
  slot(node: number): number;
  /** Whether a policy asks for something inside this attribute's map value. */
  hasChildren(node: number): boolean;
  /**
   * Node below which paths continue that may lead into arrays, by decimal indices, or -1; the node
   * of such a path returns itself.
   */
  lists(node: number): number;
}

/** What the policies of one signal look at. Slots number the distinct fields and attributes. */
export interface FieldTable {
  readonly signal: Signal;
  /** Slot of each named field, by Field index; -1: not asked for. */
  readonly fieldSlots: Int32Array;
  readonly paths: AttributePaths;
  /** What each slot stands for, for formats whose attributes are not a plain tree of keys. */
  readonly refs: readonly FieldRef[];
  /**
   * The slot that only counting by service asks for, for formats that cannot tell the service in a
   * better way for the whole body; -1: there is none.
   */
  readonly countingSlot?: number;
  /** By slot: 1 if a policy asks what an array there holds, so that its elements are put. */
  readonly holding: Uint8Array;
  /** Whether any slot belongs to the level: a format need not look for what no policy asks for. */
  asks(level: ValueLevelIndex): boolean;
}

/**
 * The values of the current record, its scope and its resource. Byte ranges are borrowed: they must
 * stay unchanged until the next `begin…` of their level. A second put to the slot of an attribute,
 * or of another multi-valued field (fields.ts), adds a value: if several keys are equal, put all of
 * them, and a matcher holds if it holds for any. A second put to another field replaces the first.
 * Empty string *fields*, all-zero ids and nulls count as missing: do not put them. Empty string
 * *attributes* are put. For sums, is_monotonic is put if it is true.
 */
export interface FieldValues extends ValuePuts {
  has(slot: number): boolean;
  /**
   * A further value of a field that is not multi-valued, for a record that goes by two names. A
   * matcher holds if it holds for any of them, its negation if it holds for none.
   */
  addString(slot: number, bytes: Uint8Array, start: number, end: number): void;
  /**
   * Takes the elements of an array that was put, one level deep. Only `holds` conditions use them.
   */
  readonly elements: ValuePuts;
}

/** Takes values of each kind. */
export interface ValuePuts {
  /** UTF-8, unescaped. Ids are put as lower-case hex text. */
  putString(slot: number, bytes: Uint8Array, start: number, end: number): void;
  /** Raw bytes of a bytes attribute (OTLP bytesValue). */
  putBytes(slot: number, bytes: Uint8Array, start: number, end: number): void;
  /** A signed 64-bit integer as two 32-bit halves (`hi` signed, `lo` any). */
  putInt(slot: number, hi: number, lo: number): void;
  putDouble(slot: number, value: number): void;
  putBool(slot: number, value: boolean): void;
  putComposite(slot: number): void;
}

/**
 * What happens to a record. `prune`: it stays, without the data points that `points` did not keep.
 */
export const Verdict = { keep: 0, drop: 1, edit: 2, prune: 3 } as const;
/** The number of a verdict. */
export type VerdictIndex = (typeof Verdict)[keyof typeof Verdict];

/** Selects what a transform edits: a field, or an attribute by its path. */
export interface FieldSelector {
  /** Field index, or -1 for an attribute path. */
  readonly field: FieldIndex | -1;
  /** Attribute scope; meaningless for fields. */
  readonly scope: ScopeIndex;
  /** UTF-8 segments, at least one for attributes. */
  readonly path: readonly Uint8Array[];
  /** Segments after the first are indices of arrays as well as keys of maps. */
  readonly intoLists?: true;
}

/**
 * What values are changed to. One object is asked about one value after the other, and returns
 * bytes that it reuses: nothing is allocated per value (text-change.ts).
 */
export interface TextChange {
  /** What the last value that changes becomes: text[0, length), UTF-8. Borrowed. */
  readonly text: Uint8Array;
  readonly length: number;
  /**
   * The kind that values become; absent: strings. For numbers and booleans, `text` is their JSON
   * form; for bytes, the bytes.
   */
  readonly kind?: ValueKindIndex;
  /**
   * Finds out what a value becomes: for a string, bytes[start, end) is its text in unescaped UTF-8;
   * for other kinds the range is empty. False: the value stays as it is.
   */
  applyTo(kind: ValueKindIndex, bytes: Uint8Array, start: number, end: number): boolean;
}

/**
 * Which values a rewrite changes, in formats whose records may contain a name several times, such
 * as in tags and in members: `all` (default), or only the one that counting and matching see first,
 * together with those of equal keys.
 */
export type Reach = "all" | "counting";

/**
 * Edits one kept record, one resource or one scope. Edits run in the order of the calls, and each
 * sees the effects of those before. An editor never changes bytes that it was not asked to change.
 */
export interface RecordEditor {
  /**
   * The length, in bytes, of the edited object as it is now and will be written; in formats that
   * write it in another form than they edit it in, of its texts. The difference shows in the body's
   * length.
   */
  readonly length: number;
  /** Whether the edited object can hold values of kind `bytes`. */
  readonly holdsBytes?: true;
  /**
   * Asked before much work is done, above all by `find`; it may throw. Undefined: nobody is asked.
   */
  work?: Work | undefined;
  /**
   * Looks up what the selector leads to now. The result belongs to the editor and is the same
   * object each time, so that nothing is allocated per record: it may be used for reading and for
   * one edit, until the next `find`.
   */
  find(selector: FieldSelector): FoundValues;
  /** Removes all content: for an object in which there is no time to hide anything. */
  empty(): void;
}

/**
 * What a selector leads to: every attribute at its path, or the field. Keys may be equal, both at
 * the end of the path and on the way. Each value is edited separately; only `remove`, and `rename`
 * for its target, remove any.
 */
export interface FoundValues {
  /** Kind of the first value; a string field that is empty is absent. */
  readonly kind: ValueKindIndex;
  /**
   * Unescaped UTF-8 of the first value, only if it is a string; ids are in lower-case hex.
   * Borrowed; not for hot paths, because it is a new view.
   */
  readonly text: Uint8Array;
  /**
   * Asks `change` about each value, of any kind, and changes it accordingly; creates nothing. An id
   * field is cleared by a text that is not hex of its length. Returns true if any value has
   * changed. A value that is hidden by a later one of a repeated member or field does not count;
   * such values are removed where a field is rewritten, so that they do not reappear.
   */
  rewrite(change: TextChange, reach?: Reach): boolean;
  /**
   * Sets each value to this one (as in TextChange), whatever it was; creates one, and missing maps,
   * if it is absent. An existing attribute keeps its position, a new one goes last. An id field
   * takes hex text of the right length and is cleared by any other text. Returns false if the
   * record cannot hold it (a non-map on the way, a field that this format does not have or cannot
   * change, or one that holds values of another kind): then nothing has changed.
   */
  set(text: Uint8Array, kind?: ValueKindIndex): boolean;
  /** Removes the entries from their lists; empties a string field. False if there is nothing. */
  remove(): boolean;
  /**
   * Moves each attribute, whatever its type, to the end of the scope's list under the name `to`,
   * or, with `within`, to the end of the map that it is in. If `to` exists there: without `upsert`
   * returns false; with it, all of these are removed first. Returns false if nothing was found, or
   * for a field.
   */
  rename(to: Uint8Array, upsert: boolean, within?: boolean): boolean;
}

/** What was not done as policies wanted it, because it would have taken too much time or room. */
export interface TooCostly {
  /** Records about which some policy was undecided when they passed. */
  readonly records: number;
  /** Values that were replaced whole instead of in the parts that a redaction would find. */
  readonly values: number;
}

/**
 * One use of a program by one request. Not re-entrant: begin to commit runs without an await,
 * except for the evaluations of `forSteps`, which have one request at a time.
 */
export interface Evaluation {
  readonly fields: FieldTable;
  readonly values: FieldValues;
  /**
   * It keeps everything and sees only a few of many bodies: formats keep what they made for others.
   */
  readonly isOnlooker?: boolean;
  /** `body`: what records are ranges of; it must not change until commit. Absent: they are not. */
  begin(body?: Uint8Array): void;
  /** `at`: where the resource begins in the body. Absent: the body has only one. */
  beginResource(at?: number): void;
  beginScope(): void;
  beginRecord(): void;
  /** Absent: no policy judges data points one by one. */
  readonly points?: PointEvaluation | undefined;
  /**
   * Another evaluation of the same policies, for formats in which many records share their name and
   * all other named fields: these are put after beginScope() and stay valid until the next one; a
   * record adds its attributes, and may begin its own resource. Not to be used at the same time as
   * this evaluation. Absent: there is none.
   */
  withScopedFields?(): Evaluation;
  /**
   * Another evaluation of the same policies, for one body that is filtered in steps while this one
   * judges others. Always the same. Absent: there is none.
   */
  forSteps?(): Evaluation;
  /**
   * Another evaluation, of enforced policies only, which asks only for their fields: for bodies
   * that cannot be read completely with the fields that policies in shadow, or counting by service,
   * ask for. Always the same. Absent: only enforced policies ask for fields.
   */
  enforcedOnly?: (() => Evaluation) | undefined;
  /**
   * Judges the record whose values were put. `recordBytes`: its own length as it came in, decoded,
   * without separators around it.
   */
  decide(recordBytes: number): VerdictIndex;
  /**
   * After decide: whether any policy matched. If none did, a record with equal values has the same
   * outcome and counts nothing, so a format need not ask again. Absent: unknown.
   */
  readonly matching?: boolean;
  /**
   * After decide: ids of the policies that matched, the one that decided first, the others in no
   * particular order. For looking at single records: unlike deciding, it allocates. Absent:
   * unknown.
   */
  lastMatches?(): readonly string[];
  /** After decide: what matching policies in shadow would have done. Absent: unknown. */
  lastTrials?(): readonly Tried[];
  /**
   * After verdict `edit`: only policies in shadow look at the record, which stays as it is. Absent:
   * it may change.
   */
  readonly isTrial?: boolean;
  /** Receives the outcome of each body, once it is over. Absent: nothing is counted by service. */
  readonly services?: ServiceSharing | undefined;
  /** What was counted since the last call. Absent: nothing is counted. */
  takeTooCostly?(): TooCostly;
  /** After decide: an extension wants this record, so call `offer` before editing it. */
  readonly offering: boolean;
  /**
   * The record's own bytes, as they came in; they are copied here unless they belong to the body.
   * `frame`: what surrounds it, in formats that have such a thing; the extension keeps it, so it
   * must never change.
   */
  offer(
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
    frame?: RecordFrame,
  ): void;
  /**
   * After verdict `edit`: applies the matched policies' edits to this record. False: a pause is due
   * before the rest of them; call again to continue. `pauses`: absent: there are none.
   */
  editRecord(editor: RecordEditor, pauses?: Pauses): boolean;
  /** After the last record of the scope: whether scope attributes are to be edited. */
  endScope(): boolean;
  editScope(editor: RecordEditor): void;
  /** After the last scope of the resource: whether resource attributes are to be edited. */
  endResource(): boolean;
  editResource(editor: RecordEditor): void;
  /**
   * The request was decoded to its end: its counts become final. Returns whatever else resulted, or
   * nothing; a format passes it on. `before`: the settlement of earlier parts of a request that is
   * judged in parts; the result then contains both.
   */
  commit(before?: Settlement): Settlement | undefined;
  /** The body is undecodable and is forwarded as received: what was counted is taken back. */
  abort(): void;
}

/** What a policy in shadow would do to a record, if that differs from what happens to it. */
export type Would = "nothing" | "drop" | "sample" | "limit" | "keep" | "edit";

/** What one policy in shadow would have done with a record that it matches. */
export interface Tried {
  readonly policy: string;
  /** `edit`: it has operations for the record, its scope or its resource. */
  readonly would: Would;
}

/** The result of filtering one decoded body. */
export interface FilterOutcome {
  /** The bytes to send in place of the input; absent: nothing changed, send the original. */
  readonly body?: Uint8Array;
  /** Records found, dropped by policies, and passed because they could not be read. */
  readonly records: number;
  /** For metrics: the data points of all readable records, before policies. */
  readonly points?: number;
  readonly dropped: number;
  readonly unreadable: number;
  /** Records whose bytes were edited. */
  readonly edited: number;
  /** The query to send, including "?", in formats that know it; absent: it was not edited. */
  readonly query?: string;
  /** As returned by the evaluation's `commit`. */
  readonly settlement?: Settlement | undefined;
  /**
   * All records were dropped, but `body` still contains something that is not a record: fields of
   * another version of the format. It must be sent. Absent: nothing is left if all records were
   * dropped.
   */
  readonly remains?: true;
}

/** How a body is filtered. */
export interface FilterOptions {
  /** Write the output, without empty containers, even if no record changed. Default false. */
  readonly alwaysRewrite?: boolean;
}

/** When a body that is filtered in steps must let others in; pure code has no clock. */
export interface Pauses {
  /** Bytes of the body between two questions, at least; 0: asked after every record. */
  readonly everyBytes: number;
  isDue(): boolean;
}

/**
 * A body format: throws UndecodableError if the body as a whole cannot be read. Calls begin and
 * commit/abort.
 */
export interface RecordFormat {
  filter(body: Uint8Array, evaluation: Evaluation, options?: FilterOptions): FilterOutcome;
  /**
   * The same in steps, between which other bodies may be filtered, by other evaluations. If it is
   * given up, by `return()`, the evaluation is aborted. Absent: bodies are only filtered whole.
   */
  filterSteps?(
    body: Uint8Array,
    evaluation: Evaluation,
    pauses: Pauses,
    options?: FilterOptions,
  ): Generator<undefined, FilterOutcome>;
}
