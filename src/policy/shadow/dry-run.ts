// Finds out whether an operation would change the object that an editor has open, without changing
// it. As long as no operation of a policy would change anything, the next one sees exactly what it
// would see if it were enforced.

import { Field } from "../fields.ts";
import { changesText, ConstantText } from "../text-change.ts";
import {
  type FoundValues,
  type RecordEditor,
  type TextChange,
  ValueKind,
  type ValueKindIndex,
} from "../record-port.ts";
import type { Operation } from "../transform/compile-transform.ts";
import { canHold } from "../transform/run-transform.ts";
import type { Toll } from "../transform/redaction.ts";

const NOTHING = new ConstantText(new Uint8Array(0));

/** Asks a change what values become, and changes none. */
class Question implements TextChange {
  readonly text = NOTHING.text;
  readonly length = 0;
  private change: TextChange = NOTHING;
  private isAsked = false;
  private wouldChange = false;

  /** Whether an editor would change any value in this way. */
  of(found: FoundValues, change: TextChange, reach?: "counting"): boolean {
    this.ask(found, change, reach);
    return this.wouldChange;
  }

  /** Whether an editor can reach any value. */
  reaches(found: FoundValues): boolean {
    this.ask(found, NOTHING);
    return this.isAsked;
  }

  applyTo(kind: ValueKindIndex, bytes: Uint8Array, start: number, end: number): boolean {
    this.isAsked = true;
    if (changesText(this.change, kind, bytes, start, end)) this.wouldChange = true;
    return false;
  }

  private ask(found: FoundValues, change: TextChange, reach?: "counting"): void {
    this.change = change;
    this.isAsked = this.wouldChange = false;
    found.rewrite(this, reach);
  }
}

const question = new Question();

/** Digits of the fields that are ids, and 0 for the other fields that can be set. */
const SETTABLE_DIGITS: ReadonlyMap<number, number> = new Map([
  [Field.body, 0],
  [Field.severity_text, 0],
  [Field.event_name, 0],
  [Field.trace_id, 32],
  [Field.span_id, 16],
]);

/** Whether an absent field can be given a value; attributes can, and so can a body. */
function isSettable(field: number, { kind, text }: ConstantText): boolean {
  if (field === -1 || kind !== ValueKind.string) return true;
  const digits = SETTABLE_DIGITS.get(field);
  return digits !== undefined && text.length > 0 && (digits === 0 || digits === text.length);
}

/** True if the operation would change something. */
export function wouldChange(operation: Operation, editor: RecordEditor, toll: Toll): boolean {
  const { op, selector } = operation;
  const found = editor.find(selector);
  switch (op) {
    case "remove":
      return question.reaches(found);
    case "redact":
      return question.of(found, operation.change);
    case "replace":
      return question.of(found, operation.redaction.under(toll));
    case "rename": {
      if (selector.field !== -1 || !question.reaches(found)) return false;
      const around = operation.within ? selector.path.slice(0, -1) : [];
      const target = { ...selector, path: [...around, operation.to] };
      return operation.upsert || editor.find(target).kind === ValueKind.absent;
    }
    case "add": {
      const { upsert, value } = operation;
      if (!canHold(editor, selector.field, value)) return false;
      if (found.kind === ValueKind.absent) return isSettable(selector.field, value);
      return upsert && question.of(found, value, "counting");
    }
  }
}
