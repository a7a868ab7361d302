// `bun run bench [NAME [words] [options]]`: one benchmark, one file each under scripts/bench;
// without a name all of them, each against its yardsticks, into bench/results and
// docs/performance.md. `--quick` shows that it runs. Figures of one run compare with each other,
// not with those of another machine or hour.

import { join } from "node:path";
import { runAll } from "./bench/all.ts";
import { BENCHES, isBench, runBench } from "./bench/benches.ts";
import { exitIfHelpIsAsked } from "./help.ts";

const args = process.argv.slice(2);
const name = args.find((arg) => !arg.startsWith("--")) ?? "all";
const others = args.filter((arg) => arg !== name);
const names = `benchmarks: ${BENCHES.join(", ")}; \`bench NAME --help\` says what one takes`;
if (isBench(name)) exitIfHelpIsAsked(args, join(import.meta.dir, `bench/${name}.ts`));
else exitIfHelpIsAsked(args, import.meta.path, names);
if (name === "all") {
  process.exitCode = await runAll(others);
} else if (isBench(name)) {
  await runBench(name, others);
} else {
  console.error(`bench: no benchmark "${name}"; there are: all, ${BENCHES.join(", ")}`);
  process.exit(64);
}
