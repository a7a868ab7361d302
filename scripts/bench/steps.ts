// How long others wait for the longest step of filtering one large body, in shapes that are hard to
// cut into steps: one huge record, one huge member, what belongs to a list written behind it. It is
// CPU time of this thread: what others use of the cores meanwhile is none of its steps.
//
// `--only=TEXT`: the shapes whose titles have the text in them.

import { UndecodableError } from "../../src/core/errors.ts";
import { STEP_BYTES_MIN, STEP_MS_MAX } from "../../src/core/limits.ts";
import { AUTHORING, createEngine, decodePolicySet } from "../../src/policy/index.ts";
import type { Report } from "./report/report.ts";
import { DATADOG } from "./steps/datadog.ts";
import { LOKI } from "./steps/loki.ts";
import { OTLP_JSON } from "./steps/otlp-json.ts";
import { OTLP_PROTOBUF } from "./steps/otlp-protobuf.ts";
import type { Shape } from "./steps/shape.ts";

const MIB = 1024 * 1024;
const ROUNDS = 2;
const SHAPES: readonly Shape[] = [...OTLP_JSON, ...OTLP_PROTOBUF, ...LOKI, ...DATADOG];

const DROPS = { match: [{ log_field: "body", contains: "nowhere" }], keep: "none" };

function nowMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Does a step; a body that turns out to be undecodable is done, too. */
function isLast(steps: Generator): boolean {
  try {
    return steps.next().done === true;
  } catch (error) {
    if (error instanceof UndecodableError) return true;
    throw error;
  }
}

/** The longest step of the quickest round, and how long all took. */
function measured(
  { format, body, policy = DROPS, signal = "log" }: Shape,
  size: number,
  rounds: number,
): [number, number] {
  const engine = createEngine({ validateRegex: () => undefined, nowMs, random: Math.random });
  const set = decodePolicySet({ policies: [{ id: "p", name: "P", [signal]: policy }] }, AUTHORING);
  if (set.policies.length === 0) throw new Error(JSON.stringify(set));
  const compiling = engine.replace(set.policies);
  while (compiling.next().done !== true);
  const bytes = body(size);
  let best: [number, number] = [Infinity, Infinity];
  for (let round = 0; round < rounds; round++) {
    const evaluation = engine.evaluation(signal)?.forSteps?.();
    if (evaluation === undefined) throw new Error("no policy works");
    let untilMs = 0;
    const isDue = (): boolean => nowMs() >= untilMs;
    const steps = format.filterSteps?.(bytes, evaluation, { everyBytes: STEP_BYTES_MIN, isDue });
    if (steps === undefined) throw new Error("not in steps");
    const startMs = nowMs();
    let longestMs = 0;
    for (let isDone = false; !isDone;) {
      const stepMs = nowMs();
      untilMs = stepMs + STEP_MS_MAX;
      isDone = isLast(steps);
      longestMs = Math.max(longestMs, nowMs() - stepMs);
    }
    if (longestMs < best[0]) best = [longestMs, nowMs() - startMs];
  }
  return best;
}

export function run(report: Report): Promise<void> {
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
    const [half, halfAll] = measured(shape, 32 * mib, rounds);
    const [whole, wholeAll] = measured(shape, 64 * mib, rounds);
    table.row(shape.title, {
      "32 MiB": half,
      "32 MiB, all": halfAll,
      "64 MiB": whole,
      "64 MiB, all": wholeAll,
    });
  }
  return Promise.resolve();
}
