// Which files inputs name.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileFinder } from "../../src/tail/find/find-files.ts";
import { excluder, parseInput } from "../../src/tail/find/patterns.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tail-"));
  for (const path of [
    "a.log",
    "b.log",
    ".dot.log",
    "a.log.1",
    "d/c.log",
    "d/e/x.log",
    "w[1].log",
  ]) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), "");
  }
});
afterEach(() => {
  chmodSync(join(folder, "d"), 0o700);
  rmSync(folder, { recursive: true });
});

async function find(inputs: readonly string[], excluded: readonly string[] = []) {
  const troubles: string[] = [];
  const finder = new FileFinder({
    inputs: inputs.map((input) => join(folder, input)),
    excluded,
    onTrouble: (path, reason) => troubles.push(`${path.slice(folder.length + 1)} ${reason}`),
  });
  const paths = (await finder.find()).map(({ path }) => path.slice(folder.length + 1)).sort();
  return { paths, troubles };
}

describe("a pattern", () => {
  const CASES: readonly [string, readonly string[]][] = [
    ["*.log", [".dot.log", "a.log", "b.log", "w[1].log"]],
    ["?.log", ["a.log", "b.log"]],
    ["[a]*", ["a.log", "a.log.1"]],
    ["{a,b}.log", ["a.log", "b.log"]],
    ["*/*.log", ["d/c.log"]],
    ["**/*.log", [".dot.log", "a.log", "b.log", "d/c.log", "d/e/x.log", "w[1].log"]],
    ["d/**/x.log", ["d/e/x.log"]],
    ["none/*.log", []],
    ["a.log/*", []],
  ];
  test.each(CASES)("%s", async (pattern, expected) => {
    expect(await find([pattern])).toEqual({ paths: [...expected], troubles: [] });
  });

  test("that is the name of a file is that file", async () => {
    expect((await find(["w[1].log"])).paths).toEqual(["w[1].log"]);
  });

  test("finds links to files, and what is in linked folders, once", async () => {
    symlinkSync("../a.log", join(folder, "d/link.log"));
    symlinkSync(".", join(folder, "d/circle"));
    expect((await find(["d/*.log"])).paths).toEqual(["d/c.log", "d/link.log"]);
    expect((await find(["d/*/*.log"])).paths).toContain("d/e/x.log");
  });

  test("finds no folders", async () => {
    expect((await find(["*"])).paths).not.toContain("d");
  });
});

test("a path is followed whether it exists or not, and whatever is excluded", async () => {
  expect((await find(["not-yet.log", "a.log"], ["*.log"])).paths).toEqual(["a.log", "not-yet.log"]);
});

test("what several inputs name is one file", async () => {
  expect((await find(["a.log", "*.log", "a.*"])).paths).toEqual([
    ".dot.log",
    "a.log",
    "a.log.1",
    "b.log",
    "w[1].log",
  ]);
});

test("an excluded pattern is held against the name, or with a slash against the path", async () => {
  expect((await find(["**/*.log"], ["[wx]*", "**/d/c.log", ".*"])).paths).toEqual([
    "a.log",
    "b.log",
  ]);
  const isExcluded = excluder(["*.gz", "/var/log/a/*", "rel/*"]);
  const paths = ["x.gz", "/y/x.gz", "x.gz.1", "/var/log/a/x", "/var/log/b/x", "rel/x"];
  expect(paths.map(isExcluded)).toEqual([true, true, false, true, false, true]);
});

test.skipIf(process.getuid?.() === 0)("a folder that may not be read hides nothing", async () => {
  chmodSync(join(folder, "d"), 0o000);
  const { paths, troubles } = await find(["**/*.log"]);
  expect(paths).toEqual([".dot.log", "a.log", "b.log", "w[1].log"]);
  expect(troubles).toEqual(["d EACCES"]);
});

test("the folder of a pattern is where its first wildcard is", () => {
  const none = (): boolean => false;
  const parsed = ["/a/b*/c", "*.log", "./*.log", "/*", "a/**"].map((text) => {
    const input = parseInput(text, none);
    return input.kind === "pattern" ? [input.folder, input.rest] : [];
  });
  expect(parsed).toEqual([
    ["/a", "b*/c"],
    [".", "*.log"],
    [".", "*.log"],
    ["/", "*"],
    ["a", "**"],
  ]);
});
