// How long others wait for the longest step of filtering one large body, in shapes that are hard to
// cut into steps: one huge record, one huge member, what belongs to a list written behind it; and
// every edit, of one record in every such shape.
//
// `--only=TEXT`: the shapes whose titles have the text in them. `--each`: every edit by itself.

import type { Report } from "./report/report.ts";
import { DATADOG } from "./steps/datadog.ts";
import { EDITED, EDITS } from "./steps/edited.ts";
import { evaluationOf, longestStep } from "./steps/longest.ts";
import { LOKI } from "./steps/loki.ts";
import { OTLP_JSON } from "./steps/otlp-json.ts";
import { EXPOSITIONS, longestScrape } from "./steps/scrapes.ts";
import { OTLP_PROTOBUF } from "./steps/otlp-protobuf.ts";
import type { Shape } from "./steps/shape.ts";

const MIB = 1024 * 1024;
const ROUNDS = 2;
const SHAPES: readonly Shape[] = [...OTLP_JSON, ...OTLP_PROTOBUF, ...LOKI, ...DATADOG];

export function run(report: Report): Promise<void> {
  shapes(report);
  scrapes(report);
  edits(report);
  return Promise.resolve();
}

function shapes(report: Report): void {
  const only = report.option("only") ?? "";
  const table = report.table("the longest step of one body", {
    "32 MiB": "ms",
    "32 MiB, all": "ms",
    "64 MiB": "ms",
    "64 MiB, all": "ms",
  });
  const rounds = report.amount(ROUNDS, 1, "rounds");
  const mib = report.amount(1, 1 / 16) * MIB;
  for (const shape of SHAPES.filter(({ title }) => title.includes(only))) {
    const measured = (size: number): [number, number] =>
      longestStep(shape, shape.body(size), evaluationOf(shape), rounds);
    const [half, halfAll] = measured(32 * mib);
    const [whole, wholeAll] = measured(64 * mib);
    table.row(shape.title, {
      "32 MiB": half,
      "32 MiB, all": halfAll,
      "64 MiB": whole,
      "64 MiB, all": wholeAll,
    });
  }
}

function scrapes(report: Report): void {
  const only = report.option("only") ?? "";
  const table = report.table("the longest step of one scrape", {
    "64 MiB": "ms",
    "64 MiB, all": "ms",
  });
  const rounds = report.amount(ROUNDS, 1, "rounds");
  const bytes = 64 * report.amount(1, 1 / 16) * MIB;
  for (const exposition of EXPOSITIONS.filter(({ title }) => title.includes(only))) {
    const all = Array.from({ length: rounds }, () => longestScrape(exposition, bytes));
    const [longest, whole] = all.reduce((best, one) => (one[0] < best[0] ? one : best));
    table.row(exposition.title, { "64 MiB": longest, "64 MiB, all": whole });
  }
}

function edits(report: Report): void {
  const only = report.option("only") ?? "";
  const table = report.table("the longest step of one record, edited", {
    "64 MiB": "ms",
    "which edit": "text",
  });
  const rounds = report.amount(ROUNDS, 1, "rounds");
  const mib = report.amount(1, 1 / 64) * MIB;
  for (const shape of EDITED.filter(({ title }) => title.includes(only))) {
    const bytes = shape.body(64 * mib);
    const { unreadable } = shape.format.filter(bytes, evaluationOf({}));
    if (unreadable > 0)
      report.fault(`${shape.title}: its record is not read, so nothing is measured`);
    let worst: [number, string] = [0, ""];
    for (const [edit, transform] of Object.entries(EDITS)) {
      const policy = { match: shape.match, keep: "all", transform: transform(shape) };
      const [ms] = longestStep(shape, bytes, evaluationOf({ policy }), rounds);
      if (report.option("each") !== undefined) console.log(shape.title, edit, ms.toFixed(0));
      if (ms > worst[0]) worst = [ms, edit];
    }
    table.row(shape.title, { "64 MiB": worst[0], "which edit": worst[1] });
  }
}
