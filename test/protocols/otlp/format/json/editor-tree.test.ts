// The editor that patches a record's text against the tree that can edit any: for records in every
// spelling, and any run of edits, both say the same and leave the same bytes.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Rewriter } from "../../../../../src/core/rewriter.ts";
import { decodeUtf8, encodeUtf8 } from "../../../../../src/core/utf8.ts";
import {
  type FieldSelector,
  type RecordEditor,
  ValueKind,
} from "../../../../../src/policy/record-port.ts";
import { JsonRecordEditor } from "../../../../../src/protocols/otlp/format/json/index.ts";
import { JsonTreeEditor } from "../../../../../src/protocols/otlp/format/json/tree-editor.ts";
import { attributeSelector, fieldSelector } from "../../../../support/fake-evaluation.ts";
import { textChange } from "../../../../support/text-change.ts";

const space = fc.constantFrom("", "", "", " ", "\n\t");
const name = fc.constantFrom("a", "b", "c", "");
const spelledName = fc.constantFrom('"a"', '"b"', '"c"', '""', '"\\u0061"', '"\\u0062"');
const any = fc.constantFrom(
  '{"stringValue":"x"}',
  '{"stringValue":""}',
  '{"stringValue":"x\\ty\\u00e9"}',
  '{ "string_value" : "y" }',
  '{"intValue":"7"}',
  '{"int_value": 7}',
  '{"boolValue":true}',
  '{"doubleValue":1.5}',
  '{"bytesValue":"AP8="}',
  '{"arrayValue":{"values":[{"stringValue":"x"}]}}',
  '{"kvlistValue":{"values":[{"key":"a","value":{"stringValue":"in"}}]}}',
  '{"kvlistValue":{}}',
  '{"kvlistValue":{"values":[{"key":"b","value":{"intValue":"1"}},{"key":"a","value":{"stringValue":"x"}}]}}',
  '{ "kvlist_value" : {"values" : [ {"key":"c","value":{"kvlistValue":{"values":[{"key":"b","value":{"stringValue":"x<>"}} ]}}}]} }',
  '{"kvlistValue":{"values":[{"key":"a","value":{"stringValue":"x"}},{"key":"a","value":{"stringValue":"y"}}]}}',
  '{"kvlistValue":{"values":[],"other":1}}',
  '{"kvlistValue":{"values":[{"key":"a","value":{}}],"values":[]}}',
  '{"kvlistValue":null}',
  '{"kvlistValue":{"values":null}}',
  '{"stringValue":"x","stringValue":"y"}',
  '{"stringValue":"x","intValue":null}',
  '{"stringValue":7}',
  '{"boolValue":"true"}',
  '{"other":1,"stringValue":"x"}',
  "{}",
  "{ }",
  "null",
  '"bare"',
);
const usual = fc
  .tuple(name, fc.constantFrom('{"stringValue":"v"}', '{"intValue":"12"}', '{"stringValue":"x<>"}'))
  .map(([key, value]) => `{"key":"${key}","value":${value}}`);
const entry = fc.oneof(
  { arbitrary: usual, weight: 6 },
  {
    arbitrary: fc
      .tuple(spelledName, any, space, space)
      .map(([key, value, a, b]) => `{${a}"key":${key}${b},"value" :${value}${a}}`),
    weight: 4,
  },
  fc.tuple(spelledName, any).map(([key, value]) => `{"value":${value},"key":${key},"u":[1, 2]}`),
  fc.constantFrom(
    '{"key":"a"}',
    '{"value":{"stringValue":"x"}}',
    '{"key":null,"value":{"stringValue":"x"}}',
    '{"key":"b","key":"a","value":{"stringValue":"x"}}',
    '{"key":"a","value":{"stringValue":"x"},"value":{"stringValue":"y"}}',
    "7",
    "null",
    "{}",
  ),
);
const list = fc
  .tuple(fc.array(fc.tuple(space, entry, space), { maxLength: 6 }), space)
  .map(([items, blank]) =>
    items.length === 0 ? `[${blank}]` : `[${items.map((parts) => parts.join("")).join(",")}]`,
  );
