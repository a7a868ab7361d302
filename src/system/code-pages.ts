// Releases those pages of the runtime's own code that only something rare needed: the start, whose
// pages are half of an idle program's resident memory, or a new set of policies. Code is backed by
// its file, so nothing is lost: the system keeps the pages in its cache and maps them again, some
// at a time, when they are used. Linux only.

import { readFileSync } from "node:fs";
import { openLibc } from "./libc.ts";

/** madvise(2): as if never touched. What was written would be lost, so it is for code only. */
const MADV_DONTNEED = 4;

/** Answers how many bytes were looked at; 0: nothing could be done. */
export function releaseCodePages(): number {
  const libc = openLibc();
  if (libc === undefined) return 0;
  let bytes = 0;
  for (const [start, end] of codeRanges(readFileSync("/proc/self/maps", "latin1"))) {
    if (libc.madvise(start, end - start, MADV_DONTNEED) === 0) bytes += Number(end - start);
  }
  return bytes;
}

/** Addresses of what `maps` of proc(5) says is code of this executable, which cannot be written. */
export function codeRanges(
  maps: string,
  executable: string = process.execPath,
): readonly (readonly [start: bigint, end: bigint])[] {
  return maps.split("\n").flatMap((line) => {
    const match = /^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ \S+ +(\/.*)$/.exec(line);
    if (match === null || match[3] !== executable) return [];
    return [[BigInt(`0x${match[1]}`), BigInt(`0x${match[2]}`)] as const];
  });
}
