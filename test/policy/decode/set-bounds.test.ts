// How much a set of policies may hold, and one policy of it, in JSON and in protobuf: at the bound
// all is read, and above it nothing of what is too much is.

import { describe, expect, test } from "bun:test";
import { AUTHORING, decodePolicySet, decodePolicySteps, WIRE } from "../../../src/policy/index.ts";
import { readSyncResponseSteps } from "../../../src/policy/wire/index.ts";
import { bytesField, tagOf, WireType } from "../../../src/core/protobuf/index.ts";
import { dropOf } from "../wire/policy-set.ts";

const LOG = tagOf(10, WireType.bytes);
const fieldOf = (field: number, ...parts: Uint8Array[]): Uint8Array =>
  bytesField(tagOf(field, WireType.bytes), ...parts);

function listOf(count: number): unknown[] {
  return Array.from({ length: count }, () => 1);
}

/** What reading a protobuf response gives, or why there is none. */
function read(body: Uint8Array): readonly (readonly string[])[] | string {
  const steps = readSyncResponseSteps(body, "application/protobuf", "protobuf");
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value.policies.map(({ errors }) => errors);
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe("policies of one set", () => {
  const many = "more than the 100000 that one provider may have";

  const layouts: readonly (readonly ["set" | "list", (items: readonly unknown[]) => unknown])[] = [
    ["set", (items: readonly unknown[]) => ({ policies: items })],
    ["list", (items: readonly unknown[]) => [{}, ...items.slice(1)]],
  ];
  test.each(layouts)(
    "a hundred thousand are read, one more makes it none: a %s",
    (layout, treeOf) => {
      const { policies, errors } = decodePolicySet(treeOf(listOf(100_000)), AUTHORING);
      expect([policies.length, errors]).toEqual([100_000, []]);
      expect(decodePolicySet(treeOf(listOf(100_001)), WIRE)).toEqual({
        policies: [],
        errors: [`holds 100001 policies, ${many}`],
        layout,
      });
    },
  );

  test("the same in protobuf, and of fields and bytes beside them", () => {
    const policy = fieldOf(1);
    const times = (count: number, field: Uint8Array) =>
      Buffer.concat(Array.from({ length: count }, () => field));
    expect(read(times(100_000, policy))).toHaveLength(100_000);
    expect(read(times(100_001, policy))).toBe(`holds policies, ${many}`);
    expect(read(times(10_000, fieldOf(90)))).toEqual([]);
    expect(read(times(10_001, fieldOf(90)))).toBe(
      "holds more than 10000 fields beside its policies",
    );
    expect(read(fieldOf(90, new Uint8Array(4_000_000)))).toEqual([]);
    expect(read(fieldOf(90, new Uint8Array(4_194_304)))).toBe(
      "holds more than 4194304 bytes beside its policies",
    );
  });
});

describe("values of one policy", () => {
  const good = dropOf("good") as Record<string, unknown>;
  // Itself, and the member that lists them.
  const policyOf = (values: number) => ({ id: "a", unknown: listOf(values - 3) });

  test("ten thousand are looked at, with one more it is inert, and others are not touched", () => {
    const errorsOf = (values: number) =>
      decodePolicySet({ policies: [policyOf(values), good] }, WIRE).policies.map(
        ({ id, errors }) => [id, errors],
      );
    const large = "policy: holds more than 10000 values; make several of it";
    expect(errorsOf(10_000)[0]?.[1]).not.toContain(large);
    expect(errorsOf(10_001)).toEqual([
      ["a", [large]],
      ["good", []],
    ]);
  });

  test("however deep, and in however many members", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    const wide = Object.fromEntries(listOf(100_000).map((one, i) => [`k${i}`, one]));
    const { policies } = decodePolicySet(
      [
        { id: "deep", log: deep },
        { id: "w", wide },
      ],
      WIRE,
    );
    expect(policies.map(({ id, errors }) => [id, errors.length])).toEqual([
      ["deep", 1],
      ["w", 1],
    ]);
  });

  test("a name of any length, and an id that is no text, are cut and left out", () => {
    const wide = listOf(10_000);
    const { policies } = decodePolicySet(
      [
        { id: "i".repeat(2000), wide },
        { id: 7, wide },
      ],
      WIRE,
    );
    expect(policies.map(({ id, name }) => [id.length, name])).toEqual([
      [1000, ""],
      [0, ""],
    ]);
  });

  test("a policy of more than 256 KiB of protobuf is inert, under its id", () => {
    const sizeOf = (bytes: number) =>
      fieldOf(1, fieldOf(1, new TextEncoder().encode("a")), bytesField(LOG, new Uint8Array(bytes)));
    const large = "policy: larger than 262144 bytes";
    expect(read(sizeOf(262_144 - 7))).not.toEqual([[large]]);
    expect(read(sizeOf(262_144 - 6))).toEqual([[large]]);
  });
});

test("of policies in protobuf with too many values nothing is kept but their ids", () => {
  const matchers = new Uint8Array(30_000).fill(0);
  for (let at = 0; at < matchers.length; at += 2) matchers[at] = 0x0a;
  const id = fieldOf(1, new TextEncoder().encode("a"));
  expect(read(fieldOf(1, id, bytesField(LOG, matchers)))).toEqual([
    ["policy: holds more than 10000 values; make several of it"],
  ]);
});

test("large policies are decoded one by one, small ones together", () => {
  const stepsOf = (policies: readonly unknown[]): number =>
    [...decodePolicySteps({ policies }, WIRE)].length;
  const large = Array.from({ length: 5 }, () => ({ id: "a", x: listOf(9000) }));
  expect(stepsOf(large)).toBe(5);
  expect(stepsOf(listOf(2048))).toBe(0);
  expect(stepsOf(listOf(2049))).toBe(1);
});
