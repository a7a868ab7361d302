// The model of the record editor suite: attribute lists as arrays with one entry a key, and random
// edits.

import * as fc from "fast-check";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import { type RecordEditor, ValueKind, type ValueKindIndex } from "../../src/policy/record-port.ts";
import { at, kv, map, type PlainAny, str } from "./record-editor-cases.ts";

export type Model = { key: string; value: PlainAny }[];

export function modelKind(value: PlainAny): ValueKindIndex {
  if ("stringValue" in value) return ValueKind.string;
  if ("intValue" in value) return ValueKind.int;
  if ("doubleValue" in value) return ValueKind.double;
  if ("boolValue" in value) return ValueKind.bool;
  return "bytesValue" in value ? ValueKind.bytes : ValueKind.composite;
}

function mapOf(value: PlainAny): Model | undefined {
  const inner = value["kvlistValue"] as { values: Model } | undefined;
  return inner?.values;
}

export function listAt(model: Model, path: readonly string[]): Model | undefined {
  let list: Model | undefined = model;
  for (const key of path.slice(0, -1)) {
    const entry: Model[number] | undefined = list.find((one) => one.key === key);
    list = entry && mapOf(entry.value);
    if (list === undefined) return undefined;
  }
  return list;
}

function modelSet(model: Model, path: readonly string[], text: string): boolean {
  const [key = "", ...rest] = path;
  const entry = model.find((one) => one.key === key);
  if (rest.length > 0 && entry !== undefined) {
    const inner = mapOf(entry.value);
    return inner !== undefined && modelSet(inner, rest, text);
  }
  const value = rest.reduceRight<PlainAny>((inner, name) => map(kv(name, inner)), str(text));
  if (entry === undefined) model.push({ key, value });
  else entry.value = value;
  return true;
}

function modelRemove(model: Model, path: readonly string[]): boolean {
  const list = listAt(model, path);
  const index = list?.findIndex((one) => one.key === path.at(-1)) ?? -1;
  if (index >= 0) list?.splice(index, 1);
  return index >= 0;
}

function modelRename(model: Model, path: readonly string[], to: string, upsert: boolean): boolean {
  const entry = listAt(model, path)?.find((one) => one.key === path.at(-1));
  const target = model.some((one) => one.key === to);
  if (entry === undefined || (target && !upsert)) return false;
  modelRemove(model, path);
  modelRemove(model, [to]);
  model.push({ key: to, value: entry.value });
  return true;
}

const key = fc.constantFrom("a", "b", "c", "é\n", "");
const text = fc.oneof(fc.constantFrom("", "x", 'q"\\\n\0'), fc.string({ unit: "grapheme" }));
export const { list } = fc.letrec<{ list: Model; value: PlainAny }>((tie) => ({
  list: fc.uniqueArray(fc.record({ key, value: tie("value") }), {
    selector: (entry) => entry.key,
    maxLength: 4,
  }),
  value: fc.oneof(
    { maxDepth: 3, depthSize: "medium" },
    text.map(str),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => ({ intValue: `${n}` })),
    fc.constantFrom({ doubleValue: 1.5 }, { boolValue: false }, { bytesValue: "AP8=" }),
    fc.constant({ arrayValue: { values: [str("x")] } }),
    tie("list").map((values) => map(...values)),
  ),
}));
const path = fc.array(key, { minLength: 1, maxLength: 3 });
export type Step =
  | { readonly op: "set"; readonly path: readonly string[]; readonly text: string }
  | { readonly op: "remove"; readonly path: readonly string[] }
  | {
      readonly op: "rename";
      readonly path: readonly string[];
      readonly to: string;
      readonly upsert: boolean;
    };
export const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ op: fc.constant("set" as const), path, text }),
  fc.record({ op: fc.constant("remove" as const), path }),
  fc.record({ op: fc.constant("rename" as const), path, to: key, upsert: fc.boolean() }),
);

export function modelStep(model: Model, step: Step): boolean {
  if (step.op === "set") return modelSet(model, step.path, step.text);
  if (step.op === "remove") return modelRemove(model, step.path);
  return modelRename(model, step.path, step.to, step.upsert);
}
export function editorStep(editor: RecordEditor, step: Step): boolean {
  const place = at(...step.path);
  if (step.op === "set") return editor.setText(place, encodeUtf8(step.text));
  if (step.op === "remove") return editor.remove(place);
  return editor.rename(place, encodeUtf8(step.to), step.upsert);
}

/** Empty lists and empty maps are the same to some encodings. */
export function comparable(values: Model): unknown {
  return values.map(({ key, value }) => {
    const inner = mapOf(value);
    return { key, value: "kvlistValue" in value ? { map: comparable(inner ?? []) } : value };
  });
}
