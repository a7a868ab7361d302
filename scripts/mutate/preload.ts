// Loaded before a test file: puts instrumented files in the place of their originals, and writes
// down which changes the tests ran over.
//
// EDGE_MUTATE_FOLDER: where those files are. EDGE_MUTATE_FILE: the one to replace, else all.
// EDGE_MUTATE_COVERAGE: where to write.

import { plugin } from "bun";
import { afterAll } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const {
  EDGE_MUTATE_FOLDER: folder = "",
  EDGE_MUTATE_FILE: only,
  EDGE_MUTATE_COVERAGE: coverage,
} = process.env;

plugin({
  name: "mutants",
  setup(build) {
    build.onLoad({ filter: /\/src\/(?:core|policy|regex)\/.*\.ts$/ }, ({ path }) => {
      const file = relative(ROOT, path);
      const replaced = join(folder, file);
      const isMeant = (only === undefined || only === file) && existsSync(replaced);
      return { contents: readFileSync(isMeant ? replaced : path, "utf8"), loader: "ts" };
    });
  },
});

if (coverage !== undefined) {
  afterAll(() => {
    const { __stryker__: seen } = globalThis as {
      __stryker__?: { mutantCoverage?: { static: Readonly<Record<string, number>> } };
    };
    writeFileSync(coverage, JSON.stringify(Object.keys(seen?.mutantCoverage?.static ?? {})));
  });
}
