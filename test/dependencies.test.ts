// What the project depends on is pinned, listed and used: versions, the architecture's tables, and
// the lock file.

import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { importsOf, isGenerated, packageOf, read, ROOT, walk } from "./support/source-tree.ts";

describe("dependencies", () => {
  const paths = walk("src", [], []).filter((path) => path.endsWith(".ts") && !isGenerated(path));
  const sources = paths.map(read);
  const manifest = JSON.parse(read("package.json").text) as Record<string, Record<string, string>>;
  const runtime = Object.entries(manifest["dependencies"]!);
  const all = [...runtime, ...Object.entries(manifest["devDependencies"]!)];

  test("every version is pinned exactly", () => {
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test("the architecture lists every dependency with its version", () => {
    const text = existsSync(join(ROOT, "ARCHITECTURE.md")) ? read("ARCHITECTURE.md").text : "";
    const rows = text.split("\n").filter((line) => line.startsWith("|"));
    const listed = ([name, version]: [string, string]): boolean =>
      rows.some((row) => row.includes(`\`${name}\``) && row.includes(version));
    expect(all.filter((one) => !listed(one)).map(([name]) => name)).toEqual([]);
  });

  test("every package that src imports is a runtime dependency", () => {
    const names = new Set(runtime.map(([name]) => name));
    const imported = sources
      .flatMap(({ text }) => importsOf(text))
      .map(({ specifier }) => packageOf(specifier))
      .filter((name) => !name.startsWith(".") && name !== "node:" && name !== "bun");
    expect([...new Set(imported)].filter((name) => !names.has(name))).toEqual([]);
  });

  test("the lock file names no host", () => {
    const found = read("bun.lock").lines.filter((line) => /https?:|:\/\//.test(line));
    expect(found).toEqual([]);
  });
});
