// `bun run soak [--minutes=10] [--quick]`: mixed traffic through all doors at half of what they
// bear, policies replaced every second, a backend that fails at random, workers that end; then
// docs/reliability.md with its plot. Exits with 1 when memory grew, or the counters do not add up.

import { runAndKeep } from "./bench/report/keep.ts";
import { Report } from "./bench/report/report.ts";
import { exitIfHelpIsAsked } from "./help.ts";

const MARGIN_SECONDS = 120;
const args = process.argv.slice(2);
exitIfHelpIsAsked(args, import.meta.path);
const seconds = new Report(args).amount(10, 1, "minutes") * 60 + MARGIN_SECONDS;
process.exitCode = await runAndKeep("soak", "scripts/soak/run.ts", args, seconds);
