// Several engines that share their rate limits and are counted together, as threads have them.

import { describe, expect, test } from "bun:test";
import {
  COUNTS,
  CountsRow,
  createEngine,
  type Engine,
  FORGOTTEN_ID,
  type Keep,
  SetEngine,
  shareSet,
} from "../../../src/policy/index.ts";
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
  readonly workers: readonly SetEngine[];
  /** Has the counts of all. */
  readonly main: Engine;
}

function engines(keep: Keep): Shared {
  const [rate] = createSharedRates([RATE], () => 0.5) as [SharedRate];
  const words = new BigUint64Array(new SharedArrayBuffer(COUNTS * 8));
  const base = { validateRegex: () => undefined, nowMs: () => 0, random: () => 0 };
  const policies = [policyOf("p", [], keep)];
  const main = createEngine({
    ...base,
    judgesElsewhere: true,
    collectCounts: () => {
      words.forEach((more, count) => {
        if (more > 0n) main.credit("p", count, Number(Atomics.exchange(words, count, 0n)));
      });
    },
  });
  finish(main.replace(policies));
  const compiled = main.takeCompiled();
  const set = finish(shareSet(compiled.policies, compiled.programs));
  const workers = [1, 2].map((owner) => {
    const engine = new SetEngine(base);
    const countsOf = (): CountsRow => Object.assign(new CountsRow("p"), { shared: words });
    const limiterOf = (_: unknown, own: RateKeep) => new SharedRateLimiter(rate, own, owner);
    finish(engine.adopt(set, { countsOf, limiterOf }));
    return engine;
  });
  return { workers, main };
}

/** Judges one request of so many records. */
function judge(engine: SetEngine, records: number, end: "commit" | "abort" = "commit"): number {
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
    const [a, b] = workers as [SetEngine, SetEngine];
    expect([judge(a, 2, "abort"), judge(b, 5), judge(a, 1)]).toEqual([2, 3, 0]);
  });
});

describe("engines that are counted together", () => {
  test("leave their counts where one of them finds them, once", () => {
    const { workers, main } = engines({ kind: "none" });
    for (const engine of workers) judge(engine, 2);
    expect([hitsOf(main), hitsOf(main)]).toEqual([4, 4]);
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

  test("have counts of policies that are long gone in one sum", () => {
    const { main } = engines({ kind: "none" });
    main.credit(FORGOTTEN_ID, 0, 5);
    expect(main.totals().map(({ id, hits }) => [id, hits])).toEqual([["p", 0]]);
    expect(main.forgottenTotals().hits).toBe(5);
  });
});
