// Prints docs/performance.md, docs/reliability.md and docs/plots anew from the newest file in
// bench/results, after a change of their words or of what is asked; runs write them by themselves.

import { resolve } from "node:path";
import { writePages } from "./bench/page/pages.ts";
import { newestResults } from "./bench/report/results.ts";

for (const path of writePages(newestResults(), resolve(import.meta.dir, ".."))) {
  console.log(`${path} written`);
}
