// What .ci/run makes of the outcomes of its steps: the last line and the exit code. The steps are
// stand-ins, so that nothing is installed.

import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const SCRIPT = resolve(import.meta.dir, "../../.ci/run");
const folder = mkdtempSync(join(tmpdir(), "ci-run-"));
afterAll(() => rmSync(folder, { recursive: true }));

mkdirSync(join(folder, ".ci"));
mkdirSync(join(folder, "bin"));
copyFileSync(SCRIPT, join(folder, ".ci/run"));
chmodSync(join(folder, ".ci/run"), 0o755);
const npx = join(folder, "bin/npx");
writeFileSync(
  npx,
  `#!/bin/sh
case "$*" in
  *install*) exit "$INSTALL" ;;
  *check) exit "$CHECK" ;;
  *test) printf '%s\\n' "$OUTPUT"; exit "$TEST" ;;
esac
exit 99
`,
);
chmodSync(npx, 0o755);
// Never the system's package manager, whatever is missing on this machine.
for (const program of ["apt-get", "git", "curl", "prometheus"]) {
  writeFileSync(join(folder, "bin", program), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
}

interface Steps {
  readonly output?: string;
  readonly install?: number;
  readonly check?: number;
  readonly test?: number;
}

/** Last line and exit code. */
function run({ output = "", install = 0, check = 0, test: tests = 0 }: Steps): [string, number] {
  const result = Bun.spawnSync([join(folder, ".ci/run")], {
    env: {
      PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
      OUTPUT: output,
      INSTALL: String(install),
      CHECK: String(check),
      TEST: String(tests),
    },
  });
  return [result.stdout.toString().trimEnd().split("\n").at(-1)!, result.exitCode];
}

describe(".ci/run ends with", () => {
  const cases: readonly (readonly [string, Steps, readonly [string, number]])[] = [
    ["0 when all passed", { output: " 12 pass\n 0 fail" }, ["12 passed, 0 failed", 0]],
    [
      "those that ran, when some were skipped",
      { output: " 12 pass\n 3 skip\n 0 fail" },
      ["12 passed, 0 failed", 0],
    ],
    ["1 when a test failed", { output: " 12 pass\n 2 fail", test: 1 }, ["12 passed, 2 failed", 1]],
    [
      "1 when the run failed without a failed test",
      { output: " 12 pass\n 0 fail\n 1 error", test: 1 },
      ["12 passed, 1 failed", 1],
    ],
    [
      "1 when a check failed",
      { output: " 12 pass\n 0 fail", check: 1 },
      ["12 passed, 1 failed", 1],
    ],
    ["1 when no test ran", { output: " 0 pass\n 0 fail" }, ["0 passed, 1 failed", 1]],
    ["1 when there is no output", {}, ["0 passed, 1 failed", 1]],
    ["1 when packages cannot be installed", { install: 1 }, ["0 passed, 1 failed", 1]],
    [
      "counts of the last lines, not of what tests print",
      { output: ` 5 pass\n 5 fail${"\n(pass) one".repeat(10)}\n 12 pass\n 0 fail` },
      ["12 passed, 0 failed", 0],
    ],
  ];
  for (const [name, steps, want] of cases) {
    test(name, () => expect(run(steps)).toEqual([...want]));
  }
});
