// Every target keeps its promise on the inputs that it begins with and on those that are kept of
// searches; and the search itself finds what it looks for.

import { Glob } from "bun";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { bytesOfLine, lineOf, readCorpus, targetFiles, targetOf } from "./corpus.ts";
import { inputOf } from "./fuzz-target.ts";

const names = [...targetFiles().keys()];

describe.each(names)("%s", (name) => {
  test("keeps its promise on every input of its corpus", async () => {
    const target = await targetOf(name);
    const inputs = [...target.seeds.map(inputOf), ...readCorpus(name)];
    expect(inputs).not.toBeEmpty();
    const broken: string[] = [];
    for (const input of inputs) {
      try {
        await target.check(input.slice());
      } catch (error) {
        broken.push(`${lineOf(input)}: ${String(error)}`);
      }
    }
    expect(broken).toEqual([]);
  });
});

test("a line of a corpus stands for any bytes, and is printable", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect(bytesOfLine(lineOf(bytes))).toEqual(bytes);
  expect(lineOf(bytes)).toMatch(/^[ -~]+$/);
});

test("every corpus belongs to a target", () => {
  const files = [...new Glob("*.txt").scanSync(join(import.meta.dirname, "corpus"))];
  expect(files.filter((file) => !names.includes(file.slice(0, -4)))).toEqual([]);
});
