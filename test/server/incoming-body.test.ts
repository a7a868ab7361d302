// What a body holds while it comes in small pieces: no more than them, and all of them.

import { expect, test } from "bun:test";
import { IncomingBody } from "../../src/server/incoming-body.ts";

/** As much as one read brings. */
const READ = Buffer.alloc(64 * 1024, "abc");

async function streamed(body: IncomingBody): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body.stream()) pieces.push(piece);
  return pieces;
}

test.each([1, 16, 17, 1024])("pieces of %d bytes do not keep what came with them", async (size) => {
  const body = new IncomingBody(-1, () => undefined);
  const reading = streamed(body);
  // The first is taken by who waits for it, the others wait.
  for (let i = 0; i < 50; i++) {
    await Promise.resolve();
    body.put(READ, i * size, (i + 1) * size);
  }
  body.end();
  const pieces = await reading;
  expect(Buffer.concat(pieces).equals(READ.subarray(0, 50 * size))).toBe(true);
  const held = new Set(pieces.map(({ buffer }) => buffer));
  expect(held.has(READ.buffer)).toBe(false);
});

test("large pieces are not copied", async () => {
  const body = new IncomingBody(-1, () => undefined);
  body.put(READ, 0, 2000);
  body.put(READ, 2000, 2001);
  body.put(READ, 2001, 5000);
  body.end();
  const pieces = await streamed(body);
  expect(pieces.map(({ length, buffer }) => [length, buffer === READ.buffer])).toEqual([
    [2000, true],
    [1, false],
    [2999, true],
  ]);
});

test.each([-1, 3000])(
  "small pieces among large ones are whole, in their order: %d",
  async (size) => {
    const body = new IncomingBody(size, () => undefined);
    const ends = [1, 2, 1500, 1501, 1503, 2999, 3000];
    for (const [i, end] of ends.entries()) body.put(READ, ends[i - 1] ?? 0, end);
    body.end();
    expect(Buffer.from(await body.whole()).equals(READ.subarray(0, 3000))).toBe(true);
  },
);
