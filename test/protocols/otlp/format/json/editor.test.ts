// The JSON editor: the suite of all editors, and what only JSON has: spellings that must stay.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../../../src/core/utf8.ts";
import { JsonRecordEditor } from "../../../../../src/protocols/otlp/format/json/index.ts";
import { Level } from "../../../../../src/policy/fields.ts";
import type { Signal } from "../../../../../src/policy/model.ts";
import { ValueKind } from "../../../../../src/policy/record-port.ts";
import type { EditableObject, PlainObject } from "../../../../suites/record-editor-cases.ts";
import { recordEditorSuite } from "../../../../suites/record-editor-suite.ts";
import { attributeSelector, fieldSelector } from "../../../../support/fake-evaluation.ts";

function openText(kind: EditableObject, text: string): JsonRecordEditor {
  const signals: Record<EditableObject, Signal> = {
    log: "log",
    span: "trace",
    resource: "log",
    scope: "log",
  };
  const editor = new JsonRecordEditor(signals[kind]);
  // Between other bytes, as in a request.
  const bytes = encodeUtf8(`[${text},]`);
  if (kind === "log" || kind === "span") editor.openRecord(bytes, 1, bytes.length - 2);
  else {
    const owner = { start: 1, end: bytes.length - 2, position: 1 };
    editor.openOwner(kind === "scope" ? Level.scope : Level.resource, bytes, [owner]);
  }
  return editor;
}

for (const indent of [0, 2]) {
  recordEditorSuite(indent === 0 ? "JSON" : "indented JSON", (kind, object) => {
    const editor = openText(kind, JSON.stringify(object, null, indent));
    return { editor, result: () => JSON.parse(decodeUtf8(editor.print())) as PlainObject };
  });
}

const at = (...path: string[]) => attributeSelector("record", ...path);
type Edit = (editor: JsonRecordEditor) => boolean;
const set =
  (selector: ReturnType<typeof at>, text: string): Edit =>
  (editor) =>
    editor.find(selector).set(encodeUtf8(text));

