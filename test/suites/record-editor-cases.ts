// The cases of the record editor suite, and the plain objects that are edited in them.

import { decodeUtf8, encodeUtf8 } from "../../src/core/utf8.ts";
import { type FieldSelector, type RecordEditor, ValueKind } from "../../src/policy/record-port.ts";
import { attributeSelector, fieldSelector } from "../support/fake-evaluation.ts";
import { textChange } from "../support/text-change.ts";

/** A value, with the member that says its kind: `{stringValue: "x"}`. */
export type PlainAny = Readonly<Record<string, unknown>>;
export interface PlainKeyValue {
  readonly key: string;
  readonly value: PlainAny;
}
export interface PlainObject {
  readonly attributes?: readonly PlainKeyValue[];
  readonly [member: string]: unknown;
}

export type EditableObject = "log" | "span" | "resource" | "scope";

export function str(text: string): PlainAny {
  return { stringValue: text };
}
export function map(...values: PlainKeyValue[]): PlainAny {
  return { kvlistValue: { values } };
}
export function kv(key: string, value: PlainAny): PlainKeyValue {
  return { key, value };
}

export const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
export const LOG: PlainObject = {
  timeUnixNano: "1768471200000000000",
  severityText: "INFO",
  body: str("hello"),
  attributes: [
    kv("s", str("text")),
    kv("i", { intValue: "9007199254740993" }),
    kv("d", { doubleValue: 0.5 }),
    kv("b", { boolValue: true }),
    kv("y", { bytesValue: "AP8=" }),
    kv("l", { arrayValue: { values: [str("x")] } }),
    kv("m", map(kv("x", str("inner")), kv("n", map(kv("z", { intValue: "1" }))))),
    kv("e", str("")),
  ],
  traceId: TRACE_ID,
  spanId: "b7ad6b7169203331",
};

export const at = (...path: string[]): FieldSelector => attributeSelector("record", ...path);
export function edits(
  object: PlainObject,
  change: (attributes: PlainKeyValue[]) => void,
): PlainObject {
  const attributes = [...(object.attributes ?? [])];
  change(attributes);
  return { ...object, attributes };
}

type Edit = (editor: RecordEditor) => boolean;
const set =
  (selector: FieldSelector, text: string): Edit =>
  (editor) =>
    editor.find(selector).set(encodeUtf8(text));
/** Strings that begin so become `<>`. */
const rewrite =
  (selector: FieldSelector, start: string): Edit =>
  (editor) =>
    editor
      .find(selector)
      .rewrite(
        textChange((kind, text) =>
          kind === ValueKind.string && decodeUtf8(text).startsWith(start)
            ? encodeUtf8("<>")
            : undefined,
        ),
      );
const remove =
  (selector: FieldSelector): Edit =>
  (editor) =>
    editor.find(selector).remove();
const rename =
  (selector: FieldSelector, to: string, upsert = false): Edit =>
  (editor) =>
    editor.find(selector).rename(encodeUtf8(to), upsert);

export interface Case {
  readonly does: string;
  readonly kind?: EditableObject;
  readonly object?: PlainObject;
  readonly edit: Edit;
  /** What comes of it; undefined: the edit says no, and nothing has changed. */
  readonly becomes?: PlainObject;
}

