// `bun run torture [--seconds=60] [--seed=1] [--ends=kill|term|both]`: the tailer among writers
// that rotate, truncate and rewrite their files, while it is killed and restarted. Exits with 1
// when anything is missing, out of order, or twice without a kill.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildExecutable } from "./build.ts";
import { exitIfHelpIsAsked } from "./help.ts";
import { torture } from "./torture/torture.ts";

const args = process.argv.slice(2);
exitIfHelpIsAsked(args, import.meta.path);
const option = (name: string): string | undefined =>
  args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);

const folder = mkdtempSync(join(tmpdir(), "torture-"));
try {
  const executable =
    option("executable") ?? (await buildExecutable({ name: "edge-tail", outdir: folder })).path;
  const seed = Number(option("seed") ?? 1);
  const seconds = Number(option("seconds") ?? 60);
  const ends = (option("ends") ?? "both") as "kill" | "term" | "both";
  const own = join(folder, "run");
  const passed = args.filter((arg) => !/^--(?:seconds|seed|ends|executable)=/.test(arg));
  const report = await torture({ executable, folder: own, seconds, seed, ends, args: passed });
  const { said, missing, disordered, strange, ...rest } = report;
  console.log({
    seed,
    ends,
    ...rest,
    missing: missing.length,
    disordered: disordered.length,
    strange: strange.length,
  });
  for (const line of [...missing, ...disordered, ...strange].slice(0, 20)) console.log(line);
  if (said !== "") console.log(said.slice(0, 4000));
  const doubles = ends === "term" ? report.duplicates : 0;
  const faults = missing.length + disordered.length + doubles + report.failures.length;
  process.exitCode = faults === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
