// The protobuf record editor against a model on decoded records, over random records and edits.

import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../../../src/core/utf8.ts";
import { RECORD_LAYOUTS } from "../../../../../src/protocols/otlp/format/protobuf/index.ts";
import {
  FIELDS_OF_SIGNAL,
  type FieldSelector,
  type Signal,
  ValueKind,
} from "../../../../../src/policy/index.ts";
import { LogRecordSchema } from "../../../../../src/proto/gen/opentelemetry/proto/logs/v1/logs_pb.ts";
import { attributeSelector, fieldSelector } from "../../../../support/fake-evaluation.ts";
import { EditModel } from "./edit-model.ts";
import { open, result, set } from "./editing.ts";
import { KEYS, NoisyRequest } from "./noise.ts";
import { textChange } from "../../../../support/text-change.ts";

describe("several edits", () => {
  const places: fc.Arbitrary<FieldSelector> = fc.oneof(
    fc.constantFrom(...FIELDS_OF_SIGNAL.log).map(fieldSelector),
    fc
      .array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 3 })
      .map((path) => attributeSelector("record", ...path)),
    fc.constant(attributeSelector("resource", "a")),
  );
  const texts = fc.constantFrom("", "new", "ab".repeat(16), "AB".repeat(8), "x".repeat(200));
  const edits = fc.record({
    selector: places,
    text: texts,
    to: fc.constantFrom(...KEYS, "new"),
    call: fc.constantFrom("set", "rewrite", "remove", "rename", "upsert", "look"),
  });

  test("do to the bytes what they do to a decoded record", () => {
    const records = fc.integer().map((seed) => new NoisyRequest(seed, true).log());
    fc.assert(
      fc.property(records, fc.array(edits, { minLength: 1, maxLength: 6 }), (input, list) => {
        const record = fromBinary(LogRecordSchema, input);
        const model = new EditModel(record);
        const editor = open(input);
        for (const { selector, text: value, to, call } of list) {
          expect(editor.find(selector).kind).toBe(model.kindAt(selector));
          expect(decodeUtf8(editor.find(selector).text)).toBe(model.textAt(selector));
          const before = result(editor);
          let got = false;
          let want = false;
          if (call === "set") {
            got = set(selector, value)(editor);
            want = model.setText(selector, value);
          } else if (call === "rewrite") {
            const change = (old: string | undefined) => (old === "x" ? undefined : value);
            got = editor.find(selector).rewrite(
              textChange((kind, old) => {
                const text = change(kind === ValueKind.string ? decodeUtf8(old) : undefined);
                return text === undefined ? undefined : encodeUtf8(text);
              }),
            );
            want = model.rewrite(selector, change);
          } else if (call === "remove") {
            got = editor.find(selector).remove();
            want = model.remove(selector);
          } else if (call !== "look") {
            got = editor.find(selector).rename(encodeUtf8(to), call === "upsert");
            want = model.rename(selector, to, call === "upsert");
          }
          expect(got).toBe(want);
          if (!got) expect(toRecord(result(editor))).toEqual(toRecord(before));
        }
        expect(toRecord(result(editor))).toEqual(toBinary(LogRecordSchema, record));
        if (!editor.changed) expect(toRecord(input)).toEqual(toRecord(result(editor)));
      }),
      { numRuns: 600 },
    );
  });
  function toRecord(input: Uint8Array): Uint8Array {
    return toBinary(LogRecordSchema, fromBinary(LogRecordSchema, input));
  }

  test("of a message with random damage end, and throw nothing", () => {
    const signals: Signal[] = ["log", "trace"];
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    const records = fc.integer().map((seed) => new NoisyRequest(seed, true).log());
    fc.assert(
      fc.property(records, damage, fc.array(edits, { maxLength: 6 }), (input, places, list) => {
        for (const [at, byte] of places) if (input.length > 0) input[at % input.length] = byte;
        for (const signal of signals) {
          const editor = open(input, RECORD_LAYOUTS[signal]);
          for (const { selector, text: value, to, call } of list) {
            void editor.find(selector).text;
            if (call === "set") set(selector, value)(editor);
            else if (call === "rewrite")
              editor.find(selector).rewrite(textChange(() => encodeUtf8(value)));
            else if (call === "remove") editor.find(selector).remove();
            else editor.find(selector).rename(encodeUtf8(to), call === "upsert");
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
