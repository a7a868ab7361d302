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

/**
 * Kind of a value. `absent` is never put; it is what editors and readers answer for "not there".
 */
export const ValueKind = {
  absent: 0,
  string: 1,
  bytes: 2,
  int: 3,
  double: 4,
  bool: 5,
  /** An array, a map, an empty value: exists, and no string or number matches it. */
  composite: 6,
} as const;
/** The number of a kind of value. */
export type ValueKindIndex = (typeof ValueKind)[keyof typeof ValueKind];

/**
 * Keys of attribute lists as a trie: a reader walks it with each key that it meets. -1 is "nobody
 * asks".
 */
export interface AttributePaths {
  /** Node under which the attribute list of `scope` hangs; -1: skip the whole list. */
  root(scope: ScopeIndex): number;
  /** Node of the unescaped key bytes[start, end) below `node`, or -1. */
  child(node: number, bytes: Uint8Array, start: number, end: number): number;
  /** Slot to put the value of this node's attribute into, or -1. */
  slot(node: number): number;
  /** Whether a policy asks for something inside this attribute's map value. */
  hasChildren(node: number): boolean;
  /**
   * Node below which paths go on that may lead into arrays, by decimal indices, or -1; the node of
   * such a path has itself for an answer.
   */
  lists(node: number): number;
}

/** What the policies of one signal look at. Slots number the distinct fields and attributes. */
export interface FieldTable {
  readonly signal: Signal;
  /** Slot of each named field, by Field index; -1: not asked for. */
  readonly fieldSlots: Int32Array;
  readonly paths: AttributePaths;
  /** What each slot stands for, for formats whose attributes are no plain tree of keys. */
  readonly refs: readonly FieldRef[];
  /**
   * The slot of what counting by service alone asks for, of formats that know nothing better for
   * the whole body; -1: there is none.
   */
  readonly countingSlot?: number;
  /** By slot: 1 when a policy asks what an array there holds, so that its elements are put. */
  readonly holding: Uint8Array;
  /** Whether some slot belongs to the level: a format need not look for one nobody asks for. */
  asks(level: ValueLevelIndex): boolean;
}

/**
 * The values of the current record, its scope and its resource. Byte ranges are borrowed: they must
 * stay unchanged until the next `begin…` of their level. A second put to the slot of an attribute,
 * or of another multi-valued field (fields.ts), adds: put every one of equal keys, and a matcher
 * holds when it holds for any. A second put to another field replaces the first. Empty string
 * *fields*, all-zero ids and nulls are missing: do not put them. Empty string *attributes* are put.
 * Of sums, is_monotonic is put when it is true.
 */
