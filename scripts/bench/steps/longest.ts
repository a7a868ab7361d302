// How long the longest step of filtering one body takes. It is CPU time of this thread: what others
// use of the cores meanwhile is none of its steps.

import { UndecodableError } from "../../../src/core/errors.ts";
import { STEP_BYTES_MIN, STEP_MS_MAX } from "../../../src/core/limits.ts";
import { AUTHORING, createEngine, decodePolicySet } from "../../../src/policy/index.ts";
import type { Evaluation } from "../../../src/policy/index.ts";
import type { Shape } from "./shape.ts";

const DROPS = { match: [{ log_field: "body", contains: "nowhere" }], keep: "none" };

export function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** An evaluation of one policy, whose clock is the time of this thread. */
export function evaluationOf({ policy = DROPS, signal = "log" }: Partial<Shape>): Evaluation {
  const nowMs = threadMs;
  const engine = createEngine({ validateRegex: () => undefined, nowMs, random: Math.random });
  const set = decodePolicySet({ policies: [{ id: "p", name: "P", [signal]: policy }] }, AUTHORING);
  if (set.policies.length === 0) throw new Error(JSON.stringify(set));
  const compiling = engine.replace(set.policies);
  while (compiling.next().done !== true);
  const evaluation = engine.evaluation(signal)?.forSteps?.();
  if (evaluation === undefined) throw new Error("no policy works");
  return evaluation;
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
export function longestStep(
  { format }: Pick<Shape, "format">,
  bytes: Uint8Array,
  evaluation: Evaluation,
  rounds: number,
): [longestMs: number, allMs: number] {
  let best: [number, number] = [Infinity, Infinity];
  for (let round = 0; round < rounds; round++) {
    let untilMs = 0;
    const isDue = (): boolean => threadMs() >= untilMs;
    const startMs = threadMs();
    let longestMs = 0;
    if (format.filterSteps === undefined) {
      format.filter(bytes, evaluation);
      longestMs = threadMs() - startMs;
    } else {
      const steps = format.filterSteps(bytes, evaluation, { everyBytes: STEP_BYTES_MIN, isDue });
      for (let isDone = false; !isDone;) {
        const stepMs = threadMs();
        untilMs = stepMs + STEP_MS_MAX;
        isDone = isLast(steps);
        longestMs = Math.max(longestMs, threadMs() - stepMs);
      }
    }
    if (longestMs < best[0]) best = [longestMs, threadMs() - startMs];
  }
  return best;
}
