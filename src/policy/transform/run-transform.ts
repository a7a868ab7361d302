// Carries out the operations of one policy on one object through its editor, and returns for each
// whether it changed something. Knows the spec's rules (missing is a no-op, upsert), not how bytes
// are patched.

import { Field } from "../fields.ts";
import { type RecordEditor, ValueKind } from "../record-port.ts";
import type { ConstantText } from "../text-change.ts";
import type { Operation } from "./compile-transform.ts";
import type { Toll } from "./redaction.ts";

/**
 * Whether a field can hold such a value: all fields except the body hold text, and few records can
 * hold bytes.
 */
export function canHold(editor: RecordEditor, field: number, { kind }: ConstantText): boolean {
  if (kind === ValueKind.string) return true;
  if (field !== -1 && field !== Field.body) return false;
  return kind !== ValueKind.bytes || editor.holdsBytes === true;
}

/** True if the operation changed something, which is a hit; otherwise it is a miss. */
export function runOperation(operation: Operation, editor: RecordEditor, toll: Toll): boolean {
  const found = editor.find(operation.selector);
  switch (operation.op) {
    case "remove": {
      const isRemoved = found.remove();
      if (isRemoved && toll.isUndecided) toll.wholeValues++;
      return isRemoved;
    }
    case "redact":
      return found.rewrite(operation.change);
    case "replace":
      return found.rewrite(operation.redaction.under(toll));
    case "rename":
      return found.rename(operation.to, operation.upsert, operation.within);
    case "add": {
      const { upsert, value } = operation;
      if (!canHold(editor, operation.selector.field, value)) return false;
      if (found.kind === ValueKind.absent) return found.set(value.text, value.kind);
      return upsert && found.rewrite(value, "counting");
    }
  }
}