export const FIELD_CASES: readonly Case[] = [
  {
    does: "replaces a body",
    edit: set(fieldSelector("body"), 'new "text"\n'),
    becomes: { ...LOG, body: str('new "text"\n') },
  },
  {
    does: "replaces a body of another kind",
    object: { body: map(kv("a", str("b"))), severityText: "x" },
    edit: set(fieldSelector("body"), "text"),
    becomes: { body: str("text"), severityText: "x" },
  },
  {
    does: "adds a body",
    object: {},
    edit: set(fieldSelector("body"), "text"),
    becomes: { body: str("text") },
  },
  {
    does: "replaces a text field",
    edit: set(fieldSelector("severity_text"), "é😀"),
    becomes: { ...LOG, severityText: "é😀" },
  },
  {
    does: "adds a text field",
    edit: set(fieldSelector("event_name"), "e"),
    becomes: { ...LOG, eventName: "e" },
  },
  {
    does: "replaces an id by hex of its length",
    edit: set(fieldSelector("trace_id"), "00112233445566778899aabbccddeeff"),
    becomes: { ...LOG, traceId: "00112233445566778899aabbccddeeff" },
  },
  {
    does: "adds an id",
    object: { severityText: "x" },
    edit: set(fieldSelector("span_id"), "0011223344556677"),
    becomes: { severityText: "x", spanId: "0011223344556677" },
  },
  {
    does: "clears an id for a text that is no hex",
    edit: set(fieldSelector("trace_id"), "[REDACTED]"),
    becomes: { ...LOG, traceId: "" },
  },
  {
    does: "clears an id for hex of another length",
    edit: set(fieldSelector("span_id"), "00112233445566"),
    becomes: { ...LOG, spanId: "" },
  },
  {
    does: "removes a body",
    edit: remove(fieldSelector("body")),
    becomes: { ...LOG, body: undefined },
  },
  {
    does: "empties a text field",
    edit: remove(fieldSelector("severity_text")),
    becomes: { ...LOG, severityText: "" },
  },
  {
    does: "empties an id",
    edit: remove(fieldSelector("span_id")),
    becomes: { ...LOG, spanId: "" },
  },
  {
    does: "rewrites a text field",
    edit: rewrite(fieldSelector("severity_text"), "IN"),
    becomes: { ...LOG, severityText: "<>" },
  },
  { does: "rewrites no text field that does not fit", edit: rewrite(fieldSelector("body"), "x") },
  { does: "rewrites no absent field", edit: rewrite(fieldSelector("event_name"), "") },
  {
    does: "clears an id that is rewritten as what is none",
    edit: rewrite(fieldSelector("trace_id"), "0af"),
    becomes: { ...LOG, traceId: "" },
  },
  { does: "removes no absent field", edit: remove(fieldSelector("event_name")) },
  { does: "sets no field of the scope", edit: set(fieldSelector("scope_name"), "x") },
  { does: "sets no schema URL", edit: set(fieldSelector("resource_schema_url"), "x") },
  { does: "removes no schema URL", edit: remove(fieldSelector("scope_schema_url")) },
  { does: "renames no field", edit: rename(fieldSelector("severity_text"), "x", true) },
  {
    does: "sets a trace state",
    kind: "span",
    object: { name: "n", traceState: "a=b" },
    edit: set(fieldSelector("trace_state"), "ot=th:8,a=b"),
    becomes: { name: "n", traceState: "ot=th:8,a=b" },
  },
  {
    does: "adds a trace state",
    kind: "span",
    object: { name: "n" },
    edit: set(fieldSelector("trace_state"), "ot=th:8"),
    becomes: { name: "n", traceState: "ot=th:8" },
  },
];

