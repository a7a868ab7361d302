// Adds a member to a JSON object, at the end of a path whose parts may be missing.

import { JsonNode } from "../../core/json/index.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import type { ValueKindIndex } from "../../policy/record-port.ts";
import { literalOf, membersOf } from "./named-members.ts";

const NOTHING = new Uint8Array(0);
const EMPTY_OBJECT = encodeUtf8("{}");

/**
 * Appends an attribute, `text` and `kind` as in TextChange, with the objects on its way that are
 * missing. False when one of them is no object.
 */
export function createAttribute(
  root: JsonNode,
  path: readonly Uint8Array[],
  text: Uint8Array,
  kind?: ValueKindIndex,
): boolean {
  let parent = root;
  const last = path.length - 1;
  let depth = 0;
  for (; depth < last; depth++) {
    const [next] = membersOf(parent, path[depth] ?? NOTHING);
    if (next === undefined || next.type === "null") break;
    if (next.type !== "object") return false;
    parent = next;
  }
  let value = JsonNode.of(literalOf(text, kind));
  for (let i = last; i > depth; i--) {
    const holder = JsonNode.of(EMPTY_OBJECT);
    holder.appendMember(path[i] ?? NOTHING, value);
    value = holder;
  }
  const key = path[depth] ?? NOTHING;
  const [present] = membersOf(parent, key);
  if (present === undefined) parent.appendMember(key, value);
  else present.replace(value.print());
  return true;
}
