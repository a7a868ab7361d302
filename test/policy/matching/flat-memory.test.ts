// Flat memory: what was written is read in the same order, by whoever has the memory.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { FlatReader, FlatWriter, sharedInts } from "../../../src/policy/matching/flat-memory.ts";

const part = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((int) => ({ kind: "int", int }) as const),
  fc
    .array(fc.integer({ min: -5, max: 5 }), { maxLength: 9 })
    .map((ints) => ({ kind: "ints", ints }) as const),
  fc.uint8Array({ maxLength: 9 }).map((bytes) => ({ kind: "bytes", bytes }) as const),
  fc
    .array(fc.double(), { maxLength: 5 })
    .map((doubles) => ({ kind: "doubles", doubles: Float64Array.from(doubles) }) as const),
);

test("is read as it was written, whatever stands before it", () => {
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const out = new FlatWriter();
      for (const one of parts) {
        if (one.kind === "int") out.int(one.int);
        else if (one.kind === "ints") out.ints(one.ints);
        else if (one.kind === "bytes") out.bytes(one.bytes);
        else out.doubles(one.doubles);
      }
      const from = new FlatReader(structuredClone(out.finish()));
      for (const one of parts) {
        if (one.kind === "int") expect(from.int()).toBe(one.int);
        else if (one.kind === "ints") expect(from.ints()).toEqual(Int32Array.from(one.ints));
        else if (one.kind === "bytes") expect(from.bytes()).toEqual(one.bytes);
        else expect(from.doubles()).toEqual(one.doubles);
      }
    }),
  );
});

test("large arrays in shared memory are not copied, small ones are", () => {
  const out = new FlatWriter();
  const [small, large] = [sharedInts(3).fill(1), sharedInts(100_000).fill(2)];
  out.ints(small);
  out.ints(large);
  out.ints(large, 70_000);
  const memory = out.finish();
  const from = new FlatReader(memory);
  expect(from.ints().buffer).toBe(memory.words.buffer);
  expect(from.ints().buffer).toBe(large.buffer);
  const part = from.ints();
  expect([part.length, part[0], part.buffer === large.buffer]).toEqual([70_000, 2, false]);
});

test("is read from any position", () => {
  const out = new FlatWriter();
  out.bytes(Uint8Array.of(1));
  const { position } = out;
  out.int(7);
  expect(new FlatReader(out.finish(), position).int()).toBe(7);
});
