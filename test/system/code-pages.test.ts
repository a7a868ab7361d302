// Pages of code are given back, and of nothing else.

import { expect, test } from "bun:test";
import { codeRanges, releaseCodePages } from "../../src/system/code-pages.ts";
import { residentCodeKb } from "./resident-code.ts";

test("code is what is mapped from the executable and can be run, but not written", () => {
  const maps = `00200000-01a37000 r--p 00000000 fe:00 1234   /opt/edge
01a38000-05a3b000 r-xp 01838000 fe:00 1234   /opt/edge
05a3c000-06040000 rwxp 0583b000 fe:00 1234   /opt/edge
06041000-06a00000 rw-p 06041000 fe:00 1234   /opt/edge
7f0000000000-7f0000001000 r-xp 00000000 00:00 0
7f0000002000-7f0000003000 r-xp 00000000 fe:00 1235   /opt/edge-other
7f0000004000-7f0000005000 r-xp 00001000 fe:00 1236   /usr/lib/libc.so.6
ffffffffff600000-ffffffffff601000 r-xp 00000000 00:00 0   [vsyscall]
`;
  expect(codeRanges(maps, "/opt/edge")).toEqual([[0x1a38000n, 0x5a3b000n]]);
});

test("an executable that is not there any more is left alone", () => {
  const maps = "01a38000-05a3b000 r-xp 01838000 fe:00 1234   /opt/edge (deleted)\n";
  expect(codeRanges(maps, "/opt/edge")).toEqual([]);
});

const isLinux = process.platform === "linux";
const why = isLinux ? "" : " (skipped: no Linux)";

test.skipIf(!isLinux)(`less code is resident, and the program runs on${why}`, () => {
  const before = residentCodeKb("self", process.execPath);
  expect(releaseCodePages()).toBeGreaterThan(1_000_000);
  expect(residentCodeKb("self", process.execPath)).toBeLessThan(before / 2);
  expect(JSON.parse(`{"a":[${"1,".repeat(1000)}2]}`).a.length).toBe(1001);
});
