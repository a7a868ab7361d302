// What threads share besides rate limits: counts, the state of all workers, and a clock.

import { describe, expect, test } from "bun:test";
import {
  COUNTS,
  createEngine,
  FORGOTTEN_ID,
  IdTable,
  type Policy,
  type RateKeep,
  SetEngine,
  shareSet,
} from "../../../src/policy/index.ts";
import { Count } from "../../../src/policy/count-table.ts";
import { policyOf } from "../../support/engine.ts";
import { finish } from "../../support/steps.ts";
import { COUNTED_SETS_MAX, RATE_KEYS_MAX } from "../../../src/core/limits.ts";
import { SharedLock } from "../../../src/policy/keep/shared-lock.ts";
import { CountRows, SharedCounts } from "../../../src/runtime/workers/shared-counts.ts";
import { SharedRates } from "../../../src/runtime/workers/shared-rates.ts";
import { SharedState } from "../../../src/runtime/workers/shared-state.ts";
import { perSeverity, rate, severityPolicy } from "./severity-policy.ts";

type Credit = readonly [policy: string, count: number, more: number];

/** Those of a set of policies that have these. */
function idsOf(ids: readonly string[]): IdTable {
  const policies = ids.map((id) => policyOf(id, []));
  return new IdTable(finish(shareSet(policies, [])));
}

/** A set of these ids, and rows of it alone. */
function rowsOf(counts: SharedCounts, ...ids: readonly string[]): CountRows {
  const rows = new CountRows();
  rows.add(counts.addTable(idsOf(ids)), idsOf(ids));
  return rows;
}

function collected(counts: SharedCounts): Credit[] {
  const credits: Credit[] = [];
  counts.collect((...credit) => void credits.push(credit));
  return credits;
}

describe("shared counts", () => {
  test("arrive once, with their policy and their kind", () => {
    const counts = new SharedCounts();
    const rows = rowsOf(counts, "a", "b");
    rows.rowOf("a").add(0, 3);
    rows.rowOf("b").add(COUNTS - 1, 2 ** 40);
    expect(collected(counts)).toEqual([
      ["a", 0, 3],
      ["b", COUNTS - 1, 2 ** 40],
    ]);
    expect(collected(counts)).toEqual([]);
  });

  test("of a policy that the set has twice are one row; those of another are in the sum", () => {
    const counts = new SharedCounts();
    const rows = rowsOf(counts, "a", "b", "a");
    rows.rowOf("a").add(1, 2);
    rows.rowOf("c").add(0, 1);
    expect(collected(counts)).toEqual([
      ["a", 1, 2],
      [FORGOTTEN_ID, 0, 1],
    ]);
  });

  test("that are added to a set before still arrive, until there were several since", () => {
    const counts = new SharedCounts();
    const old = rowsOf(counts, "a").rowOf("a");
    for (let i = 1; i < COUNTED_SETS_MAX; i++) {
      counts.addTable(idsOf(["a"]));
      old.add(0, 1);
      expect(collected(counts)).toEqual([["a", 0, 1]]);
    }
    old.add(0, 7);
    counts.addTable(idsOf(["a"]));
    // Looked at once more before it is forgotten.
    expect(collected(counts)).toEqual([["a", 0, 7]]);
    old.add(0, 1);
    expect(collected(counts)).toEqual([]);
  });
});

test("what a request of a worker counts for a policy that left long ago is in the sum of those", () => {
  const counts = new SharedCounts();
  const rows = new CountRows();
  const deps = { validateRegex: () => undefined, nowMs: () => 0, random: () => 0 };
  const compiler = createEngine({ ...deps, judgesElsewhere: true });
  const engine = new SetEngine(deps);
  const load = (...ids: readonly string[]): void => {
    rows.add(counts.addTable(idsOf(ids)), idsOf(ids));
    finish(compiler.replace(ids.map((id) => policyOf(id, []))));
    const { policies, programs } = compiler.takeCompiled();
    const set = finish(shareSet(policies, programs));
    const limiterOf = (): never => {
      throw new Error("no policy has a rate");
    };
    finish(engine.adopt(set, { countsOf: ({ id }) => rows.rowOf(id), limiterOf }));
    collected(counts);
  };
  load("a");
  const evaluation = engine.evaluation("log")!;
  evaluation.begin();
  for (let i = 0; i <= COUNTED_SETS_MAX; i++) load("b");
  evaluation.beginRecord();
  evaluation.decide(7);
  evaluation.commit();
  expect(collected(counts)).toEqual([
    [FORGOTTEN_ID, Count.hits, 1],
    [FORGOTTEN_ID, Count.dropped, 1],
    [FORGOTTEN_ID, Count.droppedBytes, 7],
  ]);
});

