// Limits of reading attributes: how deep maps are followed, and keys and values at the borders of
// the shortest encoding.

import { describe, expect, test } from "bun:test";
import { MAP_DEPTH_MAX } from "../../../../../src/core/limits.ts";
import { otlpProtobufFormat } from "../../../../../src/protocols/otlp/format/protobuf/index.ts";
import type { FieldRef } from "../../../../../src/policy/index.ts";
import { concat, len, text } from "../../../../core/protobuf/pb.ts";
import { attributeRef, FakeEvaluation, refName } from "../../../../support/fake-evaluation.ts";

/** What is seen at `ref` of a log record with these fields. */
function seen(ref: FieldRef, ...fields: Uint8Array[]): unknown {
  const evaluation = new FakeEvaluation("log", [ref]);
  otlpProtobufFormat("log").filter(len(1, len(2, len(2, ...fields))), evaluation);
  return evaluation.records[0]![refName(ref)];
}

describe("an attribute", () => {
  test.each([
    ["as many maps as are followed", MAP_DEPTH_MAX, "leaf"],
    ["one map more", MAP_DEPTH_MAX + 1, undefined],
    ["far more maps", MAP_DEPTH_MAX * 5, undefined],
  ])("inside %s", (_name, maps, want) => {
    let value = text(1, "leaf");
    for (let i = 0; i < maps; i++) value = len(6, len(1, text(1, "k"), len(2, value)));
    const path = Array.from({ length: maps }, () => "k");
    expect(
      seen(attributeRef("record", "top", ...path), len(6, text(1, "top"), len(2, value))),
    ).toBe(want);
  });

  test.each([0, 1, 127, 128, 129, 16_383, 16_384, 70_000])("with a value of %d bytes", (size) => {
    const value = "v".repeat(size);
    const entry = len(6, text(1, "k"), len(2, text(1, value)));
    expect(seen(attributeRef("record", "k"), entry)).toBe(value);
    expect(seen(attributeRef("record", "K"), entry)).toBeUndefined();
  });

  test.each([0, 1, 127, 128, 20_000])("with a key of %d bytes", (size) => {
    const key = "k".repeat(size);
    const entry = len(6, text(1, key), len(2, text(1, "v")));
    expect(seen(attributeRef("record", key), entry)).toBe("v");
    expect(seen(attributeRef("record", `${key}k`), entry)).toBeUndefined();
  });

  test("whose key comes again behind the value has the last key", () => {
    const entry = len(6, text(1, "a"), len(2, text(1, "v")), text(1, "b"));
    expect(seen(attributeRef("record", "a"), entry)).toBeUndefined();
    expect(seen(attributeRef("record", "b"), entry)).toBe("v");
  });

  test("that comes twice in one record has both values", () => {
    const entry = (value: string): Uint8Array => len(6, text(1, "k"), len(2, text(1, value)));
    expect(seen(attributeRef("record", "k"), concat(entry("1"), text(3, "x"), entry("2")))).toEqual(
      ["1", "2"],
    );
  });
});
