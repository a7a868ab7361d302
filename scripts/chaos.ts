// `bun run chaos [--quick] [--seconds=60]`: faults at every door, and hostile clients beside
// honest ones, some three minutes; then docs/reliability.md. Exits with 1 when something was lost,
// came twice or took too long. `--quick` shows that it runs, and writes into dist/bench.

import { runAndKeep } from "./bench/report/keep.ts";
import { exitIfHelpIsAsked } from "./help.ts";

const LIMIT_SECONDS = 900;
const args = process.argv.slice(2);
exitIfHelpIsAsked(args, import.meta.path);
process.exitCode = await runAndKeep("chaos", "scripts/chaos/run.ts", args, LIMIT_SECONDS);