describe("JSON edits keep the spelling of everything else", () => {
  test.each<[string, string, Edit, string]>([
    [
      "a body in snake case",
      '{ "body" : { "string_value" : "x" } , "z": 1.0 }',
      set(fieldSelector("body"), "y"),
      '{ "body" : { "string_value" : "y" } , "z": 1.0 }',
    ],
    [
      "a body with a member more",
      '{"body":{"stringValue":"x","other":1}}',
      set(fieldSelector("body"), "y"),
      '{"body":{"stringValue":"y"}}',
    ],
    [
      "a value of another kind in snake case",
      '{"attributes":[{"key":"a","value":{"int_value":1}}]}',
      set(at("a"), "y"),
      '{"attributes":[{"key":"a","value":{"string_value":"y"}}]}',
    ],
    [
      "a text field in snake case",
      '{"severity_text" :"x","a":[ ]}',
      set(fieldSelector("severity_text"), "y"),
      '{"severity_text" :"y","a":[ ]}',
    ],
    [
      "an escaped key",
      '{"attributes":[{"\\u006bey":"\\u0061","value":{"stringValue":"x"},"x":1e0}]}',
      set(at("a"), "y"),
      '{"attributes":[{"\\u006bey":"\\u0061","value":{"stringValue":"y"},"x":1e0}]}',
    ],
    [
      "a null list",
      '{"attributes":null,"b":0}',
      set(at("a"), "y"),
      '{"attributes":[{"key":"a","value":{"stringValue":"y"}}],"b":0}',
    ],
    [
      "a text that is the same already",
      '{"severityText":"\\u0041"}',
      set(fieldSelector("severity_text"), "A"),
      '{"severityText":"\\u0041"}',
    ],
    [
      "repeated members: one is left",
      '{"body":{"stringValue":"x"},"b":1,"body":{"stringValue":"y"}}',
      set(fieldSelector("body"), "z"),
      '{"b":1,"body":{"stringValue":"z"}}',
    ],
    [
      "equal keys: each is set",
      '{"attributes":[{"key":"a"},{"key":"b"},{"key":"a","value":{"stringValue":"x"}}]}',
      set(at("a"), "y"),
      '{"attributes":[{"key":"a","value":{"stringValue":"y"}},{"key":"b"},' +
        '{"key":"a","value":{"stringValue":"y"}}]}',
    ],
    [
      "an entry that is moved",
      '{"attributes":[ {"key" : "a","value":{ "intValue":1 },"x":[ ]} , {"key":"b"} ]}',
      (editor) => editor.find(at("a")).rename(encodeUtf8("c"), false),
      '{"attributes":[ {"key":"b"} ,{"key" : "c","value":{ "intValue":1 },"x":[ ]}]}',
    ],
    [
      "upper-case ids",
      '{"traceId":"0AF7651916CD43DD8448EB211C80319C"}',
      (editor) => {
        const id = decodeUtf8(editor.find(fieldSelector("trace_id")).text);
        return id === "0af7651916cd43dd8448eb211c80319c";
      },
      '{"traceId":"0AF7651916CD43DD8448EB211C80319C"}',
    ],
    [
      "a map without a list",
      '{"attributes":[{"key":"a","value":{"kvlistValue":{ }}}]}',
      set(at("a", "b"), "y"),
      '{"attributes":[{"key":"a","value":{"kvlistValue":{"values":' +
        '[{"key":"b","value":{"stringValue":"y"}}]}}}]}',
    ],
  ])("%s", (_, text, edit, expected) => {
    const editor = openText("log", text);
    expect(edit(editor)).toBe(true);
    expect(decodeUtf8(editor.print())).toBe(expected);
    expect(editor.changed).toBe(text !== expected);
  });

  test.each<[string, string, Edit]>([
    ["a list that is none", '{"attributes":{}}', set(at("a"), "x")],
    ["a way through nothing", '{"attributes":[{"key":"a","value":{}}]}', set(at("a", "b"), "x")],
    ["a number field", '{"severityNumber":9}', set(fieldSelector("severity_number"), "x")],
    ["an id that is absent, by no id", "{}", set(fieldSelector("trace_id"), "x")],
    ["nothing of a metric's name", '{"name":"m"}', set(fieldSelector("name"), "x")],
  ])("cannot set %s", (_, text, edit) => {
    const editor = openText("log", text);
    expect(edit(editor)).toBe(false);
    expect([decodeUtf8(editor.print()), editor.changed]).toEqual([text, false]);
  });

  test.each([
    ['{"stringValue":"x","stringValue":null}', ValueKind.composite],
    ['{"stringValue":"x","boolValue":null}', ValueKind.string],
    ['{"stringValue":"x","boolValue":true}', ValueKind.bool],
    ['{"stringValue":7}', ValueKind.composite],
    ["null", ValueKind.composite],
  ])("reads the kind of %s as the format does", (value, kind) => {
    const editor = openText("log", `{"attributes":[{"key":"a","value":${value}}]}`);
    expect(editor.find(at("a")).kind).toBe(kind);
  });

  test("cannot edit a metric", () => {
    const editor = new JsonRecordEditor("metric");
    const bytes = encodeUtf8('{"name":"m","attributes":[{"key":"a"}]}');
    editor.openRecord(bytes, 0, bytes.length);
    expect(editor.find(fieldSelector("name")).set(bytes)).toBe(false);
    expect(editor.find(at("a")).set(bytes)).toBe(false);
    expect(editor.find(at("a")).remove()).toBe(false);
    expect(editor.find(at("a")).kind).toBe(ValueKind.absent);
  });

  test("cannot edit a resource that is no object", () => {
    const editor = openText("resource", '"odd"');
    const selector = attributeSelector("resource", "a");
    expect(editor.find(selector).set(encodeUtf8("x"))).toBe(false);
    expect([editor.find(selector).kind, editor.find(selector).remove(), editor.changed]).toEqual([
      0,
      false,
      false,
    ]);
  });

  test("of any list: the output differs from the input only in the addressed value", () => {
    const space = fc.constantFrom("", " ", "\n\t");
    const value = fc.constantFrom('{"stringValue":"x"}', '{ "intValue" : 1.0e1 }', "{}", "null");
    const entry = fc.tuple(fc.constantFrom("p", "q", "r"), space, value, space);
    const entries = fc.array(entry, { maxLength: 5 });
    fc.assert(
      fc.property(entries, entries, entry, space, (before, after, target, blank) => {
        const print = ([key, a, v, b]: readonly string[]): string =>
          `${a}{"key" :${b}"${key}","value":${v} ,"k":-0.0}${b}`;
        const [, a, , b] = target;
        const document = (v: string): string => {
          const items = [...before.map(print), print(["target", a, v, b]), ...after.map(print)];
          return `{"u":[1,  2],${blank}"attributes":[${items.join(",")}],"attribute":0}`;
        };
        const editor = openText("log", document('{"boolValue":true}'));
        expect(editor.find(at("target")).set(encodeUtf8("new"))).toBe(true);
        expect(decodeUtf8(editor.print())).toBe(document('{"stringValue":"new"}'));
      }),
    );
  });
});
