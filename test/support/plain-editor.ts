// A record editor over plain values, for tests of transforms and explanations without a wire
// format.

import { Field } from "../../src/policy/fields.ts";
import {
  type FoundPlace,
  type Place,
  type RecordEditor,
  ValueKind,
  type ValueKindIndex,
} from "../../src/policy/record-port.ts";
import { changesText } from "../../src/policy/text-change.ts";

type Value = string | number | boolean | { [key: string]: Value };
export interface Editable {
  fields: Record<string, Value>;
  attributes: Record<string, Value>;
}

const NAMES = Object.fromEntries(Object.entries(Field).map(([name, index]) => [index, name]));
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export function plainEditor(record: Editable): RecordEditor {
  const parentOf = (place: Place, create: boolean): Record<string, Value> | undefined => {
    if (place.field >= 0) return record.fields;
    let map: Record<string, Value> = record.attributes;
    for (const key of place.path.slice(0, -1).map(decode)) {
      if (map[key] === undefined && create) map[key] = {};
      const next = map[key];
      if (typeof next !== "object") return undefined;
      map = next;
    }
    return map;
  };
  const keyOf = (place: Place): string =>
    place.field >= 0 ? NAMES[place.field]! : decode(place.path.at(-1)!);
  const valueAt = (place: Place): Value | undefined => parentOf(place, false)?.[keyOf(place)];
  const kindOf = (place: Place): ValueKindIndex => {
    const value = valueAt(place);
    if (value === undefined || (place.field >= 0 && value === "")) return ValueKind.absent;
    return typeof value === "string" ? ValueKind.string : ValueKind.composite;
  };
  const set = (place: Place, text: Uint8Array): boolean => {
    const parent = parentOf(place, true);
    if (parent === undefined) return false;
    parent[keyOf(place)] = decode(text);
    return true;
  };
  const find = (place: Place): FoundPlace => ({
    get kind() {
      return kindOf(place);
    },
    get text() {
      const value = valueAt(place);
      return new TextEncoder().encode(typeof value === "string" ? value : "");
    },
    rewrite(change) {
      const { kind, text } = this;
      if (kind === ValueKind.absent || !changesText(change, kind, text, 0, text.length)) {
        return false;
      }
      return set(place, change.text.slice(0, change.length));
    },
    set: (text) => set(place, text),
    remove() {
      const parent = parentOf(place, false);
      if (parent?.[keyOf(place)] === undefined) return false;
      delete parent[keyOf(place)];
      return true;
    },
    rename(to, upsert) {
      const name = decode(to);
      const value = valueAt(place);
      if (value === undefined || place.field >= 0) return false;
      if (record.attributes[name] !== undefined && !upsert) return false;
      delete parentOf(place, false)![keyOf(place)];
      delete record.attributes[name];
      record.attributes[name] = value;
      return true;
    },
  });
  return { find };
}
