// Any log, any selector: reader, editor and a plain reading of the rules on parsed objects agree.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { DatadogLogEditor } from "../../../../src/protocols/datadog/format/editor.ts";
import { datadogLogsFormat } from "../../../../src/protocols/datadog/format/index.ts";
import type { AttributeScope } from "../../../../src/policy/model.ts";
import { type FieldSelector, ValueKind } from "../../../../src/policy/record-port.ts";
import {
  attributeSelector,
  attributeRef,
  FakeEvaluation,
  fieldSelector,
  fieldRef,
} from "../../../support/fake-evaluation.ts";
import { path, record } from "./arbitrary-logs.ts";
import { type Container, parse, print, type Tree } from "./json-tree.ts";
import {
  apply,
  type Operation,
  type FieldSelector as PlainSelector,
  seenOf,
  valueAt,
} from "./oracle.ts";
import { textChange } from "../../../support/text-change.ts";

const scope = fc.constantFrom<AttributeScope>("record", "resource", "scope");

function editorOf(text: string): DatadogLogEditor {
  const editor = new DatadogLogEditor();
  const bytes = encodeUtf8(`[${text}]`);
  editor.open(bytes, 1, bytes.length - 1);
  return editor;
}

const selectorOf = (selector: PlainSelector): FieldSelector =>
  "field" in selector
    ? fieldSelector(selector.field)
    : attributeSelector("record", ...selector.path);

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
  const selector = fc.oneof(
    path.map((segments): PlainSelector => ({ path: segments })),
    fc.constantFrom<PlainSelector>({ field: "body" }, { field: "severity_text" }),
  );
  fc.assert(
    fc.property(record, selector, (text, where) => {
      const editor = editorOf(text);
      const value = valueAt(parse(text) as Container, where);
      expect<number>(editor.find(selectorOf(where)).kind).toBe(kindOf(value));
      const seen = decodeUtf8(editor.find(selectorOf(where)).text);
      expect(seen).toBe(typeof value === "string" ? value : "");
      expect(editor.changed).toBe(false);
    }),
    { numRuns: 1500 },
  );
});

describe("edits", () => {
  const selector = fc.oneof(
    { arbitrary: path.map((segments): PlainSelector => ({ path: segments })), weight: 5 },
    {
      arbitrary: fc.constantFrom<PlainSelector>({ field: "body" }, { field: "severity_text" }),
      weight: 1,
    },
  );
  const text = fc.constantFrom("", "new", 'n"\\\n', "é", "p,q", '{"a":"z"}');
  const any: fc.Arbitrary<Operation> = fc.oneof(
    fc.record({ op: fc.constantFrom("set" as const, "rewrite" as const), selector, text }),
    fc.record({ op: fc.constant("remove" as const), selector }),
    fc.record({
      op: fc.constant("rename" as const),
      selector,
      to: fc.constantFrom("a", "b", "a.b", "new", "n:w", "message", "service.name", "env"),
      upsert: fc.boolean(),
    }),
  );

  // Blanks where a tag was are a matter of spelling: emptying them is a change to one side only.
  const emptiesTags = (one: Operation): boolean =>
    one.op === "rewrite" &&
    one.text === "" &&
    "path" in one.selector &&
    one.selector.path.join("/") === "ddtags";
  const operation = any.filter((one) => !emptiesTags(one));

  function edit(editor: DatadogLogEditor, one: Operation): boolean {
    const where = selectorOf(one.selector);
    if (one.op === "remove") return editor.find(where).remove();
    if (one.op === "rename") return editor.find(where).rename(encodeUtf8(one.to), one.upsert);
    const text = encodeUtf8(one.text);
    return one.op === "set"
      ? editor.find(where).set(text)
      : editor.find(where).rewrite(textChange(() => text));
  }

  test("of any selector leave what the same edits of the parsed record leave", () => {
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