export interface FieldValues extends ValuePuts {
  has(slot: number): boolean;
  /**
   * A further value of a field that is not multi-valued: a record that goes by two names. A matcher
   * holds when it holds for any of them, its negation when it holds for none.
   */
  addString(slot: number, bytes: Uint8Array, start: number, end: number): void;
  /** Takes the elements of an array that was put, one level deep. Only `holds` looks at them. */
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

/** What becomes of a record. `prune`: it stays without data points that `points` did not keep. */
export const Verdict = { keep: 0, drop: 1, edit: 2, prune: 3 } as const;
/** The number of a verdict. */
export type VerdictIndex = (typeof Verdict)[keyof typeof Verdict];

/** Selects what a transform edits: a field, or an attribute by its path. */
export interface FieldSelector {
  /** Field index, or -1 for an attribute path. */
  readonly field: FieldIndex | -1;
  /** Attribute scope; of no meaning for fields. */
  readonly scope: ScopeIndex;
  /** UTF-8 segments, at least one for attributes. */
  readonly path: readonly Uint8Array[];
  /** Segments behind the first are indices of arrays as well as keys of maps. */
  readonly intoLists?: true;
}

/**
 * What values become. One change is asked for one value after the other, and answers in bytes that
 * it uses again: nothing is made per value (text-change.ts).
 */
export interface TextChange {
  /** What the last value that changes is to say: text[0, length), UTF-8. Borrowed. */
  readonly text: Uint8Array;
  readonly length: number;
  /**
   * What values become; absent: strings. Of numbers and booleans `text` is how JSON writes them; of
   * bytes, the bytes.
   */
  readonly kind?: ValueKindIndex;
  /**
   * Works out what becomes of a value: of a string its text is bytes[start, end), unescaped UTF-8;
   * of other kinds the range is empty. False: it stays as it is.
   */
  applyTo(kind: ValueKindIndex, bytes: Uint8Array, start: number, end: number): boolean;
}

/**
 * Which values a rewrite reaches, in formats whose records have a name several times, such as
 * tags beside members: `all` (default), or the one that `counting` and matching see first, with
 * those of equal keys.
 */
export type Reach = "all" | "counting";

/**
 * Edits one kept record, or one resource, or one scope, in the order in which it is called; each
 * edit sees the effects of those before. An editor never changes bytes that it was not asked to
 * change.
 */
export interface RecordEditor {
  /**
   * Bytes of what is edited, as it is now and will be written; of formats that write it otherwise
   * than they edit it, of its texts. What differs is seen in the body's length.
   */
  readonly length: number;
  /** What is edited can hold values of kind `bytes`. */
  readonly holdsBytes?: true;
  /** Asked before much is done, most of all by `find`: it throws. Undefined: nobody is asked. */
  work?: Work | undefined;
  /**
   * Looks up what the selector leads to now. The answer is the editor's own, the same object each
   * time, so that nothing is made per record: it is good for reading and for one edit, until the
   * next `find`.
   */
  find(selector: FieldSelector): FoundValues;
  /** Takes all out that it says: for an object in which there is no time to hide anything. */
  empty(): void;
}

/**
 * What a selector leads to: every attribute at its path, or the field; keys may be equal, at
 * the path's end and on its way. Each of them is edited by itself, and only `remove`, and `rename`
 * of its target, take any away.
 */
export interface FoundValues {
  /** Kind of the first value; a string field that is empty is absent. */
  readonly kind: ValueKindIndex;
  /**
   * Unescaped UTF-8 of the first value, of kind string only; ids in lower-case hex. Borrowed; not
   * for hot paths, because it is a new view.
   */
  readonly text: Uint8Array;
  /**
   * Asks `change` for each value, of any kind, and makes it what it answers; creates nothing. An id
   * field is cleared by a text that is no hex of its length. True when any value is another than
   * it was. A value that a later one of a repeated member or field hides is none; such
   * values go where a field is rewritten, so that nothing stays behind them.
   */
  rewrite(change: TextChange, reach?: Reach): boolean;
  /**
   * Makes each value this one (as in TextChange), whatever it was; creates one, and missing maps,
   * when it is absent. An existing attribute keeps its position, a new one goes last. An id field
   * takes hex text of the right length and is cleared by any other text. False when the record
   * cannot hold it (a non-map on the way, a field that this format does not have or cannot change,
   * or that holds values of another kind): then nothing has changed.
   */
  set(text: Uint8Array, kind?: ValueKindIndex): boolean;
  /** Takes the entries out of their lists; empties a string field. False when there is nothing. */
  remove(): boolean;
  /**
   * Takes each attribute, whatever its type, and appends it as `to` to the scope's list, or, with
   * `within`, to the map that it is in. When `to` exists there: false without `upsert`; with it,
   * all that are there are removed first. False when nothing was found, or a field.
   */
  rename(to: Uint8Array, upsert: boolean, within?: boolean): boolean;
}

/** What was not done as policies wanted it, because it takes too much time or room. */
export interface TooCostly {
  /** Records that passed undecided by some policy. */
  readonly records: number;
  /** Values that were replaced whole instead of what a redaction finds in them. */
  readonly values: number;
}

/**
 * One use of a program by one request; not re-entrant: begin to commit runs without an await, but
 * for those of `forSteps`, which have one request at a time.
 */
export interface Evaluation {
  readonly fields: FieldTable;
  readonly values: FieldValues;
  /** It keeps everything, and has a few of many bodies: formats keep what they made for others. */
  readonly isOnlooker?: boolean;
  /** `body`: what records are ranges of; it stays as it is until commit. Absent: nothing does. */
  begin(body?: Uint8Array): void;
  /** `at`: where in the body it begins. Absent: the body has one. */
  beginResource(at?: number): void;
  beginScope(): void;
  beginRecord(): void;
  /** Absent: no policy judges data points singly. */
  readonly points?: PointEvaluation | undefined;
  /**
   * Another evaluation of the same policies, for formats in which many records share their name and
   * all other named fields: these are put after beginScope() and last until the next; a record adds
   * its attributes, and may begin a resource of its own. Not to be used at the same time as this
   * one. Absent: there is none.
   */
  withScopedFields?(): Evaluation;
  /**
   * Another evaluation of the same policies, for one body that is filtered in steps: others are
   * judged by this one meanwhile. Always the same. Absent: there is none.
   */
  forSteps?(): Evaluation;
  /**
   * Another evaluation, of the policies that are enforced alone, which asks for their fields alone:
   * for bodies of which not all can be read with the fields that policies in shadow, or counting by
   * service, ask for. Always the same. Absent: nobody else asks for any.
   */
  enforcedOnly?: (() => Evaluation) | undefined;
  /**
   * Judges the record whose values were put. `recordBytes`: its own length as it came in, decoded,
   * without separators around it.
   */
  decide(recordBytes: number): VerdictIndex;
  /**
   * After decide: whether any policy matched. When none did, a record of equal values has the
   * same outcome and counts nothing, so that a format need not ask again. Absent: unknown.
   */
  readonly matching?: boolean;
  /**
   * After decide: ids of the policies that matched, the one that decided first, the others in no
   * order. For looking at single records: it allocates, where deciding does not. Absent: unknown.
   */
  lastMatches?(): readonly string[];
  /** After decide: what policies in shadow that match would have done. Absent: unknown. */
  lastTrials?(): readonly Tried[];
  /**
   * After verdict `edit`: only policies in shadow look at the record, which stays as it is. Absent:
   * it may change.
   */
  readonly isTrial?: boolean;
  /** Told what each body came to, once it is over. Absent: it is not counted by service. */
  readonly services?: ServiceSharing | undefined;
  /** Counted since the last call. Absent: nothing is. */
  takeTooCostly?(): TooCostly;
  /** After decide: an extension wants this record, so call `offer` before editing it. */
  readonly offering: boolean;
  /**
   * The record's own bytes, as they came in; copied here unless they are of the body. `frame`: what
   * stands around it, of formats that have such a thing; kept by the extension, so never changed.
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
   * before the rest of them, with which another call goes on. `pauses`: absent: there are none.
   */
  editRecord(editor: RecordEditor, pauses?: Pauses): boolean;
  /** After the last record of the scope: whether scope attributes are to be edited. */
  endScope(): boolean;
  editScope(editor: RecordEditor): void;
  /** After the last scope of the resource: whether resource attributes are to be edited. */
  endResource(): boolean;
  editResource(editor: RecordEditor): void;
  /**
   * The request was decoded to its end: its counts become final. Answers what else it came to, or
   * nothing; a format hands it on. `before`: of earlier parts of a request that is judged in parts;
   * the answer then holds both.
   */
  commit(before?: Settlement): Settlement | undefined;
  /** The body is undecodable, and goes out as received: what was counted is taken back. */
  abort(): void;
}

/** What would become of a record by a policy in shadow, if that is not what becomes of it. */
export type Would = "nothing" | "drop" | "sample" | "limit" | "keep" | "edit";

/** What one policy in shadow would have done with a record that it matches. */
export interface Tried {
  readonly policy: string;
  /** `edit`: it has operations for the record, its scope or its resource. */
  readonly would: Would;
}

/** What filtering one decoded body came to. */
export interface FilterOutcome {
  /** The bytes to send in place of the input; absent: nothing changed, send the original. */
  readonly body?: Uint8Array;
  /** Records found, dropped by policies, and passed because they could not be read. */
  readonly records: number;
  /** Of metrics: the data points of all that could be read, before policies. */
  readonly points?: number;
  readonly dropped: number;
  readonly unreadable: number;
  /** Records whose bytes were edited. */
  readonly edited: number;
  /** The query to send, "?" included, of formats that know it; absent: it was not edited. */
  readonly query?: string;
  /** As the evaluation's `commit` answered it. */
  readonly settlement?: Settlement | undefined;
  /**
   * All records were dropped, but `body` still holds what is no record: fields of another version
   * of the format. It is to be sent. Absent: nothing is left when all were dropped.
   */
  readonly remains?: true;
}

/** How a body is filtered. */
export interface FilterOptions {
  /** Write the output, without empty containers, even when no record changed. Default false. */
  readonly alwaysRewrite?: boolean;
}

/** When a body that is filtered in steps is to let others in; pure code has no clock. */
export interface Pauses {
  /** Bytes of the body from one question to the next, at least; 0: asked behind every record. */
  readonly everyBytes: number;
  isDue(): boolean;
}

/**
 * A body format: throws UndecodableError when the body as a whole cannot be read. Calls begin and
 * commit/abort.
 */
export interface RecordFormat {
  filter(body: Uint8Array, evaluation: Evaluation, options?: FilterOptions): FilterOutcome;
  /**
   * The same in steps, between which other bodies may be filtered, by other evaluations. When it is
   * given up, by `return()`, the evaluation is aborted. Absent: bodies are filtered whole only.
   */
  filterSteps?(
    body: Uint8Array,
    evaluation: Evaluation,
    pauses: Pauses,
    options?: FilterOptions,
  ): Generator<undefined, FilterOutcome>;
}
