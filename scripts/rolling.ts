// `bun run rolling [--replacements=20] [--executable=path]`: two instances behind nginx are
// replaced in turns, under load. Exits with 1 when a record was lost, refused or came twice.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildExecutable } from "./build.ts";
import { exitIfHelpIsAsked } from "./help.ts";
import { NGINX, rolling } from "./rolling/rolling.ts";

const args = process.argv.slice(2);
exitIfHelpIsAsked(args, import.meta.path);
const option = (name: string): string | undefined =>
  args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);

if (NGINX === null) {
  console.log("nginx is not installed (Debian package nginx)");
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "rolling-"));
try {
  const executable =
    option("executable") ?? (await buildExecutable({ name: "edge-otlp", outdir: folder })).path;
  const replacements = Number(option("replacements") ?? 20);
  const report = await rolling({ executable, replacements });
  const { failed, missing, twice, exits, ...counts } = report;
  const refused = Object.values(failed).reduce((sum, requests) => sum + requests, 0);
  console.log({ ...counts, refused, missing: missing.length, twice: twice.length });
  if (refused > 0) console.log(failed);
  const faults = refused + missing.length + twice.length + exits.length;
  process.exitCode = faults === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
