// Several engines that share their rate limits and are counted together, as threads have them.

import { describe, expect, test } from "bun:test";
import { COUNTS, type Engine, createEngine, type Keep } from "../../../src/policy/index.ts";
import type { RateKeep, SharedRate } from "../../../src/policy/keep/rate-limiter-shared.ts";
import {
  createSharedRates,
  SharedRateLimiter,
} from "../../../src/policy/keep/rate-limiter-shared.ts";
import { Verdict } from "../../../src/policy/record-port.ts";
import { policyOf } from "../../support/engine.ts";
import { finish } from "../../support/steps.ts";

const RATE: RateKeep = { kind: "rate", count: 3, windowMs: 1000 };

interface Shared {
  readonly workers: readonly Engine[];
  /** Has the counts of all. */
  readonly main: Engine;
}

function engines(keep: Keep): Shared {
  const [rate] = createSharedRates([RATE], () => 0.5) as [SharedRate];
  const words = new BigUint64Array(new SharedArrayBuffer(COUNTS * 8));
  const base = { validateRegex: () => undefined, nowMs: () => 0, random: () => 0 };
  const policies = [policyOf("p", [], keep)];
  const workers = [1, 2].map((owner) =>
    createEngine({
      ...base,
      rateLimiterOf: (_, own) => new SharedRateLimiter(rate, own, owner),
      sharedCountsOf: () => words,
    }),
  );
  const main = createEngine({
    ...base,
    collectCounts: () => {
      words.forEach((more, count) => {
        if (more > 0n) main.credit("p", count, Number(Atomics.exchange(words, count, 0n)));
      });
    },
  });
  for (const engine of [...workers, main]) finish(engine.replace(policies));
  return { workers, main };
}

/** Judges one request of so many records. */
function judge(engine: Engine, records: number, end: "commit" | "abort" = "commit"): number {
  const evaluation = engine.evaluation("log")!;
  evaluation.begin();
  evaluation.beginResource();
  evaluation.beginScope();
  let kept = 0;
  for (let i = 0; i < records; i++) {
    evaluation.beginRecord();
    if (evaluation.decide(0) !== Verdict.drop) kept++;
  }
  evaluation[end]();
  return kept;
}

const hitsOf = (engine: Engine): number | undefined => engine.totals()[0]?.hits;

describe("engines that share a rate", () => {
  test("keep together what one would", () => {
    const { workers } = engines(RATE);
    expect(workers.map((engine) => judge(engine, 2))).toEqual([2, 1]);
  });

  test("have back what a request took that was not decoded to its end", () => {
    const { workers } = engines(RATE);
    const [a, b] = workers as [Engine, Engine];
    expect([judge(a, 2, "abort"), judge(b, 5), judge(a, 1)]).toEqual([2, 3, 0]);
  });
});

describe("engines that are counted together", () => {
  test("leave their counts where one of them finds them, once", () => {
    const { workers, main } = engines({ kind: "none" });
    for (const engine of workers) judge(engine, 2);
    expect([...workers.map(hitsOf), hitsOf(main), hitsOf(main)]).toEqual([0, 0, 4, 4]);
    const delta = main.takeDelta();
    expect(delta.statuses[0]?.hits).toBe(4);
    delta.acknowledge();
    judge(workers[0]!, 1);
    expect(main.takeDelta().statuses[0]?.hits).toBe(1);
  });

  test("count nothing of a request that was not decoded to its end", () => {
    const { workers, main } = engines({ kind: "none" });
    judge(workers[0]!, 3, "abort");
    expect(hitsOf(main)).toBe(0);
  });

  test("forget counts of a policy that is long gone", () => {
    const { main } = engines({ kind: "none" });
    main.credit("unknown", 0, 5);
    expect(main.totals().map(({ id, hits }) => [id, hits])).toEqual([["p", 0]]);
  });
});
