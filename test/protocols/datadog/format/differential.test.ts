// Any log, any place: reader, editor and a plain reading of the rules on parsed objects agree.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { DatadogLogEditor } from "../../../../src/protocols/datadog/format/editor.ts";
import { datadogLogsFormat } from "../../../../src/protocols/datadog/format/index.ts";
import type { AttributeScope } from "../../../../src/policy/model.ts";
import { type Place, ValueKind } from "../../../../src/policy/record-port.ts";
import {
  attributePlace,
  attributeRef,
  FakeEvaluation,
  fieldPlace,
  fieldRef,
} from "../../../support/fake-evaluation.ts";
import { path, record } from "./arbitrary-logs.ts";
import { type Container, parse, print, type Tree } from "./json-tree.ts";
import { apply, type Operation, type Place as PlainPlace, seenOf, valueAt } from "./oracle.ts";
import { textChange } from "../../../support/text-change.ts";

const scope = fc.constantFrom<AttributeScope>("record", "resource", "scope");

function editorOf(text: string): DatadogLogEditor {
  const editor = new DatadogLogEditor();
  const bytes = encodeUtf8(`[${text}]`);
  editor.open(bytes, 1, bytes.length - 1);
  return editor;
}

const placeOf = (place: PlainPlace): Place =>
  "field" in place ? fieldPlace(place.field) : attributePlace("record", ...place.path);

function kindOf(value: Tree | undefined): number {
  if (value === undefined) return ValueKind.absent;
  if (typeof value === "string") return ValueKind.string;
  if (typeof value === "boolean") return ValueKind.bool;
  if (typeof value !== "number") return ValueKind.composite;
  return Number.isInteger(value) ? ValueKind.int : ValueKind.double;
}

test("the reader sees what a plain reading sees, in every shape of body", () => {
  const ref = fc.tuple(scope, path).map(([one, segments]) => attributeRef(one, ...segments));
  const refs = fc.array(ref, { maxLength: 8 });
  const shape = fc.constantFrom("array", "lines");
  fc.assert(
    fc.property(fc.array(record, { maxLength: 4 }), refs, shape, (records, attributes, kind) => {
      const names = new Set<string>();
      const all = [fieldRef("body"), fieldRef("severity_text"), ...attributes].filter((one) => {
        const name = JSON.stringify(one);
        return !names.has(name) && names.add(name);
      });
      const evaluation = new FakeEvaluation("log", all);
      const body = kind === "array" ? `[${records.join(" ,")}]` : records.join("\n");
      const outcome = datadogLogsFormat().filter(encodeUtf8(body), evaluation);
      expect(outcome).toEqual({ records: records.length, dropped: 0, unreadable: 0, edited: 0 });
      expect(evaluation.records).toEqual(records.map((text) => seenOf(text, all)));
    }),
    { numRuns: 1500 },
  );
});

test("the editor sees what a plain reading sees", () => {
  const place = fc.oneof(
    path.map((segments): PlainPlace => ({ path: segments })),
    fc.constantFrom<PlainPlace>({ field: "body" }, { field: "severity_text" }),
  );
  fc.assert(
    fc.property(record, place, (text, where) => {
      const editor = editorOf(text);
      const value = valueAt(parse(text) as Container, where);
      expect<number>(editor.find(placeOf(where)).kind).toBe(kindOf(value));
      const seen = decodeUtf8(editor.find(placeOf(where)).text);
      expect(seen).toBe(typeof value === "string" ? value : "");
      expect(editor.changed).toBe(false);
    }),
    { numRuns: 1500 },
  );
});

describe("edits", () => {
  const place = fc.oneof(
    { arbitrary: path.map((segments): PlainPlace => ({ path: segments })), weight: 5 },
    {
      arbitrary: fc.constantFrom<PlainPlace>({ field: "body" }, { field: "severity_text" }),
      weight: 1,
    },
  );
  const text = fc.constantFrom("", "new", 'n"\\\n', "é", "p,q", '{"a":"z"}');
  const any: fc.Arbitrary<Operation> = fc.oneof(
    fc.record({ op: fc.constantFrom("set" as const, "rewrite" as const), place, text }),
    fc.record({ op: fc.constant("remove" as const), place }),
    fc.record({
      op: fc.constant("rename" as const),
      place,
      to: fc.constantFrom("a", "b", "a.b", "new", "n:w", "message", "service.name", "env"),
      upsert: fc.boolean(),
    }),
  );

  // Blanks where a tag was are a matter of spelling: emptying them is a change to one side only.
  const emptiesTags = (one: Operation): boolean =>
    one.op === "rewrite" &&
    one.text === "" &&
    "path" in one.place &&
    one.place.path.join("/") === "ddtags";
  const operation = any.filter((one) => !emptiesTags(one));

  function edit(editor: DatadogLogEditor, one: Operation): boolean {
    const where = placeOf(one.place);
    if (one.op === "remove") return editor.find(where).remove();
    if (one.op === "rename") return editor.find(where).rename(encodeUtf8(one.to), one.upsert);
    const text = encodeUtf8(one.text);
    return one.op === "set"
      ? editor.find(where).set(text)
      : editor.find(where).rewrite(textChange(() => text));
  }

  test("of any place leave what the same edits of the parsed record leave", () => {
    fc.assert(
      fc.property(record, fc.array(operation, { minLength: 1, maxLength: 4 }), (source, all) => {
        const editor = editorOf(source);
        const model = parse(source) as Container;
        for (const one of all) {
          const before = decodeUtf8(editor.print());
          const applies = edit(editor, one);
          expect(applies).toBe(apply(model, one));
          if (!applies) expect(decodeUtf8(editor.print())).toBe(before);
        }
        expect(comparable(parse(decodeUtf8(editor.print())))).toEqual(comparable(model));
      }),
      { numRuns: 3000 },
    );
  });

  /** Documents in texts as trees, tags as lists: their spelling is for other tests. */
  function comparable(value: Tree): unknown {
    if (typeof value === "string") return meaning(value);
    if (typeof value !== "object" || value === null) return value;
    return [value.type, value.entries.map((one) => [one.key, comparable(one.value)])];
  }

  function meaning(value: string): unknown {
    try {
      if (value.trimStart().startsWith("{")) return print((JSON.parse(value), parse(value)));
    } catch {
      // Not a document: compared as the text that it is.
    }
    const tags = value.split(",").map((one) => one.trim().replace(/^([^:]+):$/, "$1"));
    return tags.filter((one) => one !== "");
  }
});
