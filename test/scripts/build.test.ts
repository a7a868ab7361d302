// The command line of scripts/build.ts and what goes into an executable; that the result runs is
// for test/e2e.

import { describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  buildExecutable,
  compile,
  entryPoints,
  parseBuildOptions,
  START_PROFILE,
} from "../../scripts/build.ts";

const ROOT = resolve(import.meta.dir, "../..");

describe("parseBuildOptions", () => {
  const dist = join(ROOT, "dist");

  test("without arguments: every entry point, for this machine, into dist", () => {
    expect(parseBuildOptions([])).toEqual({
      names: entryPoints(),
      targets: [undefined],
      outdir: dist,
    });
  });

  test("takes names, several targets with and without bun- in front, and a folder", () => {
    const argv = ["edge", "edge-otlp", "--target=bun-linux-arm64,linux-x64-musl", "--outdir", "/a"];
    expect(parseBuildOptions([...argv, "--target", "darwin-arm64"])).toEqual({
      names: ["edge", "edge-otlp"],
      targets: ["linux-arm64", "linux-x64-musl", "darwin-arm64"],
      outdir: "/a",
    });
  });

  for (const [argv, message] of [
    [["--fast"], "--fast needs a value."],
    [["--fast=1"], "--fast is not an option; use --target or --outdir."],
    [["--target="], "--target needs a value."],
    [["edge", "--outdir"], "--outdir needs a value."],
  ] as const) {
    test(`rejects ${argv.join(" ")}`, () => {
      expect(() => parseBuildOptions(argv)).toThrow(new Error(message));
    });
  }
});

describe("entryPoints", () => {
  test("are the files edge.ts and edge-….ts of src", () => {
    const names = entryPoints();
    expect(names).toContain("edge");
    expect(names.filter((name) => !existsSync(join(ROOT, "src", `${name}.ts`)))).toEqual([]);
  });
});

describe("buildExecutable", () => {
  test("says which entry points there are when the name is none", async () => {
    const outdir = mkdtempSync(join(tmpdir(), "build-"));
    const failure = await buildExecutable({ name: "edgy", outdir }).catch(String);
    const names = entryPoints().join(", ");
    expect(failure).toBe(`Error: "edgy" is not an entry point; there are ${names}.`);
    rmSync(outdir, { recursive: true });
  });
});

test("a stack of a compiled program names the file and the line, with nothing beside it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "build-"));
  const text = [
    "function fall(depth: number): void {",
    '  if (depth === 0) throw new Error("at the bottom");',
    "  fall(depth - 1);",
    "}",
    "try {",
    "  fall(process.argv.length - 1);",
    "} catch (error) {",
    "  if (error instanceof Error) console.log(error.stack);",
    "}",
  ];
  writeFileSync(join(folder, "program.ts"), text.join("\n"));
  const out = join(folder, "out");
  mkdirSync(out);
  await compile(join(folder, "program.ts"), join(out, "program"));
  rmSync(join(folder, "program.ts"));
  expect(readdirSync(out)).toEqual(["program"]);
  const { stdout } = Bun.spawnSync([join(out, "program")], { cwd: folder });
  const lines = [...stdout.toString().matchAll(/program\.ts:(\d+)/g)].map(([, line]) => line);
  expect(lines).toEqual(["2", "3", "6"]);
  rmSync(folder, { recursive: true });
}, 60_000);

test("so does one of a part that is loaded when it is needed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "build-"));
  const part = [
    "// Loaded late.",
    "export function stack(): string {",
    '  return new Error("late").stack ?? "";',
    "}",
  ];
  writeFileSync(join(folder, "part.ts"), part.join("\n"));
  const text = 'const { stack } = await import("./part.ts");\nconsole.log(stack());\n';
  writeFileSync(join(folder, "program.ts"), text);
  const out = join(folder, "out");
  mkdirSync(out);
  await compile(join(folder, "program.ts"), join(out, "program"));
  rmSync(join(folder, "program.ts"));
  rmSync(join(folder, "part.ts"));
  expect(readdirSync(out)).toEqual(["program"]);
  const { stdout } = Bun.spawnSync([join(out, "program")], { cwd: folder });
  const places = [...stdout.toString().matchAll(/(\w+\.ts:\d+)/g)].map(([, place]) => place);
  expect(places).toEqual(["part.ts:3", "program.ts:2"]);
  rmSync(folder, { recursive: true });
}, 60_000);

test("the profile of the start names functions, each once, behind its version", () => {
  const [version, ...functions] = readFileSync(START_PROFILE, "utf8").trimEnd().split("\n");
  expect(version).toBe("v2");
  expect(functions.filter((line) => !/^[FMN] [0-9a-f]{16}$/.test(line))).toEqual([]);
  expect(functions.length).toBeGreaterThan(1000);
  expect(new Set(functions).size).toBe(functions.length);
});