export const ATTRIBUTE_CASES: readonly Case[] = [
  {
    does: "replaces a string where it stands",
    edit: set(at("s"), "new"),
    becomes: edits(LOG, (list) => list.splice(0, 1, kv("s", str("new")))),
  },
  {
    does: "makes any kind a string",
    edit: set(at("i"), "new"),
    becomes: edits(LOG, (list) => list.splice(1, 1, kv("i", str("new")))),
  },
  {
    does: "makes a map a string",
    edit: set(at("m"), ""),
    becomes: edits(LOG, (list) => list.splice(6, 1, kv("m", str("")))),
  },
  {
    does: "appends a new attribute",
    edit: set(at("new"), "x"),
    becomes: edits(LOG, (list) => list.push(kv("new", str("x")))),
  },
  {
    does: "makes the list when there is none",
    object: { severityText: "x" },
    edit: set(at("new"), "x"),
    becomes: { severityText: "x", attributes: [kv("new", str("x"))] },
  },
  {
    does: "sets inside a map",
    edit: set(at("m", "n", "z"), "x"),
    becomes: edits(LOG, (list) =>
      list.splice(6, 1, kv("m", map(kv("x", str("inner")), kv("n", map(kv("z", str("x"))))))),
    ),
  },
  {
    does: "adds to a map",
    object: { attributes: [kv("m", map(kv("a", str("1"))))] },
    edit: set(at("m", "b"), "2"),
    becomes: { attributes: [kv("m", map(kv("a", str("1")), kv("b", str("2"))))] },
  },
  {
    does: "creates missing maps",
    object: { attributes: [kv("m", map(kv("a", str("1"))))] },
    edit: set(at("m", "n", "o", "p"), "x"),
    becomes: {
      attributes: [kv("m", map(kv("a", str("1")), kv("n", map(kv("o", map(kv("p", str("x"))))))))],
    },
  },
  { does: "sets nothing below a value that is no map", edit: set(at("s", "x"), "y") },
  { does: "sets nothing below an array", edit: set(at("l", "0"), "y") },
  {
    does: "removes an attribute of any kind",
    edit: remove(at("l")),
    becomes: edits(LOG, (list) => list.splice(5, 1)),
  },
  {
    does: "removes from a map",
    object: { attributes: [kv("m", map(kv("a", str("1")), kv("b", str("2"))))] },
    edit: remove(at("m", "a")),
    becomes: { attributes: [kv("m", map(kv("b", str("2"))))] },
  },
  { does: "removes nothing that is not there", edit: remove(at("S")) },
  { does: "removes nothing below a string", edit: remove(at("s", "x")) },
  {
    does: "renames to the end of the list and keeps the kind",
    edit: rename(at("i"), "j"),
    becomes: edits(LOG, (list) => {
      list.splice(1, 1);
      list.push(kv("j", { intValue: "9007199254740993" }));
    }),
  },
  { does: "renames onto nothing that is there", edit: rename(at("i"), "s") },
  {
    does: "renames onto another with upsert",
    edit: rename(at("i"), "s", true),
    becomes: edits(LOG, (list) => {
      list.splice(0, 2);
      list.push(kv("s", { intValue: "9007199254740993" }));
    }),
  },
  {
    does: "takes a nested attribute to the top",
    object: { attributes: [kv("m", map(kv("a", str("1")), kv("b", str("2")))), kv("c", str("3"))] },
    edit: rename(at("m", "a"), "d"),
    becomes: {
      attributes: [kv("m", map(kv("b", str("2")))), kv("c", str("3")), kv("d", str("1"))],
    },
  },
  {
    does: "rewrites those of equal attributes that fit",
    object: { attributes: [kv("a", str("x1")), kv("a", str("y")), kv("a", str("x2"))] },
    edit: rewrite(at("a"), "x"),
    becomes: { attributes: [kv("a", str("<>")), kv("a", str("y")), kv("a", str("<>"))] },
  },
  { does: "rewrites none that does not fit", edit: rewrite(at("s"), "x") },
  { does: "rewrites none of another kind", edit: rewrite(at("i"), "") },
  { does: "renames nothing that is not there", edit: rename(at("none"), "x", true) },
  { does: "leaves attributes of other scopes", edit: set(attributeSelector("resource", "s"), "x") },
  { does: "removes none of other scopes", edit: remove(attributeSelector("scope", "s")) },
  {
    does: "edits the attributes of a resource",
    kind: "resource",
    object: { attributes: [kv("a", str("1"))], droppedAttributesCount: 2 },
    edit: set(attributeSelector("resource", "b"), "2"),
    becomes: { attributes: [kv("a", str("1")), kv("b", str("2"))], droppedAttributesCount: 2 },
  },
  {
    does: "removes attributes of a scope",
    kind: "scope",
    object: { name: "n", version: "v", attributes: [kv("a", str("1")), kv("b", str("2"))] },
    edit: remove(attributeSelector("scope", "a")),
    becomes: { name: "n", version: "v", attributes: [kv("b", str("2"))] },
  },
  {
    does: "renames attributes of a scope",
    kind: "scope",
    object: { name: "n", attributes: [kv("a", str("1")), kv("b", str("2"))] },
    edit: rename(attributeSelector("scope", "a"), "c"),
    becomes: { name: "n", attributes: [kv("b", str("2")), kv("c", str("1"))] },
  },
  {
    does: "edits no record attributes of a resource",
    kind: "resource",
    object: { attributes: [kv("a", str("1"))] },
    edit: set(at("a"), "x"),
  },
];
