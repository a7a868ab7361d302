// The protobuf record editor against a model on decoded records, over random records and edits.

import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../../../src/core/utf8.ts";
import { RECORD_LAYOUTS } from "../../../../../src/protocols/otlp/format/protobuf/index.ts";
import {
  FIELDS_OF_SIGNAL,
  type Place,
  type Signal,
  ValueKind,
} from "../../../../../src/policy/index.ts";
import { LogRecordSchema } from "../../../../../src/proto/gen/opentelemetry/proto/logs/v1/logs_pb.ts";
import { attributePlace, fieldPlace } from "../../../../support/fake-evaluation.ts";
import { EditModel } from "./edit-model.ts";
import { open, result, set } from "./editing.ts";
import { KEYS, NoisyRequest } from "./noise.ts";
import { textChange } from "../../../../support/text-change.ts";

describe("several edits", () => {
  const places: fc.Arbitrary<Place> = fc.oneof(
    fc.constantFrom(...FIELDS_OF_SIGNAL.log).map(fieldPlace),
    fc
      .array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 3 })
      .map((path) => attributePlace("record", ...path)),
    fc.constant(attributePlace("resource", "a")),
  );
  const texts = fc.constantFrom("", "new", "ab".repeat(16), "AB".repeat(8), "x".repeat(200));
  const edits = fc.record({
    place: places,
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
        for (const { place, text: value, to, call } of list) {
          expect(editor.find(place).kind).toBe(model.kindAt(place));
          expect(decodeUtf8(editor.find(place).text)).toBe(model.textAt(place));
          const before = result(editor);
          let got = false;
          let want = false;
          if (call === "set") {
            got = set(place, value)(editor);
            want = model.setText(place, value);
          } else if (call === "rewrite") {
            const change = (old: string | undefined) => (old === "x" ? undefined : value);
            got = editor.find(place).rewrite(
              textChange((kind, old) => {
                const text = change(kind === ValueKind.string ? decodeUtf8(old) : undefined);
                return text === undefined ? undefined : encodeUtf8(text);
              }),
            );
            want = model.rewrite(place, change);
          } else if (call === "remove") {
            got = editor.find(place).remove();
            want = model.remove(place);
          } else if (call !== "look") {
            got = editor.find(place).rename(encodeUtf8(to), call === "upsert");
            want = model.rename(place, to, call === "upsert");
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
          for (const { place, text: value, to, call } of list) {
            void editor.find(place).text;
            if (call === "set") set(place, value)(editor);
            else if (call === "rewrite")
              editor.find(place).rewrite(textChange(() => encodeUtf8(value)));
            else if (call === "remove") editor.find(place).remove();
            else editor.find(place).rename(encodeUtf8(to), call === "upsert");
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
