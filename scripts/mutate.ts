// Which small changes of the engine no test notices: `bun run mutate [FOLDER or FILE …]`. Default:
// src/core and src/policy. All changes are Stryker's; which of them are tried is told by the seed.
//
// --mutants N: how many (200). --seconds N: none begins after that (1800). --seed N (1). --jobs N:
// at a time (2). --at ID: this one alone. --tests FOLDER or FILE: the tests that may notice them
// (those of the engine), several times if need be. What survives is printed; the score is the share
// of those that are noticed.

import { Glob } from "bun";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exitIfHelpIsAsked } from "./help.ts";
import type { Mutant } from "./mutate/instrument.ts";
import { coverageOf, type TestFile, type Verdict, verdictOn } from "./mutate/test-runs.ts";
import { Random } from "./random.ts";

const ROOT = join(import.meta.dirname, "..");
const FOLDER = join(ROOT, "dist/mutate");

exitIfHelpIsAsked(process.argv.slice(2), import.meta.path);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    mutants: { type: "string", default: "200" },
    seconds: { type: "string", default: "1800" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "2" },
    at: { type: "string" },
    tests: { type: "string", multiple: true, default: ["test/core", "test/policy"] },
  },
});
const places = positionals.length > 0 ? positionals : ["src/core", "src/policy"];
process.exitCode = await mutate(places);

async function mutate(wanted: readonly string[]): Promise<number> {
  const mutants = await instrumented(wanted.flatMap(sourcesIn));
  const tests = await testFiles();
  const endMs = performance.now() + Number(values.seconds) * 1000;
  const left = chosenOf(mutants).values();
  const results = new Map<Mutant, Verdict>();
  const lane = async (): Promise<void> => {
    for (const mutant of left) {
      if (performance.now() > endMs) return;
      const verdict = await verdictOn(mutant, tests, FOLDER);
      results.set(mutant, verdict);
      if (verdict === "unnoticed" || verdict === "not run") print(mutant, verdict);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, lane));
  summarize(results, mutants.length, wanted);
  return 0;
}

function sourcesIn(place: string): string[] {
  if (place.endsWith(".ts")) return [place];
  const files = [...new Glob(`${place}/**/*.ts`).scanSync(ROOT)];
  // Doors and bounds have nothing to change that a test could notice.
  return files.filter((file) => !/\/(?:index|limits)\.ts$|\/limits\//.test(file)).toSorted();
}

/** The program that makes the changes is made for Node. */
async function instrumented(files: readonly string[]): Promise<readonly Mutant[]> {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const { outputs } = await Bun.build({
    entrypoints: [join(import.meta.dirname, "mutate/instrument.ts")],
    target: "node",
    packages: "external",
  });
  const program = join(FOLDER, "instrument.mjs");
  writeFileSync(program, (await outputs[0]?.text()) ?? "");
  const { exitCode } = Bun.spawnSync(["node", program, FOLDER, ...files], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (exitCode !== 0) throw new Error("the sources could not be instrumented");
  return JSON.parse(readFileSync(join(FOLDER, "mutants.json"), "utf8")) as Mutant[];
}

async function testFiles(): Promise<readonly TestFile[]> {
  const paths = values.tests.flatMap((place) =>
    place.endsWith(".ts") ? [place] : [...new Glob(`${place}/**/*.test.ts`).scanSync(ROOT)],
  );
  const tests: TestFile[] = [];
  for (const path of paths.toSorted()) {
    const file = await coverageOf(path, FOLDER);
    if (file === undefined) console.error(`mutate: ${path} fails without any change; left out`);
    else tests.push(file);
  }
  console.log(`mutate: ${tests.length} test files, looked through for what they run over`);
  return tests;
}

function chosenOf(mutants: readonly Mutant[]): readonly Mutant[] {
  if (values.at !== undefined) return mutants.filter(({ id }) => id === values.at);
  const random = new Random(Number(values.seed));
  const left = [...mutants];
  const chosen: Mutant[] = [];
  while (left.length > 0 && chosen.length < Number(values.mutants)) {
    chosen.push(...left.splice(random.below(left.length), 1));
  }
  return chosen;
}

function print({ id, file, line, column, kind, replacement }: Mutant, verdict: Verdict): void {
  const source = readFileSync(join(ROOT, file), "utf8").split("\n")[line - 1]?.trim() ?? "";
  const instead = replacement.replaceAll(/\s+/g, " ").slice(0, 100);
  console.log(`${verdict} ${file}:${line}:${column} ${kind} (${id})\n  ${source}\n  → ${instead}`);
}

function summarize(
  results: ReadonlyMap<Mutant, Verdict>,
  all: number,
  wanted: readonly string[],
): void {
  for (const place of wanted) {
    const verdicts = [...results].filter(([{ file }]) => file.startsWith(place)).map(([, v]) => v);
    const count = (verdict: Verdict): number => verdicts.filter((one) => one === verdict).length;
    const noticed = count("noticed") + count("endless");
    const score = ((noticed / Math.max(1, verdicts.length)) * 100).toFixed(1);
    const rest = `${count("unnoticed")} unnoticed, ${count("not run")} not run over by any test`;
    console.log(`mutate ${place}: ${noticed} of ${verdicts.length} noticed (${score} %), ${rest}`);
  }
  console.log(`mutate: ${results.size} of ${all} changes tried, seed ${values.seed}`);
}
