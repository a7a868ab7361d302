// The walks of ARCHITECTURE.md: each file of a walk is connected with one before it, which calls it
// or was called by it.

import { expect, test } from "bun:test";
import { dirname, join, normalize } from "node:path";
import { importsOf, read } from "./support/source-tree.ts";

/** Files by the heading of their walk, in order. */
function walks(): Map<string, string[]> {
  const { text } = read("ARCHITECTURE.md");
  const [, part = ""] = /^## Three walks\n([\s\S]*?)^## /m.exec(text) ?? [];
  const sections = part.split(/^### /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [heading = ""] = section.split("\n");
      return [heading, [...section.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, path]) => path!)];
    }),
  );
}

const imports = new Map<string, ReadonlySet<string>>();

/** What a file imports, and what comes to it through an index. */
function importedBy(path: string): ReadonlySet<string> {
  let found = imports.get(path);
  if (found === undefined) {
    const own = importsOf(read(path).text)
      .filter(({ specifier }) => specifier.startsWith("."))
      .map(({ specifier }) => normalize(join(dirname(path), specifier)));
    const doors = own.filter((one) => one.endsWith("/index.ts"));
    found = new Set([...own, ...doors.flatMap((door) => [...importedBy(door)])]);
    imports.set(path, found);
  }
  return found;
}

/** What says how things are used that are passed from one folder to another. */
const PORT = /-port\.ts$|^src\/(?:protocols\/protocol|pipeline\/upstream)\.ts$/;

/** One imports the other, or both know the port by which one of them is passed to the other. */
function areConnected(one: string, other: string): boolean {
  if (importedBy(one).has(other) || importedBy(other).has(one)) return true;
  const theirs = importedBy(other);
  return [...importedBy(one)].some((path) => PORT.test(path) && theirs.has(path));
}

test("there are three walks, each of them through several folders", () => {
  const found = [...walks()].map(([heading, files]) => [heading, files.length > 5]);
  expect(found).toEqual([
    ["One log record of an OTLP request in JSON", true],
    ["One line of a scrape", true],
    ["One policy of a file", true],
  ]);
});

for (const [heading, files] of walks()) {
  test(`${heading}: each file is connected with one before it`, () => {
    const lost = files.filter(
      (path, at) => at > 0 && !files.slice(0, at).some((before) => areConnected(before, path)),
    );
    expect(lost).toEqual([]);
  });
}

test("the check sees files that have nothing to do with each other", () => {
  expect(areConnected("src/upstream/http1/connection.ts", "src/policy/compile/access.ts")).toBe(
    false,
  );
  expect(areConnected("src/server/router.ts", "src/server/server.ts")).toBe(true);
});
