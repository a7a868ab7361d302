// What the life of a program loads, whatever the program does.

import { expect, test } from "bun:test";
import { dirname, join, normalize } from "node:path";
import { importsOf, read } from "../support/source-tree.ts";

test("a program's life, and what judges records in it, load no server and no HTTP", () => {
  const reached = new Set(["src/runtime/program.ts", "src/runtime/policy-runtime.ts"]);
  const packages = new Set<string>();
  for (const path of reached) {
    for (const { specifier, typesOnly } of importsOf(read(path).text)) {
      if (typesOnly) continue;
      if (specifier.startsWith(".")) reached.add(normalize(join(dirname(path), specifier)));
      else packages.add(specifier);
    }
  }
  const doors = /^src\/(?:server|admin|pipeline|upstream|tail|lambda|runtime\/proxy)\//;
  expect([...reached].filter((path) => doors.test(path))).toEqual([]);
  expect([...packages]).not.toContain("hono");
  expect([...reached]).toContain("src/policy/engine.ts");
});
