// Searches for what breaks a promise: `bun run fuzz NAME [options]`. A name is that of a target
// below test/fuzz/targets, `costs` or `tests` (files in scripts/fuzz), or `all`: every target in
// turn, then `costs`. Exits with 1 when something was found, and says how to see it again.

import { targetFiles } from "../test/fuzz/corpus.ts";
import { runGuided } from "./fuzz/guided/run.ts";
import { exitIfHelpIsAsked } from "./help.ts";

/** Searches of their own kind. */
const SEARCHES = ["costs", "tests"];

const [name = "all", ...args] = process.argv.slice(2);
const targets = [...targetFiles().keys()];
const names = `names: ${["all", ...SEARCHES, ...targets].join(", ")}`;
exitIfHelpIsAsked(process.argv.slice(2), import.meta.path, names);
process.exit(await searched(name));

async function searched(one: string): Promise<number> {
  if (one === "all") return all();
  if (targets.includes(one)) return runGuided(one, args);
  if (SEARCHES.includes(one)) {
    const search: unknown = await import(`./fuzz/${one}.ts`);
    // Each of these files exports run(args).
    return (search as { run: (args: readonly string[]) => number }).run(args);
  }
  console.error(`fuzz: no "${one}"; ${names}`);
  return 64;
}

/** Each in a program of its own, so that one that hangs or grows ends with it. */
function all(): number {
  let code = 0;
  for (const one of [...targets, "costs"]) {
    const { exitCode } = Bun.spawnSync([process.execPath, import.meta.path, one, ...args], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    code = Math.max(code, exitCode);
  }
  return code;
}
