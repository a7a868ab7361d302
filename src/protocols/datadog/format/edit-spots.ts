// What an edit does at the spots that were found for a selector: each value is edited separately,
// and documents held as text are written back once.

import { sameBytes } from "../../../core/bytes.ts";
import { JsonNode } from "../../../core/json/index.ts";
import { type TextChange, ValueKind, type ValueKindIndex } from "../../../policy/record-port.ts";
import { changesText, isTyped } from "../../../policy/text-change.ts";
import type { MessageDocument } from "./message-document.ts";
import { kindOfValue, saysValue, setValue, valueAt } from "../../dotted/named-members.ts";
import type { Spot, TagSpot } from "./record-spots.ts";
import { TagList } from "./tag-list.ts";

const NOTHING = new Uint8Array(0);

export function kindAtSpot(spot: Spot): ValueKindIndex {
  return spot.kind === "tag" ? ValueKind.string : kindOfValue(valueAt(spot.way));
}

/** Empty if the value is not a string. */
export function textAtSpot(spot: Spot): Uint8Array {
  return spot.kind === "tag" ? spot.value : textOf(valueAt(spot.way));
}

function textOf(value: JsonNode): Uint8Array {
  return value.type === "string" ? value.string : NOTHING;
}

/** Asks for the new text of each value. Returns true if any value has changed. */
export function rewriteSpots(spots: readonly Spot[], change: TextChange): boolean {
  let changed = false;
  for (const spot of spots) {
    const isOther = spot.kind === "tag" ? rewriteTags(spot, change) : rewriteValue(spot, change);
    if (isOther) changed = true;
  }
  if (changed) writeBack(spots);
  return changed;
}

function rewriteValue(spot: Extract<Spot, { kind: "value" }>, change: TextChange): boolean {
  const value = valueAt(spot.way);
  const text = textOf(value);
  if (!changesText(change, kindOfValue(value), text, 0, text.length)) return false;
  if (isTyped(change) && saysValue(value, change)) return false;
  setValue(value, change.text.subarray(0, change.length), change.kind);
  return true;
}

function rewriteTags({ holder, key }: TagSpot, change: TextChange): boolean {
  // Another spot may have edited the same text.
  const list = new TagList(holder.text);
  const literal = list.withValues(key, change);
  if (sameBytes(literal, holder.text)) return false;
  holder.replace(literal);
  return true;
}

export function removeSpots(spots: readonly Spot[]): void {
  const values: JsonNode[] = [];
  for (const spot of spots) {
    if (spot.kind === "value") values.push(valueAt(spot.way));
    else removeTags(spot);
  }
  JsonNode.removeAll(values);
  writeBack(spots);
}

function removeTags({ holder, isElement, key }: TagSpot): void {
  const literal = new TagList(holder.text).without(key);
  if (isElement && new TagList(literal).isEmpty) holder.remove();
  else holder.replace(literal);
}

/** Gives the tags with a key a new key, which must be possible for tags. */
export function renameTags({ holder, key }: TagSpot, to: Uint8Array): void {
  holder.replace(new TagList(holder.text).withKey(key, to));
}

/** Updates the texts to the current content of their documents. */
export function writeBack(spots: readonly Spot[]): void {
  const documents = new Set<MessageDocument>();
  for (const spot of spots) {
    if (spot.kind === "value" && spot.document !== undefined) documents.add(spot.document);
  }
  for (const document of documents) document.writeBack();
}
