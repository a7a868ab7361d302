// The board that a handler of fatal signals writes from.

import { expect, test } from "bun:test";
import { CRASH_TEXT_BYTES, CRASH_TEXTS_MAX } from "../../../src/core/limits.ts";
import { CrashBoard } from "../../../src/runtime/fatal/crash-board.ts";

test("texts of all places follow each other, in the order of the places", () => {
  const board = new CrashBoard();
  board.write(2, ["second"]);
  board.write(0, ["first", "of two lines"]);
  expect(board.text()).toBe("first\nof two lines\nsecond\n");
  board.write(0, []);
  expect(board.text()).toBe("second\n");
});

test("another thread's board on the same memory is the same", () => {
  const board = new CrashBoard();
  new CrashBoard(board.memory).write(1, ["from there"]);
  expect(board.text()).toBe("from there\n");
});

const line = (length: number): string => "x".repeat(length - 1);

test("a text that fills its place is whole, a larger one is cut at a line", () => {
  const board = new CrashBoard();
  board.write(0, [line(CRASH_TEXT_BYTES)]);
  board.write(1, ["next"]);
  expect(board.text()).toBe(`${line(CRASH_TEXT_BYTES)}\nnext\n`);
  board.write(0, ["kept", line(CRASH_TEXT_BYTES - 4)]);
  expect(board.text()).toBe("kept\nnext\n");
  board.write(0, [line(CRASH_TEXT_BYTES + 1)]);
  expect(board.text()).toBe("next\n");
});

test("places beyond the last are none", () => {
  const board = new CrashBoard();
  board.write(CRASH_TEXTS_MAX - 1, ["last"]);
  board.write(CRASH_TEXTS_MAX, ["none"]);
  expect(board.text()).toBe("last\n");
});
