// A record editor over plain values, for tests of transforms and explanations without a wire
// format.

import { Field } from "../../src/policy/fields.ts";
import {
  type FoundValues,
  type FieldSelector,
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
  const parentOf = (
    selector: FieldSelector,
    create: boolean,
  ): Record<string, Value> | undefined => {
    if (selector.field >= 0) return record.fields;
    let map: Record<string, Value> = record.attributes;
    for (const key of selector.path.slice(0, -1).map(decode)) {
      if (map[key] === undefined && create) map[key] = {};
      const next = map[key];
      if (typeof next !== "object") return undefined;
      map = next;
    }
    return map;
  };
  const keyOf = (selector: FieldSelector): string =>
    selector.field >= 0 ? NAMES[selector.field]! : decode(selector.path.at(-1)!);
  const valueAt = (selector: FieldSelector): Value | undefined =>
    parentOf(selector, false)?.[keyOf(selector)];
  const kindOf = (selector: FieldSelector): ValueKindIndex => {
    const value = valueAt(selector);
    if (value === undefined || (selector.field >= 0 && value === "")) return ValueKind.absent;
    return typeof value === "string" ? ValueKind.string : ValueKind.composite;
  };
  const set = (selector: FieldSelector, text: Uint8Array): boolean => {
    const parent = parentOf(selector, true);
    if (parent === undefined) return false;
    parent[keyOf(selector)] = decode(text);
    return true;
  };
  const find = (selector: FieldSelector): FoundValues => ({
    get kind() {
      return kindOf(selector);
    },
    get text() {
      const value = valueAt(selector);
      return new TextEncoder().encode(typeof value === "string" ? value : "");
    },
    rewrite(change) {
      const { kind, text } = this;
      if (kind === ValueKind.absent || !changesText(change, kind, text, 0, text.length)) {
        return false;
      }
      return set(selector, change.text.slice(0, change.length));
    },
    set: (text) => set(selector, text),
    remove() {
      const parent = parentOf(selector, false);
      if (parent?.[keyOf(selector)] === undefined) return false;
      delete parent[keyOf(selector)];
      return true;
    },
    rename(to, upsert) {
      const name = decode(to);
      const value = valueAt(selector);
      if (value === undefined || selector.field >= 0) return false;
      if (record.attributes[name] !== undefined && !upsert) return false;
      delete parentOf(selector, false)![keyOf(selector)];
      delete record.attributes[name];
      record.attributes[name] = value;
      return true;
    },
  });
  const empty = (): void => {
    record.fields = {};
    record.attributes = {};
  };
  const length = JSON.stringify(record).length;
  return { find, empty, length };
}
