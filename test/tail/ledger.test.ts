// What is on its way to the output, and what its answers mean for files.

import { expect, test } from "bun:test";
import { Ledger } from "../../src/tail/follow/ledger.ts";
import { Generation, newCounts, newSource } from "../../src/tail/read/generation.ts";

const NO_GUARD = { length: 0, crc: 0 };
const at = (offset: number) => ({ offset, isInsideLine: false, guard: NO_GUARD });

function file(inode: bigint): Generation {
  return new Generation(newSource(`${inode}`), { device: 1n, inode }, newCounts());
}

function ledgerOf() {
  const moved: string[] = [];
  const ledger = new Ledger(({ source, accepted }) =>
    moved.push(`${source.path} ${accepted.offset}`),
  );
  return { ledger, moved };
}

test("files move with the tickets that are accepted, in their order", () => {
  const { ledger, moved } = ledgerOf();
  const [a, b] = [file(1n), file(2n)];
  const tickets = [
    ledger.send(a, at(10), 1, 10),
    ledger.send(b, at(5), 2, 5),
    ledger.send(a, at(30), 3, 20),
  ];
  expect(tickets).toEqual([1, 2, 3]);
  ledger.accept(2);
  expect({ moved, pending: ledger.pending }).toEqual({ moved: ["1 10", "2 5"], pending: 1 });
  ledger.accept(3);
  expect(a.counts).toMatchObject({ forwardedLines: 4, forwardedBytes: 30, lostLines: 0 });
});

test("what nothing leaves of is done with when all before it is accepted", () => {
  const { ledger, moved } = ledgerOf();
  const a = file(1n);
  ledger.pass(a, at(3));
  ledger.send(a, at(10), 1, 7);
  ledger.pass(a, at(20));
  expect(moved).toEqual(["1 3"]);
  ledger.accept(1);
  expect(moved).toEqual(["1 3", "1 10", "1 20"]);
});

test("what the output gives up is lost and not forwarded", () => {
  const { ledger } = ledgerOf();
  const [a, b] = [file(1n), file(2n)];
  ledger.send(a, at(10), 2, 10);
  ledger.send(b, at(10), 2, 10);
  ledger.send(a, at(30), 2, 20);
  ledger.lose(a.source.id, 3, 20);
  ledger.accept(3);
  expect(a.counts).toMatchObject({
    forwardedLines: 1,
    forwardedBytes: 10,
    lostLines: 3,
    lostBytes: 20,
  });
  expect(b.counts).toMatchObject({ forwardedLines: 2, lostLines: 0 });
});

test("a ticket that was accepted before changes nothing", () => {
  const { ledger, moved } = ledgerOf();
  ledger.send(file(1n), at(10), 1, 10);
  ledger.accept(1);
  ledger.accept(1);
  expect(moved).toEqual(["1 10"]);
});

test("it is settled when nothing is on its way", async () => {
  const { ledger } = ledgerOf();
  await ledger.whenSettled();
  ledger.send(file(1n), at(10), 1, 10);
  let isSettled = false;
  const settled = ledger.whenSettled().then(() => (isSettled = true));
  await Promise.resolve();
  expect(isSettled).toBe(false);
  ledger.accept(1);
  await settled;
});
