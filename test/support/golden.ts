// Texts that are compared with files in test/cli/golden. EDGE_UPDATE_GOLDEN=1 writes them; what
// they then say is to be read before it is committed.

import { expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

const FOLDER = resolve(import.meta.dir, "../cli/golden");

export function expectGolden(name: string, text: string): void {
  const path = resolve(FOLDER, name);
  if (process.env["EDGE_UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(text).toBe(existsSync(path) ? readFileSync(path, "utf8") : "");
}
