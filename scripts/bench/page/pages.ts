// The pages that are made from results, by path from the root of the project: a test holds that the
// committed ones are those of the newest file.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Results } from "../report/results.ts";
import { performancePage } from "./performance.ts";
import { plotsOf } from "./plots.ts";
import { reliabilityPage } from "./reliability.ts";

export function pagesOf(results: Results): ReadonlyMap<string, string> {
  const plots = plotsOf(results).map(({ name, svg }) => [`docs/plots/${name}.svg`, svg] as const);
  return new Map([
    ["docs/performance.md", performancePage(results)],
    ["docs/reliability.md", reliabilityPage(results)],
    ...plots,
  ]);
}

/** Names what it wrote. */
export function writePages(results: Results, root: string): string[] {
  return [...pagesOf(results)].flatMap(([path, text]) => {
    const file = join(root, path);
    if (existsSync(file) && readFileSync(file, "utf8") === text) return [];
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return [file];
  });
}
