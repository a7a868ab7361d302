// The reports that a handler of fatal signals writes from.

import { expect, test } from "bun:test";
import { CRASH_TEXT_BYTES, CRASH_TEXTS_MAX } from "../../../src/core/limits.ts";
import { ThreadReports } from "../../../src/runtime/fatal/thread-reports.ts";

test("texts of all slots follow each other, in the order of the slots", () => {
  const reports = new ThreadReports();
  reports.write(2, ["second"]);
  reports.write(0, ["first", "of two lines"]);
  expect(reports.text()).toBe("first\nof two lines\nsecond\n");
  reports.write(0, []);
  expect(reports.text()).toBe("second\n");
});

test("another thread's reports in the same memory is the same", () => {
  const reports = new ThreadReports();
  new ThreadReports(reports.memory).write(1, ["from there"]);
  expect(reports.text()).toBe("from there\n");
});

const line = (length: number): string => "x".repeat(length - 1);

test("a text that fills its slot is whole, a larger one is cut at a line", () => {
  const reports = new ThreadReports();
  reports.write(0, [line(CRASH_TEXT_BYTES)]);
  reports.write(1, ["next"]);
  expect(reports.text()).toBe(`${line(CRASH_TEXT_BYTES)}\nnext\n`);
  reports.write(0, ["kept", line(CRASH_TEXT_BYTES - 4)]);
  expect(reports.text()).toBe("kept\nnext\n");
  reports.write(0, [line(CRASH_TEXT_BYTES + 1)]);
  expect(reports.text()).toBe("next\n");
});

test("slots beyond the last are none", () => {
  const reports = new ThreadReports();
  reports.write(CRASH_TEXTS_MAX - 1, ["last"]);
  reports.write(CRASH_TEXTS_MAX, ["none"]);
  expect(reports.text()).toBe("last\n");
});
