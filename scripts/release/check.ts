// `bun run release:check`: tries all of a release that this machine has the tools for, and says of
// the rest why it was skipped. Slow, and no part of the tests. Ends with 1 when something failed.
// --install: Go's and Python's tools are fetched first. --write: renders deploy/kubernetes anew.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CHART_CHECKS } from "./chart.ts";
import { DEPLOY_CHECKS } from "./deploy.ts";
import { EXECUTABLE_CHECKS } from "./executables.ts";
import { PLAYGROUND_CHECKS } from "./playground.ts";
import { type Check, type CheckContext, install, SkipError } from "./tools.ts";

const ROOT = resolve(import.meta.dir, "../..");
const CHECKS: readonly Check[] = [
  ...CHART_CHECKS,
  ...DEPLOY_CHECKS,
  ...EXECUTABLE_CHECKS,
  ...PLAYGROUND_CHECKS,
];

async function outcomeOf({ run }: Check, context: CheckContext): Promise<[string, string]> {
  try {
    return ["ok", (await run(context)) ?? ""];
  } catch (error) {
    if (error instanceof SkipError) return ["skipped", error.message];
    return ["FAILED", error instanceof Error ? error.message : String(error)];
  }
}

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.find((word) => !["--install", "--write"].includes(word));
  if (unknown !== undefined) throw new Error(`${unknown}: use --install or --write.`);
  if (args.includes("--install")) install();
  const folder = mkdtempSync(join(tmpdir(), "edge-release-"));
  const counts = new Map<string, number>();
  try {
    for (const check of CHECKS) {
      const context = { root: ROOT, folder, isWriting: args.includes("--write") };
      const [outcome, words] = await outcomeOf(check, context);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      console.log(`${outcome}  ${check.name}${words === "" ? "" : `: ${words}`}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const of = (outcome: string): number => counts.get(outcome) ?? 0;
  console.log(`${of("ok")} ok, ${of("skipped")} skipped, ${of("FAILED")} failed`);
  return of("FAILED") === 0 && of("ok") > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
