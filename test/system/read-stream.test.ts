// Streams to one array: at the bound, over it, and with no copy where none is needed.

import { expect, test } from "bun:test";
import { joined, readAtMost } from "../../src/system/read-stream.ts";

const streamOf = (...pieces: number[][]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Uint8Array.from(piece));
      controller.close();
    },
  }).getReader();

test("all pieces become one array, up to the bound and no further", async () => {
  const read = (bytesMax: number) => readAtMost(streamOf([1, 2], [3]), bytesMax);
  expect([await read(4), await read(3), await read(2), await read(0)]).toEqual([
    Uint8Array.of(1, 2, 3),
    Uint8Array.of(1, 2, 3),
    undefined,
    undefined,
  ]);
  expect(await readAtMost(streamOf(), 0)).toEqual(new Uint8Array(0));
});

test("of a stream that is too long the rest is still to come", async () => {
  const reader = streamOf([1], [2], [3]);
  expect(await readAtMost(reader, 1)).toBeUndefined();
  expect(await reader.read()).toEqual({ done: false, value: Uint8Array.of(3) });
});

test("one piece is not copied", () => {
  const piece = Uint8Array.of(1);
  expect(joined([piece])).toBe(piece);
  expect(joined([piece, piece])).toEqual(Uint8Array.of(1, 1));
});