const id = fc.constantFrom('"0AF7651916CD43DD8448EB211C80319C"', '"00"', '""', '"no id"', "null");
const member = fc.oneof(
  { arbitrary: list.map((value) => `"attributes":${value}`), weight: 6 },
  { arbitrary: any.map((value) => `"body":${value}`), weight: 3 },
  fc.constantFrom('"severityText":"INFO"', '"severity_text" : "\\u0041"', '"severityText":null'),
  fc.constantFrom('"unknown":{"a":[ ]}', '"attributes":null', '"attributes":{}', '"eventName":""'),
  id.map((value) => `"traceId":${value}`),
);
const record = fc
  .tuple(fc.array(fc.tuple(space, member, space), { maxLength: 6 }), space)
  .map(([members, blank]) =>
    members.length === 0 ? `{${blank}}` : `{${members.map((parts) => parts.join("")).join(",")}}`,
  );

const selector: fc.Arbitrary<FieldSelector> = fc.oneof(
  { arbitrary: name.map((key) => attributeSelector("record", key)), weight: 6 },
  fc
    .constantFrom("body", "severity_text", "event_name", "trace_id", "scope_name")
    .map(fieldSelector),
  {
    arbitrary: fc
      .array(name, { minLength: 2, maxLength: 3 })
      .map((path) => attributeSelector("record", ...path)),
    weight: 3,
  },
  name.map((key) => attributeSelector("resource", key)),
);
const text = fc.constantFrom("", "x", 'q"\\\n', "00112233445566778899aabbccddeeff", "INFO", "é");
const step = fc.record({
  selector,
  text,
  to: name,
  op: fc.constantFrom("set", "rewrite", "redact", "remove", "rename", "upsert"),
});

function doStep(
  editor: RecordEditor,
  one: { selector: FieldSelector; text: string; to: string; op: string },
) {
  const found = editor.find(one.selector);
  const bytes = encodeUtf8(one.text);
  if (one.op === "set") return found.set(bytes);
  if (one.op === "rewrite") return found.rewrite(textChange(() => bytes));
  if (one.op === "redact") {
    const redact = textChange((kind, old) =>
      kind === ValueKind.string && decodeUtf8(old).includes("x")
        ? encodeUtf8(decodeUtf8(old).replaceAll("x", one.text))
        : undefined,
    );
    return found.rewrite(redact);
  }
  return one.op === "remove"
    ? found.remove()
    : found.rename(encodeUtf8(one.to), one.op === "upsert");
}

test("patches and the tree say the same, and leave the same bytes", () => {
  const editor = new JsonRecordEditor("log");
  const tree = new JsonTreeEditor("log");
  const rewriter = new Rewriter();
  fc.assert(
    fc.property(record, fc.array(step, { minLength: 1, maxLength: 5 }), (json, steps) => {
      const bytes = encodeUtf8(`[7,${json} ]`);
      const [start, end] = [3, bytes.length - 2];
      editor.openRecord(bytes, start, end);
      tree.openRecord(bytes, start, end);
      for (const one of steps) {
        const [mine, its] = [editor.find(one.selector), tree.find(one.selector)];
        expect(mine.kind).toBe(its.kind);
        if (its.kind === ValueKind.string) expect(decodeUtf8(mine.text)).toBe(decodeUtf8(its.text));
        expect(doStep(editor, one)).toBe(doStep(tree, one));
      }
      rewriter.open(bytes);
      if (editor.changed) editor.writeTo(rewriter, start, end);
      const want = `[7,${decodeUtf8(tree.print())} ]`;
      expect(decodeUtf8(rewriter.finish())).toBe(want);
      rewriter.release();
      // A tree notes a list that was taken out and put back as changed, too.
      if (!tree.changed) expect(editor.changed).toBe(false);
    }),
    { numRuns: 4000 },
  );
});
