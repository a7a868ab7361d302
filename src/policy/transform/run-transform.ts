// Carries out the operations of one policy on one object through its editor, and tells for each
// whether it changed something. Knows the spec's rules (missing is a no-op, upsert), not how bytes
// are patched.

import { type RecordEditor, ValueKind } from "../record-port.ts";
import type { Operation } from "./compile-transform.ts";
import type { Toll } from "./redaction.ts";

/** True when the operation changed something: a hit; else a miss. */
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
      return found.rename(operation.to, operation.upsert);
    case "add":
      if (found.kind === ValueKind.absent) return found.set(operation.text);
      return operation.change !== undefined && found.rewrite(operation.change, "counting");
  }
}
