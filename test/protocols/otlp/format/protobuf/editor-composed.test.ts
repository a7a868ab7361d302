// The editor that patches an encoded record against the one that builds it anew: for any records
// and any run of edits, both say the same and leave the same bytes.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Rewriter } from "../../../../../src/core/rewriter.ts";
import { decodeUtf8, encodeUtf8 } from "../../../../../src/core/utf8.ts";
import {
  type FieldSelector,
  type RecordEditor,
  ValueKind,
} from "../../../../../src/policy/index.ts";
import { ComposedEditor } from "../../../../../src/protocols/otlp/format/protobuf/composed-editor.ts";
import {
  ProtobufRecordEditor,
  RECORD_LAYOUTS,
} from "../../../../../src/protocols/otlp/format/protobuf/index.ts";
import { bytes, concat, len, text } from "../../../../core/protobuf/pb.ts";
import { attributeSelector, fieldSelector } from "../../../../support/fake-evaluation.ts";
import { textChange } from "../../../../support/text-change.ts";
import { kv, map, str } from "./editing.ts";

const layout = RECORD_LAYOUTS.log;
const name = fc.constantFrom("a", "b", "c", "");
const any = fc.constantFrom(
  [str("x")],
  [str("")],
  [str("x".repeat(130))],
  [bytes(0x18, 7)],
  [bytes(0x10, 1)],
  [map(kv("a", str("in")))],
  [map(kv("b", bytes(0x18, 7)), kv("a", str("x".repeat(120))))],
  [map(kv("c", map(kv("b", str("x")), kv("a", str("x".repeat(90))))))],
  [map(kv("a", str("x")), kv("a", map()), kv("b", str("x")))],
  [map(kv("a", str("x")), len(1, bytes(0x0a, 9)))],
  [map(kv("a", str("x"))), map(kv("b", str("x")))],
  [len(7, bytes(1, 2))],
  [str("x"), str("y")],
  [str("x"), bytes(0x78, 1)],
  [],
  [bytes(0x0a, 9)],
);
const field = fc.oneof(
  {
    arbitrary: fc.tuple(name, any).map(([key, value]) => len(6, kv(key, ...value))),
    weight: 6,
  },
  any.map((value) => len(5, ...value)),
  fc.constantFrom("", "INFO", "x").map((one) => text(3, one)),
  fc.constantFrom(
    text(12, "event"),
    len(9, bytes(1, 2, 3)),
    bytes(0x10, 9),
    len(6, text(1, "a")),
    len(6, len(2, str("x")), text(1, "a")),
    len(6, kv("a", str("x")), len(2, str("y"))),
    len(6, bytes(0x0a, 9)),
    bytes(0x3a),
  ),
);
const record = fc.array(field, { maxLength: 6 }).map((fields) => concat(...fields));
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
const step = fc.record({
  selector,
  text: fc.constantFrom("", "x", "y".repeat(200), "00112233445566778899aabbccddeeff", "INFO"),
  to: name,
  op: fc.constantFrom("set", "rewrite", "redact", "remove", "rename", "upsert"),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function doStep(editor: RecordEditor, { selector: at, text: to, to: key, op }: Step): boolean {
  const found = editor.find(at);
  const put = encodeUtf8(to);
  if (op === "set") return found.set(put);
  if (op === "rewrite") return found.rewrite(textChange(() => put));
  if (op === "redact") {
    const redact = textChange((kind, old) =>
      kind === ValueKind.string && decodeUtf8(old).includes("x")
        ? encodeUtf8(decodeUtf8(old).replaceAll("x", to))
        : undefined,
    );
    return found.rewrite(redact);
  }
  return op === "remove" ? found.remove() : found.rename(encodeUtf8(key), op === "upsert");
}

test("patches and a message that is built anew come to the same", () => {
  const editor = new ProtobufRecordEditor(layout);
  const composed = new ComposedEditor(layout);
  const rewriter = new Rewriter();
  fc.assert(
    fc.property(record, fc.array(step, { minLength: 1, maxLength: 5 }), (message, steps) => {
      const input = concat(bytes(0xff, 0xff), message, bytes(0xff));
      const end = 2 + message.length;
      editor.open(layout, input, 2, end);
      composed.open(layout, input, 2, end);
      for (const one of steps) {
        const [mine, its] = [editor.find(one.selector), composed.find(one.selector)];
        expect(mine.kind).toBe(its.kind);
        expect(decodeUtf8(mine.text)).toBe(decodeUtf8(its.text));
        expect(doStep(editor, one)).toBe(doStep(composed, one));
      }
      const want = composed.bytes.slice(composed.start, composed.end);
      expect(editor.length).toBe(want.length);
      rewriter.open(input);
      if (editor.changed) editor.writeTo(rewriter, 2, end);
      expect<Uint8Array>(rewriter.finish()).toEqual(concat(bytes(0xff, 0xff), want, bytes(0xff)));
      rewriter.release();
      if (!composed.changed) expect(editor.changed).toBe(false);
    }),
    { numRuns: 4000 },
  );
});
