// Carries out the operations of one policy on one object through its editor, and tells for each
// whether it changed something. Knows the spec's rules (missing is a no-op, upsert), not how bytes
// are patched.

import { type RecordEditor, ValueKind } from "../record-port.ts";
import type { Operation } from "./compile-transform.ts";
import type { Toll } from "./redaction.ts";

/** True when the operation changed something: a hit; else a miss. */
export function runOperation(operation: Operation, editor: RecordEditor, toll: Toll): boolean {
  const { place } = operation;
  switch (operation.op) {
    case "remove":
      return editor.remove(place);
    case "redact":
      return editor.rewrite(place, operation.change);
    case "replace":
      return editor.rewrite(place, operation.redaction.under(toll));
    case "rename":
      return editor.rename(place, operation.to, operation.upsert);
    case "add": {
      if (editor.kindAt(place) === ValueKind.absent) return editor.setText(place, operation.text);
      return operation.change !== undefined && editor.rewrite(place, operation.change, "counting");
    }
  }
}
