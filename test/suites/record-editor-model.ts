// The model of the record editor suite: attribute lists as arrays, in which keys may be equal, and
// random edits.

import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../src/core/utf8.ts";
import { type RecordEditor, ValueKind, type ValueKindIndex } from "../../src/policy/record-port.ts";
import { at, kv, map, type PlainAny, str } from "./record-editor-cases.ts";
import { textChange } from "../support/text-change.ts";

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

type Entry = Model[number];

/** All entries to which the path leads, each with the list that it is in. */
export function entriesAt(model: Model, path: readonly string[]): [Entry, Model][] {
  const entries = model.filter((one) => one.key === path[0]);
  if (path.length === 1) return entries.map((entry) => [entry, model]);
  return entries.flatMap((entry) => entriesAt(mapOf(entry.value) ?? [], path.slice(1)));
}

function modelAdd(model: Model, path: readonly string[], text: string): boolean {
  const [key = "", ...rest] = path;
  const entries = rest.length === 0 ? [] : model.filter((one) => one.key === key);
  if (entries.length > 0) {
    return entries.some((entry) => {
      const inner = mapOf(entry.value);
      return inner !== undefined && modelAdd(inner, rest, text);
    });
  }
  const value = rest.reduceRight<PlainAny>((inner, name) => map(kv(name, inner)), str(text));
  model.push({ key, value });
  return true;
}

function modelSet(model: Model, path: readonly string[], text: string): boolean {
  const entries = entriesAt(model, path);
  for (const [entry] of entries) entry.value = str(text);
  return entries.length > 0 || modelAdd(model, path, text);
}

/** Strings that have an x, and everything that is no string, become the text. */
function modelRewrite(model: Model, path: readonly string[], text: string): boolean {
  let hit = false;
  for (const [entry] of entriesAt(model, path)) {
    const old = entry.value["stringValue"] as string | undefined;
    if (old === text || old?.includes("x") === false) continue;
    entry.value = str(text);
    hit = true;
  }
  return hit;
}

function modelRemove(model: Model, path: readonly string[]): boolean {
  const entries = entriesAt(model, path);
  for (const [entry, list] of entries) list.splice(list.indexOf(entry), 1);
  return entries.length > 0;
}

function modelRename(model: Model, path: readonly string[], to: string, upsert: boolean): boolean {
  const entries = entriesAt(model, path);
  const isTaken = model.some((one) => one.key === to);
  if (entries.length === 0 || (isTaken && !upsert)) return false;
  modelRemove(model, path);
  modelRemove(model, [to]);
  for (const [{ value }] of entries) model.push({ key: to, value });
  return true;
}

const key = fc.constantFrom("a", "b", "c", "é\n", "");
const text = fc.oneof(fc.constantFrom("", "x", 'q"\\\n\0'), fc.string({ unit: "grapheme" }));
export const { list } = fc.letrec<{ list: Model; value: PlainAny }>((tie) => ({
  list: fc.array(fc.record({ key, value: tie("value") }), { maxLength: 5 }),
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
  | { readonly op: "rewrite"; readonly path: readonly string[]; readonly text: string }
  | { readonly op: "remove"; readonly path: readonly string[] }
  | {
      readonly op: "rename";
      readonly path: readonly string[];
      readonly to: string;
      readonly upsert: boolean;
    };
export const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ op: fc.constant("set" as const), path, text }),
  fc.record({ op: fc.constant("rewrite" as const), path, text }),
  fc.record({ op: fc.constant("remove" as const), path }),
  fc.record({ op: fc.constant("rename" as const), path, to: key, upsert: fc.boolean() }),
);

export function modelStep(model: Model, step: Step): boolean {
  if (step.op === "set") return modelSet(model, step.path, step.text);
  if (step.op === "rewrite") return modelRewrite(model, step.path, step.text);
  if (step.op === "remove") return modelRemove(model, step.path);
  return modelRename(model, step.path, step.to, step.upsert);
}
export function editorStep(editor: RecordEditor, step: Step): boolean {
  const selector = at(...step.path);
  if (step.op === "set") return editor.find(selector).set(encodeUtf8(step.text));
  if (step.op === "rewrite") {
    return editor.find(selector).rewrite(
      textChange((kind, old) => {
        const stays = kind === ValueKind.string && !decodeUtf8(old).includes("x");
        return stays ? undefined : encodeUtf8(step.text);
      }),
    );
  }
  if (step.op === "remove") return editor.find(selector).remove();
  return editor.find(selector).rename(encodeUtf8(step.to), step.upsert);
}

/** Empty lists and empty maps are the same to some encodings. */
export function comparable(values: Model): unknown {
  return values.map(({ key, value }) => {
    const inner = mapOf(value);
    return { key, value: "kvlistValue" in value ? { map: comparable(inner ?? []) } : value };
  });
}
