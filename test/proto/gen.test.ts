// The generated code is what the .proto files say, and their numbers are the official ones.

import { describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dir, "../..");
const committed = join(root, "src/proto/gen");

function filesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

describe("scripts/gen.ts", () => {
  test("generates exactly the committed files", () => {
    const folder = mkdtempSync(join(tmpdir(), "edge-gen-"));
    try {
      const result = Bun.spawnSync([process.execPath, join(root, "scripts/gen.ts"), folder]);
      expect({ exitCode: result.exitCode, stderr: result.stderr.toString() }).toEqual({
        exitCode: 0,
        stderr: expect.any(String),
      });
      expect(filesIn(folder)).toEqual(filesIn(committed));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 30_000);
});
