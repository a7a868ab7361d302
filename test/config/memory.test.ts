// What bodies may hold, where nobody says how much.

import { expect, test } from "bun:test";
import { load } from "./support.ts";

const MIB = 1024 * 1024;

test("bodies hold a quarter of a small container's memory, and those that wait another", () => {
  const boundsOf = (memoryBytes: number, text?: string): readonly number[] => {
    const machine = { hostname: "h", addresses: [], memoryBytes };
    const { config } = load(text, {}, { machine });
    return [config.inflightBytesMax / MIB, config.waitingBytesMax / MIB];
  };
  expect(boundsOf(256 * MIB)).toEqual([64, 64]);
  expect(boundsOf(512 * MIB)).toEqual([128, 128]);
  expect(boundsOf(1024 * MIB)).toEqual([128, 256]);
  expect(boundsOf(Infinity)).toEqual([128, 1024]);
  expect(boundsOf(256 * MIB, `{"max_inflight_bytes":${200 * MIB}}`)).toEqual([200, 64]);
});
