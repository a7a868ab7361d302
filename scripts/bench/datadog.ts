// Datadog logs: bytes in to decision out on one core, for sets of 10, 1,000 and 10,000 policies,
// each shape of records. `bun run bench datadog [SHAPE …]`.

import { datadogLogsFormat } from "../../src/protocols/datadog/format/index.ts";
import {
  AUTHORING,
  createEngine,
  decodePolicySet,
  type Evaluation,
} from "../../src/policy/index.ts";
import { createRegexValidator } from "../../src/re2/index.ts";
import { printTable } from "./measure.ts";
import { type Generated, loadGenerator } from "./payloads.ts";

const COUNTS = [10, 1000, 10_000] as const;
const ROUNDS = 100;
const WARM_UP = 30;
const SHAPES = ["mixed", "plain", "extras", "nested", "wrapped"] as const;

type Generator = Awaited<ReturnType<typeof loadGenerator>>;

/** The evaluation of a generated set of policies of this size. */
function evaluationOf(generate: Generator, count: number): Evaluation {
  const { body } = generate("policies", { count: String(count), flavor: "datadog" });
  const tree: unknown = JSON.parse(Buffer.from(body).toString());
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

/**
 * Milliseconds of one round of each work, in turns, so that what else the machine does meets all of
 * them alike: the tenth best of a hundred rounds.
 */
function inTurns(works: readonly (() => void)[]): number[] {
  const times = works.map((): number[] => []);
  for (let round = 0; round < ROUNDS + WARM_UP; round++) {
    works.forEach((work, i) => {
      const start = performance.now();
      work();
      if (round >= WARM_UP) times[i]?.push(performance.now() - start);
    });
  }
  return times.map((all) => all.sort((a, b) => a - b)[ROUNDS / 10] ?? 0);
}

/** One row: the same body by sets of growing size. */
function row(title: string, evaluations: readonly Evaluation[], body: Generated): string[] {
  const formats = evaluations.map(() => datadogLogsFormat());
  const dropped = evaluations.map((one, i) => formats[i]?.filter(body.body, one).dropped);
  const times = inTurns(evaluations.map((one, i) => () => void formats[i]?.filter(body.body, one)));
  const cells = times.map((ms, i) => {
    const ns = (ms * 1e6) / body.records;
    const rate = body.body.length / 1000 / ms;
    const wrong = dropped[i] === body.matching ? "" : ` WRONG ${dropped[i]}/${body.matching}`;
    return `${ns.toFixed(0)} ns ${rate.toFixed(0)} MB/s ×${(ms / (times[0] ?? ms)).toFixed(2)}${wrong}`;
  });
  return [title, ...cells];
}

export async function run(args: readonly string[]): Promise<void> {
  const generate = await loadGenerator(args);
  const evaluations = COUNTS.map((count) => evaluationOf(generate, count));
  const named = SHAPES.filter((shape) => args.includes(shape));
  const rows: string[][] = [];
  for (const shape of named.length > 0 ? named : SHAPES) {
    for (const size of ["1MB", "5MB"]) {
      for (const rate of ["0", "0.3"]) {
        const body = generate("datadog-logs", { size, shape, "match-rate": rate });
        rows.push(row(`${shape} ${size}, ${Number(rate) * 100} % dropped`, evaluations, body));
      }
    }
  }
  printTable(
    ["per record, MB/s, × of 10 policies", ...COUNTS.map((count) => `${count} policies`)],
    rows,
  );
}
