// `bun run bench [NAME [words] [options]]`: one benchmark, one file each under scripts/bench; without
// a name all of them, each against its yardsticks, into bench/results and docs/performance.md.
// `--quick` shows that it runs. Figures of one run compare with each other, not with those of another
// machine or hour.

import { runAll } from "./bench/all.ts";
import { BENCHES, isBench, runBench } from "./bench/benches.ts";

const [first, ...args] = process.argv.slice(2);
if (first === undefined || first === "all" || first.startsWith("--")) {
  process.exitCode = await runAll(first?.startsWith("--") === true ? [first, ...args] : args);
} else if (isBench(first)) {
  await runBench(first, args);
} else {
  console.error(`bench: no benchmark "${first}"; there are: all, ${BENCHES.join(", ")}`);
  process.exit(64);
}
