// The promise of a format of records, whatever a body is: it is read or it is no such body, it
// stays as it is when nothing matches, what is left of it is a body again, and in steps it comes to
// the same. The first byte of an input decides which records go, and which are edited.

import { UndecodableError } from "../../src/core/errors.ts";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import { FIELDS_OF_SIGNAL } from "../../src/policy/fields.ts";
import type { Signal } from "../../src/policy/model.ts";
import {
  type FilterOutcome,
  type RecordEditor,
  type RecordFormat,
  Verdict,
  type VerdictIndex,
} from "../../src/policy/record-port.ts";
import { ConstantText } from "../../src/policy/text-change.ts";
import { finish } from "../support/steps.ts";
import {
  attributeRef,
  attributeSelector,
  type FakeBehaviour,
  FakeEvaluation,
  fieldRef,
  fieldSelector,
} from "../support/fake-evaluation.ts";
import { expectSame } from "./fuzz-target.ts";

export interface FormatPromise {
  readonly format: RecordFormat;
  readonly signal: Signal;
  /** Another reader's word on a body: what it takes it still takes when records are gone. */
  readonly isBody?: (body: Uint8Array) => boolean;
  /** Where a broken record ends is guessed by what is around it. */
  readonly guessesBroken?: true;
  /** Records are dropped, never edited. */
  readonly dropsOnly?: true;
}

const ALWAYS = { everyBytes: 0, isDue: () => true };
const DROPS: readonly FakeBehaviour[] = [
  { decide: (_, index) => (index % 2 === 0 ? Verdict.drop : Verdict.keep) },
  { decide: (_, index) => (index % 3 === 0 ? Verdict.keep : Verdict.drop) },
];
const VERDICTS = [Verdict.keep, Verdict.drop, Verdict.edit, Verdict.keep] as const;

export function checkFormat(promise: FormatPromise, input: Uint8Array): void {
  const { format, signal, isBody, dropsOnly = false } = promise;
  const dice = input[0] ?? 0;
  const body = input.subarray(1);
  const before = body.slice();
  const kept = filtered(format, signal, body);
  if (kept === undefined) {
    expectSame("in steps undecodable too", steppedThrough(format, signal, body), undefined);
    return;
  }
  expectSame("a body of which nothing changes", kept.body, undefined);
  const behaviour = dropsOnly ? DROPS[dice % 2] : behaviourOf(dice);
  const changed = filtered(format, signal, body, behaviour);
  if (changed === undefined) throw new Error("undecodable only when records go");
  expectSame("records found", changed.records, kept.records);
  expectSame("in steps", steppedThrough(format, signal, body, behaviour), changed);
  expectSame("the input", body, before);
  const left = kept.records - changed.dropped;
  // Of nothing but records that are gone, nothing is sent.
  if (changed.body === undefined || (left === 0 && changed.remains !== true)) return;
  if (isBody?.(body) === true && !isBody(changed.body)) {
    throw new Error("what is left is no body to another reader");
  }
  if (kept.unreadable > 0 && promise.guessesBroken === true) return;
  const again = filtered(format, signal, changed.body);
  // Unreadable records alone need not be known for records.
  if (again === undefined && left === kept.unreadable) return;
  expectSame("records that are left", again?.records, left);
  expectSame("unreadable ones that are left", again?.unreadable, kept.unreadable);
}

/** Undefined: the format says that it is no body. */
function filtered(
  format: RecordFormat,
  signal: Signal,
  body: Uint8Array,
  behaviour: FakeBehaviour = {},
): FilterOutcome | undefined {
  return readable(() => format.filter(body, evaluationOf(signal, behaviour)));
}

function steppedThrough(
  format: RecordFormat,
  signal: Signal,
  body: Uint8Array,
  behaviour: FakeBehaviour = {},
): FilterOutcome | undefined {
  const evaluation = evaluationOf(signal, behaviour);
  const steps = format.filterSteps?.(body, evaluation, ALWAYS);
  if (steps === undefined) return filtered(format, signal, body, behaviour);
  return readable(() => finish(steps));
}

function readable(filter: () => FilterOutcome): FilterOutcome | undefined {
  try {
    const { body, records, dropped, unreadable, edited, remains } = filter();
    return {
      records,
      dropped,
      unreadable,
      edited,
      ...(body === undefined ? {} : { body }),
      ...(remains === undefined ? {} : { remains }),
    };
  } catch (error) {
    if (error instanceof UndecodableError) return undefined;
    throw error;
  }
}

/** As the engine does, edits scopes and resources only in which a record stays. */
class Evaluated extends FakeEvaluation {
  #keptInScope = false;
  #keptInResource = false;

  override beginScope(): void {
    this.#keptInScope = false;
    super.beginScope();
  }
  override beginResource(): void {
    this.#keptInResource = false;
    super.beginResource();
  }
  override decide(): VerdictIndex {
    const verdict = super.decide();
    if (verdict !== Verdict.drop) this.#keptInScope = this.#keptInResource = true;
    return verdict;
  }
  override endScope(): boolean {
    return super.endScope() && this.#keptInScope;
  }
  override endResource(): boolean {
    return super.endResource() && this.#keptInResource;
  }
}

function evaluationOf(signal: Signal, behaviour: FakeBehaviour): FakeEvaluation {
  const refs = [
    ...FIELDS_OF_SIGNAL[signal].map((field) => fieldRef(field)),
    attributeRef("record", "a"),
    attributeRef("record", "a", "b"),
    attributeRef("resource", "service.name"),
    attributeRef("resource", "a", "b"),
    attributeRef("scope", "a"),
  ];
  return new Evaluated(signal, refs, behaviour);
}

function behaviourOf(dice: number): FakeBehaviour {
  const edit = (editor: RecordEditor, index: number): void => edited(editor, dice + index);
  return {
    decide: (_, index): VerdictIndex => VERDICTS[(dice + index) % 4] ?? Verdict.keep,
    editRecord: edit,
    ...((dice & 16) === 0 ? {} : { editScope: edit }),
    ...((dice & 32) === 0 ? {} : { editResource: edit }),
  };
}

/** One or two edits of each kind, by chance. */
function edited(editor: RecordEditor, dice: number): void {
  const places = [
    attributeSelector("record", "a"),
    attributeSelector("record", "a", "b"),
    attributeSelector("resource", "service.name"),
    attributeSelector("scope", "a"),
    fieldSelector("body"),
    fieldSelector("severity_text"),
  ];
  const place = places[(dice >> 2) % places.length];
  if (place === undefined) return;
  const found = editor.find(place);
  switch ((dice >> 3) % 4) {
    case 0:
      found.set(encodeUtf8('new "text"\n'));
      break;
    case 1:
      found.remove();
      break;
    case 2:
      found.rename(encodeUtf8("b"), (dice & 1) === 0);
      break;
    default:
      found.rewrite(new ConstantText(encodeUtf8("***")));
  }
}
