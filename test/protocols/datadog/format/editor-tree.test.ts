// The editor that patches a Datadog log's text against the tree that can edit any: for records in
// every spelling, and any run of edits, both say the same and leave the same bytes.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Rewriter } from "../../../../src/core/rewriter.ts";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { type FieldSelector, type RecordEditor, ValueKind } from "../../../../src/policy/index.ts";
import { DatadogLogEditor } from "../../../../src/protocols/datadog/format/editor.ts";
import { DatadogTreeEditor } from "../../../../src/protocols/datadog/format/tree-editor.ts";
import { attributeSelector, fieldSelector } from "../../../support/fake-evaluation.ts";
import { textChange } from "../../../support/text-change.ts";

const space = fc.constantFrom("", "", "", " ", "\n\t");
const key = fc.constantFrom('"a"', '"b"', '"c"', '"d"', '"a.b"', '"\\u0061"', '"service"', '"env"');
const value = fc.constantFrom(
  '"x"',
  '""',
  '"x\\ty\\u00e9"',
  "7",
  "1.50",
  "123456789012345678901",
  "true",
  "null",
  '{"b":"in", "c":{}}',
  '["x", 1]',
  '{"b":{"c":"x","d":1}}',
  '{ "c" : "x" }',
  '{"b":"x","b.c":[{"d":"x"}],"a":null}',
  '{"b.c":"x","\\u0062":1}',
);
const known = fc.constantFrom(
  '"message":"x and y"',
  '"message" : "\\"x\\""',
  '"message":""',
  '"message":null',
  '"message":"{\\"a\\":\\"in x\\"}"',
  '"message":{"a":"x"}',
  '"message":"\\"x\\" {}"',
  '"message":"{x}"',
  '"message":" {\\"a\\":\\"x\\\\\\"\\", \\"b\\" : {\\"c\\":\\"x\\"}} "',
  '"message":"{\\n  \\"b\\": {\\"c\\": 1, \\"d\\": null},\\n  \\"a.b\\": \\"x\\"\\n}\\n"',
  '"message":"{\\"a\\":{\\"b\\":\\"x\\\\u00e9\\"},\\"\\\\u0062\\":1}"',
  '"message":"{\\u0022a\\":\\"x\\"}"',
  '"message":"{\\"data\\":{\\"jsonPayload\\":{\\"message\\":\\"x y\\",\\"a\\":1}}}"',
  '"msg":"{\\"a\\":\\"x\\",\\"n\\":true}"',
  '"log":"{\\"d\\":[1],\\"b\\":\\"x\\"}"',
  '"msg":"x"',
  '"log":7',
  '"status":"info"',
  '"level":"x"',
  '"status":3',
  '"ddtags":"a:1,env:prod"',
  '"ddtags":"team:x , c"',
  '"ddtags":"b\\u003a1"',
  '"ddtags":["a:1"]',
  '"ddtags":"a:1,b:x, c ,a:2"',
  '"ddtags":" d: x y ,,b.c:x, :x,a.b"',
  '"ddtags":"b:x:y"',
);
const member = fc.oneof(
  {
    arbitrary: fc.tuple(key, space, value).map((parts) => parts.join(":").replace(/: *:/, " :")),
    weight: 4,
  },
  { arbitrary: fc.tuple(key, value).map((parts) => parts.join(":")), weight: 6 },
  { arbitrary: known, weight: 3 },
);
const record = fc
  .tuple(fc.array(fc.tuple(space, member, space), { maxLength: 7 }), space)
  .map(([members, blank]) =>
    members.length === 0 ? `{${blank}}` : `{${members.map((parts) => parts.join("")).join(",")}}`,
  )
  .filter((text) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  });

const NAMES = ["a", "b", "c", "d", "n", "a.b", "b.c", "a.b.c", "service", "env", "service.name"];
const ODD_NAMES = ["", "x,y", "b:x", "d ", "ddtags"];
const name = fc.constantFrom(...NAMES, ...ODD_NAMES);
const selector: fc.Arbitrary<FieldSelector> = fc.oneof(
  { arbitrary: name.map((one) => attributeSelector("record", one)), weight: 6 },
  fc.constantFrom("body", "severity_text", "trace_id").map(fieldSelector),
  fc.constantFrom(
    attributeSelector("record", "a", "b"),
    attributeSelector("record", "a", "b", "c"),
    attributeSelector("record", "b", "c"),
    attributeSelector("resource", "a"),
  ),
);
const step = fc.record({
  selector,
  text: fc.constantFrom("", "x", 'q"\\\n', "é", "info", "1,2"),
  to: name,
  op: fc.constantFrom("set", "rewrite", "redact", "counting", "remove", "rename", "upsert"),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function doStep(editor: RecordEditor, { selector: at, text, to, op }: Step): boolean {
  const found = editor.find(at);
  const bytes = encodeUtf8(text);
  if (op === "set") return found.set(bytes);
  if (op === "rewrite") return found.rewrite(textChange(() => bytes));
  if (op === "counting")
    return found.rewrite(
      textChange(() => bytes),
      "counting",
    );
  if (op === "redact") {
    const redact = textChange((kind, old) =>
      kind === ValueKind.string && decodeUtf8(old).includes("x")
        ? encodeUtf8(decodeUtf8(old).replaceAll("x", text))
        : undefined,
    );
    return found.rewrite(redact);
  }
  return op === "remove" ? found.remove() : found.rename(encodeUtf8(to), op === "upsert");
}

test("patches and the tree say the same, and leave the same bytes", () => {
  const editor = new DatadogLogEditor();
  const tree = new DatadogTreeEditor();
  const rewriter = new Rewriter();
  fc.assert(
    fc.property(record, fc.array(step, { minLength: 1, maxLength: 5 }), (json, steps) => {
      const bytes = encodeUtf8(`[7,${json} ]`);
      const [start, end] = [3, bytes.length - 2];
      editor.open(bytes, start, end);
      tree.open(bytes, start, end);
      for (const one of steps) {
        const [mine, its] = [editor.find(one.selector), tree.find(one.selector)];
        expect(mine.kind).toBe(its.kind);
        if (its.kind === ValueKind.string) expect(decodeUtf8(mine.text)).toBe(decodeUtf8(its.text));
        expect(doStep(editor, one)).toBe(doStep(tree, one));
      }
      rewriter.open(bytes);
      if (editor.changed) editor.writeTo(rewriter, start, end);
      expect(decodeUtf8(rewriter.finish())).toBe(`[7,${decodeUtf8(tree.print())} ]`);
      rewriter.release();
      if (!tree.changed) expect(editor.changed).toBe(false);
    }),
    { numRuns: 4000 },
  );
});
