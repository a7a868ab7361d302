// The shared matching cases against everything that finds matching policies.

import { describe } from "bun:test";
import { naiveEvaluation } from "../../../scripts/bench/engine/naive.ts";
import { Verdict } from "../../../src/policy/record-port.ts";
import { matchingSuite } from "../../suites/matching-suite.ts";
import { testEngine } from "../../support/engine.ts";
import { putRecord } from "../../support/plain-record.ts";

describe("the index", () => {
  matchingSuite((policies, signal, record) => {
    const { engine } = testEngine(policies);
    const evaluation = engine.evaluation(signal)!;
    evaluation.begin();
    putRecord(evaluation, record);
    evaluation.decide(0);
    evaluation.commit();
    const counted = engine.totals().filter(({ hits, misses }) => hits + misses > 0);
    return counted.map(({ id }) => id);
  });
});

describe("explaining", () => {
  matchingSuite((policies, signal, record) => {
    const evaluation = testEngine(policies).engine.explaining(signal)!;
    evaluation.begin();
    putRecord(evaluation, record);
    evaluation.decide(0);
    evaluation.commit();
    return evaluation.explanations[0]!.matched.map(({ id }) => id);
  });
});

describe("looking at every policy in turn", () => {
  matchingSuite((policies, signal, record) =>
    policies
      .filter((policy) => {
        const evaluation = naiveEvaluation(signal, [policy]);
        evaluation.begin();
        putRecord(evaluation, record);
        return evaluation.decide(0) === Verdict.drop;
      })
      .map(({ id }) => id),
  );
});
