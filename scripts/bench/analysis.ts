// Analyses of streams: `accuracy` (precision and recall of the top patterns of known streams),
// `memory` (ten million distinct lines, within the bound or exit code 1; --share N for less), `cpu`
// (off and on by turns; --payloads FILE). Default: accuracy.

import { accuracyOf } from "./analysis/accuracy.ts";
import { cpu } from "./analysis/cpu.ts";
import { HDFS, linesOf, madeUp, OPENSSH } from "./analysis/known-streams.ts";
import { memory } from "./analysis/memory.ts";
import { printTable } from "./measure.ts";

const LINES = 100_000;
const STREAMS = [
  ["HDFS (Loghub's templates)", HDFS],
  ["OpenSSH (Loghub's templates)", OPENSSH],
  ["40 made-up templates", madeUp(40, 1)],
  ["200 made-up templates", madeUp(200, 2)],
  ["1000 made-up templates", madeUp(1000, 3)],
] as const;

export async function run(args: readonly string[]): Promise<void> {
  if (args.includes("memory")) {
    const at = args.indexOf("--share");
    await memory(at < 0 ? 1 : Number(args[at + 1]));
  } else if (args.includes("cpu")) await cpu(args);
  else accuracy();
}

function accuracy(): void {
  const rows = STREAMS.map(([title, weighted]) => {
    const all = accuracyOf(linesOf(weighted, LINES, 5));
    const few = accuracyOf(linesOf(weighted, LINES, 5), 64);
    const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
    return [title, ...[all, few].flatMap((of) => [percent(of.precision), percent(of.recall)])];
  });
  printTable(["stream", "precision", "recall", "with 64 places: precision", "recall"], rows);
}