describe("the memory of rate limits", () => {
  const memoryOf = (rates: SharedRates, policy: Policy): unknown => {
    const keep = policy.target?.keep;
    return keep?.kind === "rate" ? rates.rateOf(policy.id, keep)?.memory : undefined;
  };

  test("stays with a policy whose keep stays, and with no other", () => {
    const rates = new SharedRates({ random: () => 0.5, owner: 1 });
    const put = (...policies: Policy[]): void => {
      rates.add(policies);
      rates.keepOnly(policies);
    };
    const [a, b] = [severityPolicy("a", "A", rate(1)), severityPolicy("b", "B", rate(1))];
    put(a, b);
    const before = memoryOf(rates, a);
    put(a, severityPolicy("b", "B", rate(2)));
    expect([memoryOf(rates, a) === before, before !== undefined]).toEqual([true, true]);
    expect(memoryOf(rates, b)).toBeUndefined();
    put();
    put(a);
    expect(memoryOf(rates, a)).not.toBe(before);
  });

  test("stays with a set that is being replaced, also when that comes to nothing", () => {
    const rates = new SharedRates({ random: () => 0.5, owner: 1 });
    const a = severityPolicy("a", "A", rate(1));
    rates.add([a]);
    const before = memoryOf(rates, a);
    rates.add([]);
    rates.add([a]);
    rates.keepOnly([a]);
    expect([memoryOf(rates, a) === before, before !== undefined]).toEqual([true, true]);
  });

  test("is free again when a worker ends that held it, while its set is being replaced", () => {
    const rates = new SharedRates({ random: () => 0.5, owner: 1 });
    const policy = perSeverity("a", 1);
    const keep = policy.target?.keep as RateKeep;
    rates.add([policy]);
    const shared = rates.rateOf("a", keep)!;
    const lock = new SharedLock(new Int32Array(shared.memory, 8 + RATE_KEYS_MAX * 16), 0, 7);
    lock.lock();
    rates.add([]);
    rates.repair(7);
    expect(lock.isHeldBy(7)).toBe(false);
  });
});

describe("the shared state", () => {
  const beat = (pendingRequests: number, heapBytes: number, held = 0, connections = 0) => ({
    pendingRequests,
    heapBytes,
    heldBytes: held,
    connections,
  });

  test("sums what requests and connections of all workers hold, in whole KiB", () => {
    const state = SharedState.create(3);
    state.othersOf(0).tell(2, 1);
    state.othersOf(2).tell(3, 0);
    state.beat(0, beat(2, 0, 1500, 7));
    state.beat(2, beat(3, 0, 1, 1));
    expect(state.held).toEqual({ requests: 5, bytes: 3 * 1024, connections: 8 });
    state.clear(2);
    expect(state.held).toEqual({ requests: 2, bytes: 2 * 1024, connections: 7 });
  });

  test("sums the requests of all workers, answers being sent included", () => {
    const main = SharedState.create(3);
    const worker = new SharedState(main.memory);
    worker.addUnanswered(0, 1);
    worker.addUnanswered(0, 1);
    worker.addUnanswered(2, 1);
    worker.addUnanswered(0, -1);
    expect(main.inFlight).toBe(2);
    worker.beat(0, beat(4, 5 * 1024));
    expect([main.inFlight, main.inFlightOf(0), main.inFlightOf(1)]).toEqual([5, 4, 0]);
    worker.beat(1, beat(0, 2 * 1024));
    expect(main.heapBytes).toBe(7 * 1024);
    main.clear(0);
    expect([main.inFlight, main.heapBytes]).toEqual([1, 2 * 1024]);
  });

  test("forgets requests that were never answered once nothing is in flight", () => {
    const state = SharedState.create(1);
    state.addUnanswered(0, 1);
    state.beat(0, beat(0, 0));
    expect(state.inFlight).toBe(0);
  });

  test("shows signs of life and whether the program is ready", () => {
    const state = SharedState.create(2);
    const other = new SharedState(state.memory);
    other.beat(1, beat(0, 7 * 1024));
    other.beat(1, beat(0, 3 * 1024));
    expect([state.beatsOf(0), state.beatsOf(1), other.isReady]).toEqual([0, 2, false]);
    state.isReady = true;
    expect(other.isReady).toBe(true);
  });
});
