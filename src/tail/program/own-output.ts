// Tells which files are the program's own output: following one of them would never end.

import { type BigIntStats, fstatSync, statSync } from "node:fs";
import { keyOf } from "../read/generation.ts";

const STDOUT = 1;

/** Whether a file is, or was, the output; standard output may be a file as well. */
export function ownOutputTest(target: string): (key: string) => boolean {
  const keys = new Set<string>();
  return (key) => {
    const stats = target === "-" ? standardOutput() : atPath(target);
    if (stats !== undefined) keys.add(keyOf({ device: stats.dev, inode: stats.ino }));
    return keys.has(key);
  };
}

function standardOutput(): BigIntStats | undefined {
  try {
    return fstatSync(STDOUT, { bigint: true });
  } catch {
    // It was closed by whoever started the program.
    return undefined;
  }
}

function atPath(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}
