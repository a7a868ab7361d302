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

/** What a thread loads before it does anything: static imports of values. */
function loadedBy(entry: string): Set<string> {
  const reached = new Set([entry]);
  for (const path of reached) {
    if (!path.startsWith("src/")) continue;
    const { text } = read(path);
    const dynamic = [...text.matchAll(/\bimport\(\s*"([^"]+)"/g)].map(([, specifier]) => specifier);
    for (const { specifier, typesOnly } of importsOf(text)) {
      if (typesOnly || dynamic.includes(specifier)) continue;
      const isOwn = specifier.startsWith(".");
      reached.add(isOwn ? normalize(join(dirname(path), specifier)) : specifier);
    }
  }
  return reached;
}

test("workers load neither the command line, nor schemas, nor what reads policies", () => {
  const loaded = loadedBy("src/edge.ts");
  const unneeded =
    /^(?:src\/(?:cli|providers)\/|src\/config\/schema|zod$|yaml$|re2-wasm|aws4fetch$)/;
  const found = [...loaded].filter((path) => unneeded.test(path));
  expect(found).toEqual(["src/providers/file/yaml-job-kind.ts"]);
  expect([...loaded]).toContain("src/runtime/proxy/serving.ts");
});

test("a proxy starts without what only some of them need, or only later", () => {
  const loaded = loadedBy("src/cli/program.ts");
  const later =
    /^(?:node:(?:http2?|tls|sqlite)|bun:(?:ffi|sqlite)|@bufbuild|aws4fetch|src\/(?:proto|tail|lambda)\/|src\/server\/grpc\/|src\/cli\/(?:lint|replay|suite|output)\/)/;
  expect([...loaded].filter((path) => later.test(path))).toEqual([]);
  expect([...loaded]).toContain("src/runtime/proxy/start-proxy.ts");
});
