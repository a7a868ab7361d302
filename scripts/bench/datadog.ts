// Datadog logs: bytes in to decision out on one core, for sets of 10, 1,000 and 10,000 policies,
// each shape of records. `bun run bench datadog [SHAPE …] [--size=1MB]`.

import { datadogLogsFormat } from "../../src/protocols/datadog/format/index.ts";
import {
  AUTHORING,
  createEngine,
  decodePolicySet,
  type Evaluation,
} from "../../src/policy/index.ts";
import { createRegexValidator } from "../../src/re2/index.ts";
import { datadogBody, type Generated, policyFile } from "../payloads/index.ts";
import { inTurns } from "./measure.ts";
import type { Report, Table } from "./report/report.ts";

const COUNTS = [10, 1000, 10_000] as const;
/** Of each figure, beside as long a warm-up. */
const MEASURE_MS = 500;
const SIZES = [
  ["1MB", 1_000_000],
  ["5MB", 5_000_000],
] as const;
const SHAPES = ["mixed", "plain", "extras", "nested", "wrapped"] as const;

/** The evaluation of a generated set of policies of this size. */
function evaluationOf(count: number): Evaluation {
  const tree: unknown = JSON.parse(policyFile(count, { flavor: "datadog" }).toString());
  const engine = createEngine({
    validateRegex: createRegexValidator(),
    nowMs: () => performance.now(),
    random: Math.random,
  });
  const steps = engine.replace(decodePolicySet(tree, AUTHORING).policies);
  while (steps.next().done !== true);
  const evaluation = engine.evaluation("log");
  if (evaluation === undefined) throw new Error("no working log policy");
  return evaluation;
}

const COLUMNS = {
  "10 policies": "ns",
  "10: MB/s": "MB/s",
  "1,000 policies": "ns",
  "1,000 ÷ 10": "×",
  "10,000 policies": "ns",
  "10,000 ÷ 10": "×",
  "÷ JSON.parse + stringify": "×",
} as const;

/** One row: the same body by sets of growing size, and parsed and printed. */
function row(
  report: Report,
  table: Table<keyof typeof COLUMNS>,
  title: string,
  evaluations: readonly Evaluation[],
  { body, records, matching }: Generated,
): void {
  const formats = evaluations.map(() => datadogLogsFormat());
  for (const [i, evaluation] of evaluations.entries()) {
    const dropped = formats[i]?.filter(body, evaluation).dropped;
    if (dropped !== matching) report.fault(`${title}: ${dropped} dropped in place of ${matching}`);
  }
  const decoder = new TextDecoder();
  const [ten, thousand, most, plain] = inTurns(
    [
      ...evaluations.map((one, i) => () => void formats[i]?.filter(body, one)),
      () => void JSON.stringify(JSON.parse(decoder.decode(body))),
    ],
    report.amount(MEASURE_MS, 10, "ms"),
  );
  if (ten === undefined || thousand === undefined || most === undefined) return;
  const ns = (ms: number): number => (ms * 1e6) / records;
  table.row(title, {
    "10 policies": ns(ten.ms),
    "10: MB/s": body.length / 1000 / ten.ms,
    "1,000 policies": ns(thousand.ms),
    "1,000 ÷ 10": thousand.beside,
    "10,000 policies": ns(most.ms),
    "10,000 ÷ 10": most.beside,
    "÷ JSON.parse + stringify": plain && 1 / plain.beside,
  });
}

export function run(report: Report): Promise<void> {
  const evaluations = COUNTS.map(evaluationOf);
  const table = report.table("a Datadog log", COLUMNS);
  for (const shape of SHAPES) {
    if (!report.wants(shape)) continue;
    for (const [size, bytes] of SIZES) {
      if (report.option("size") !== undefined && report.option("size") !== size) continue;
      for (const matchRate of [0, 0.3]) {
        const title = `${shape} ${size}, ${matchRate * 100} % dropped`;
        row(report, table, title, evaluations, datadogBody({ bytes, shape, matchRate }));
      }
    }
  }
  return Promise.resolve();
}
