// What every RecordEditor over OTLP must do, whatever the encoding: by cases, and by random edits
// that are held to a model on plain objects. The objects that are edited are OTLP/JSON in its
// canonical form (lowerCamelCase, ids in hex, 64-bit integers in strings).

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../src/core/utf8.ts";
import { type RecordEditor, ValueKind } from "../../src/policy/record-port.ts";
import { attributeSelector, fieldSelector } from "../support/fake-evaluation.ts";
import {
  at,
  ATTRIBUTE_CASES,
  type Case,
  type EditableObject,
  edits,
  FIELD_CASES,
  kv,
  LOG,
  map,
  type PlainObject,
  str,
  TRACE_ID,
} from "./record-editor-cases.ts";
import {
  comparable,
  editorStep,
  entriesAt,
  list,
  type Model,
  modelKind,
  modelStep,
  step,
} from "./record-editor-model.ts";

/** An object that is open for editing. */
export interface OpenObject {
  readonly editor: RecordEditor;
  /**
   * The object as it is now, decoded to the canonical form; members that are empty may be absent.
   */
  readonly result: () => PlainObject;
}
export type OpenEditor = (kind: EditableObject, object: PlainObject) => OpenObject;

const NAMES = ["absent", "string", "bytes", "int", "double", "bool", "composite"] as const;

/** Without members that say nothing, as encodings differ in them. */
function significant(object: PlainObject): PlainObject {
  const isEmpty = (value: unknown): boolean =>
    value === undefined ||
    value === null ||
    value === "" ||
    (Array.isArray(value) && !value.length);
  return Object.fromEntries(Object.entries(object).filter(([, value]) => !isEmpty(value)));
}

function caseTests(open: OpenEditor, cases: readonly Case[]): void {
  test.each(cases.map((one) => [one.does, one] as const))("%s", (_, one) => {
    const object = one.object ?? LOG;
    const opened = open(one.kind ?? "log", object);
    expect(one.edit(opened.editor)).toBe(one.becomes !== undefined);
    expect(significant(opened.result())).toEqual(significant(one.becomes ?? object));
  });
}

/** Registers the suite for one encoding. */
export function recordEditorSuite(name: string, open: OpenEditor): void {
  describe(`${name} editor`, () => {
    describe("fields", () => caseTests(open, FIELD_CASES));
    describe("attributes", () => caseTests(open, ATTRIBUTE_CASES));

    test.each([
      [at("s"), "string", "text"],
      [at("i"), "int", undefined],
      [at("d"), "double", undefined],
      [at("b"), "bool", undefined],
      [at("y"), "bytes", undefined],
      [at("l"), "composite", undefined],
      [at("m"), "composite", undefined],
      [at("m", "x"), "string", "inner"],
      [at("m", "n", "z"), "int", undefined],
      [at("e"), "string", ""],
      [at("none"), "absent", undefined],
      [at("s", "x"), "absent", undefined],
      [at("m", "none"), "absent", undefined],
      [attributeSelector("resource", "s"), "absent", undefined],
      [fieldSelector("body"), "string", "hello"],
      [fieldSelector("severity_text"), "string", "INFO"],
      [fieldSelector("event_name"), "absent", undefined],
      [fieldSelector("trace_id"), "string", TRACE_ID],
      [fieldSelector("resource_schema_url"), "absent", undefined],
    ] as const)("tells the kind at %j: %s", (selector, kind, text) => {
      const { editor } = open("log", LOG);
      expect(NAMES[editor.find(selector).kind]).toBe(kind);
      if (text !== undefined) expect(decodeUtf8(editor.find(selector).text)).toBe(text);
    });

    test.each([
      ["an empty string", { body: str("") }, "absent"],
      ["an int", { body: { intValue: "7" } }, "int"],
      ["a map", { body: map() }, "composite"],
      ["none", {}, "absent"],
    ])("tells the kind of a body: %s", (_, object, kind) => {
      expect(NAMES[open("log", object).editor.find(fieldSelector("body")).kind]).toBe(
        kind as "int",
      );
    });

    test("sees the effects of former edits", () => {
      const { editor, result } = open("log", LOG);
      editor.find(at("s")).remove();
      expect(editor.find(at("s")).kind).toBe(ValueKind.absent);
      editor.find(at("s")).set(encodeUtf8("again"));
      expect(decodeUtf8(editor.find(at("s")).text)).toBe("again");
      editor.find(at("s")).rename(encodeUtf8("t"), false);
      editor.find(at("t")).set(encodeUtf8("last"));
      editor.find(fieldSelector("body")).remove();
      expect(editor.find(fieldSelector("body")).kind).toBe(ValueKind.absent);
      editor.find(fieldSelector("body")).set(encodeUtf8("new"));
      expect(significant(result())).toEqual(
        edits({ ...LOG, body: str("new") }, (list) => {
          list.splice(0, 1);
          list.push(kv("t", str("last")));
        }),
      );
    });

    test.each([
      ["as it came", () => {}],
      ["patched", (editor: RecordEditor) => editor.find(at("s")).set(encodeUtf8("x"))],
      ["taken apart", (editor: RecordEditor) => editor.find(at("p", "q")).set(encodeUtf8("x"))],
    ] as const)("takes all out of an object, %s", (_, edit) => {
      const { editor, result } = open("log", LOG);
      edit(editor);
      editor.empty();
      expect(significant(result())).toEqual({});
      for (const selector of [at("s"), at("p", "q"), fieldSelector("body")]) {
        expect(editor.find(selector).kind).toBe(ValueKind.absent);
      }
      editor.find(at("s")).set(encodeUtf8("new"));
      expect(significant(result())).toEqual({ attributes: [kv("s", str("new"))] });
    });

    test("does what the model does, for any run of edits", () => {
      fc.assert(
        fc.property(list, fc.array(step, { maxLength: 6 }), (attributes, steps) => {
          const { editor, result } = open("log", { severityText: "x", attributes });
          const model = structuredClone(attributes);
          for (const one of steps) {
            expect(editorStep(editor, one)).toBe(modelStep(model, one));
            const [first] = entriesAt(model, one.path);
            const kind = first === undefined ? ValueKind.absent : modelKind(first[0].value);
            expect(editor.find(at(...one.path)).kind).toBe(kind);
          }
          const { attributes: left = [], ...rest } = result();
          expect(significant(rest)).toEqual({ severityText: "x" });
          expect(comparable(left as Model)).toEqual(comparable(model));
        }),
        { numRuns: 300 },
      );
    });
  });
}
