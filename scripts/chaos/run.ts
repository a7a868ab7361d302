// The runs of `bun run chaos`; reports through `--json`. `faults`, `clients` or `hostile` as a
// word: only these.

import { LoadBench } from "../bench/load.ts";
import { Report } from "../bench/report/report.ts";
import { buildEdge } from "../doors/edge-under-test.ts";
import { atDoors } from "./at-doors.ts";
import { besideHostile } from "./beside-hostile.ts";
import { ofClients } from "./of-clients.ts";

const report = new Report(process.argv.slice(2));
const build = new LoadBench();
try {
  const executable = report.option("executable") ?? (await buildEdge(build.folder));
  if (report.wants("faults")) await atDoors(report, executable);
  if (report.wants("clients")) await ofClients(report, executable);
  if (report.wants("hostile")) await besideHostile(report, executable);
} finally {
  await build.close();
}
