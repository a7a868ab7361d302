// Analyses of streams: `accuracy` (precision and recall of the top patterns of known streams),
// `memory` (ten million distinct lines, within the bound; --share=N for less), `cpu` (off and on by
// turns). Default: all.

import { accuracyOf } from "./analysis/accuracy.ts";
import { CORPORA, hasCorpora, linesOfCorpus } from "./analysis/corpora.ts";
import { cpu } from "./analysis/cpu.ts";
import { HDFS, linesOf, madeUp, OPENSSH } from "./analysis/known-streams.ts";
import { memory } from "./analysis/memory.ts";
import type { Report } from "./report/report.ts";

const LINES = 100_000;
const STREAMS = [
  ["HDFS (Loghub's templates)", HDFS],
  ["OpenSSH (Loghub's templates)", OPENSSH],
  ["40 made-up templates", madeUp(40, 1)],
  ["200 made-up templates", madeUp(200, 2)],
  ["1000 made-up templates", madeUp(1000, 3)],
] as const;

export async function run(report: Report): Promise<void> {
  if (report.wants("accuracy")) accuracy(report);
  if (report.wants("memory")) {
    await memory(report, report.amount(1, 0.002, "share"));
  }
  if (report.wants("cpu")) await cpu(report);
}

function accuracy(report: Report): void {
  const table = report.table("the top 20 patterns of a known stream", {
    precision: "%",
    recall: "%",
    "64 places: precision": "%",
    "64 places: recall": "%",
  });
  const lines = report.amount(LINES, 2000);
  const streams = [
    ...STREAMS.map(([title, weighted]) => [title, [...linesOf(weighted, lines, 5)]] as const),
    ...(hasCorpora ? CORPORA : []).map(
      (corpus) => [`${corpus} (Loki's corpus)`, linesOfCorpus(corpus)] as const,
    ),
  ];
  for (const [title, known] of streams) {
    const all = accuracyOf(known);
    const few = accuracyOf(known, 64);
    table.row(title, {
      precision: 100 * all.precision,
      recall: 100 * all.recall,
      "64 places: precision": 100 * few.precision,
      "64 places: recall": 100 * few.recall,
    });
  }
}
