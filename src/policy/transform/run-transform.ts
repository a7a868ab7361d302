// Carries out the operations of one policy on one object through its editor, and tells for each
// whether it changed something. Knows the spec's rules (missing is a no-op, upsert), not how bytes
// are patched.

import { type Place, type RecordEditor, ValueKind } from "../record-port.ts";
import type { Operation } from "./compile-transform.ts";
import { replaceAll } from "./replace.ts";

/** True when the operation changed something: a hit; else a miss. */
export function runOperation(operation: Operation, editor: RecordEditor): boolean {
  const { place } = operation;
  switch (operation.op) {
    case "remove":
      return editor.remove(place);
    case "redact": {
      if (editor.kindAt(place) === ValueKind.absent) return false;
      return setChanged(editor, place, operation.text);
    }
    case "replace": {
      if (editor.kindAt(place) !== ValueKind.string) return false;
      const text = replaceAll(operation.regex, operation.template, editor.textAt(place));
      return text !== undefined && setChanged(editor, place, text);
    }
    case "rename":
      return editor.rename(place, operation.to, operation.upsert);
    case "add": {
      if (editor.kindAt(place) !== ValueKind.absent && !operation.upsert) return false;
      return setChanged(editor, place, operation.text);
    }
  }
}

function setChanged(editor: RecordEditor, place: Place, text: Uint8Array): boolean {
  if (editor.kindAt(place) === ValueKind.string && same(editor.textAt(place), text)) return false;
  return editor.setText(place, text);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
