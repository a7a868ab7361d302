// The beginning of a streamed body: what has come is kept, whatever comes behind it.

import { expect, test } from "bun:test";
import { earlyPieces } from "../../../src/server/http1/early-pieces.ts";

type Piece = { readonly done: boolean; readonly value?: Uint8Array };

/** Gives the pieces at once, and then does what `last` says. */
function readerOf(pieces: readonly Uint8Array[], last: () => Promise<Piece>) {
  const left = [...pieces];
  return {
    read: (): Promise<Piece> => {
      const value = left.shift();
      return value === undefined ? last() : Promise.resolve({ done: false, value });
    },
    cancel: () => Promise.resolve(),
  };
}

const PIECES = [Uint8Array.of(1), Uint8Array.of(2, 3)];

test("a body that ends at once is whole", async () => {
  const reader = readerOf(PIECES, () => Promise.resolve({ done: true }));
  const { bytes, isWhole } = await earlyPieces(reader);
  expect([[...bytes], isWhole]).toEqual([[1, 2, 3], true]);
});

test("a body that goes on later is begun", async () => {
  const reader = readerOf(PIECES, () => new Promise<Piece>(() => undefined));
  const { bytes, isWhole, next } = await earlyPieces(reader);
  expect([[...bytes], isWhole, next instanceof Promise]).toEqual([[1, 2, 3], false, true]);
});

for (const [what, pieces] of [
  ["behind its first pieces", PIECES],
  ["before its first piece", []],
] as const) {
  test(`a body that breaks off ${what} is begun all the same, and then breaks off`, async () => {
    const reader = readerOf(pieces, () => Promise.reject(new Error("broken")));
    const { bytes, isWhole, next } = await earlyPieces(reader);
    expect([bytes.length, isWhole]).toEqual([pieces.length === 0 ? 0 : 3, false]);
    expect(next).rejects.toThrow("broken");
  });
}
