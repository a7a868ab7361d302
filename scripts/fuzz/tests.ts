// The fuzz tests of the suite, again and again, with other random inputs each time:
// `bun run fuzz tests [--seconds N]` (default 300). Stops at the first failure; the seed and the
// path that fast-check prints show it again.

import { Glob } from "bun";
import { readFileSync } from "node:fs";

const SECONDS_DEFAULT = 300;

export function run(args: readonly string[]): number {
  const at = args.indexOf("--seconds");
  const seconds = at < 0 ? SECONDS_DEFAULT : Number(args[at + 1]);
  const files = [...new Glob("test/**/*.test.ts").scanSync()].filter(usesFastCheck).toSorted();
  const untilMs = Date.now() + seconds * 1000;
  let rounds = 0;
  do {
    const { exitCode } = Bun.spawnSync(
      [process.execPath, "test", "--parallel=2", "--timeout=120000", "--only-failures", ...files],
      {
        env: { ...process.env, EDGE_FUZZ_SEED: "random" },
        stdio: ["ignore", "inherit", "inherit"],
      },
    );
    if (exitCode !== 0) return 1;
    rounds++;
  } while (Date.now() < untilMs);
  console.log(`${files.length} files, ${rounds} rounds: nothing found`);
  return 0;
}

function usesFastCheck(path: string): boolean {
  return readFileSync(path, "utf8").includes('from "fast-check"');
}
