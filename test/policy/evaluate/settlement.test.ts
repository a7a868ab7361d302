// What a request holds of rate limits from its commit on, and what it says of records that did not
// stay: in one thread and in shared memory, for a whole policy and by key.

import { describe, expect, test } from "bun:test";
import {
  createEngine,
  type Engine,
  type Keep,
  type Settlement,
} from "../../../src/policy/index.ts";
import {
  createSharedRates,
  type RateKeep,
  type SharedRate,
  SharedRateLimiter,
} from "../../../src/policy/keep/rate-limiter-shared.ts";
import { CHARGED_WINDOWS_MAX, RATE_KEYS_MAX } from "../../../src/core/limits.ts";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import { Field } from "../../../src/policy/fields.ts";
import { RequestSettlement } from "../../../src/policy/evaluate/settlement.ts";
import { Verdict } from "../../../src/policy/record-port.ts";
import { policyOf } from "../../support/engine.ts";
import { finish } from "../../support/steps.ts";

const RATE: RateKeep = { kind: "rate", count: 3, windowMs: 1000 };
const KEYED: RateKeep = { ...RATE, key: { kind: "field", field: "body" } };
const clock = { nowMs: 0, random: 0 };

function engineOf(keep: Keep, shared?: SharedRate, owner = 1): Engine {
  clock.nowMs = clock.random = 0;
  const engine = createEngine({
    validateRegex: () => undefined,
    nowMs: () => clock.nowMs,
    random: () => clock.random,
    ...(shared && { rateLimiterOf: (_, own) => new SharedRateLimiter(shared, own, owner) }),
  });
  finish(engine.replace([policyOf("p", [], keep)]));
  return engine;
}

const sharedRate = (keep: RateKeep): SharedRate =>
  createSharedRates([keep], () => 0.5)[0] as SharedRate;

/** One request with a record for each letter or text, which is its body. */
function request(engine: Engine, bodies: Iterable<string>, before?: Settlement) {
  const evaluation = engine.evaluation("log")!;
  evaluation.begin();
  let kept = 0;
  for (const body of bodies) {
    evaluation.beginRecord();
    const slot = evaluation.fields.fieldSlots[Field.body] as number;
    const bytes = encodeUtf8(body);
    if (slot >= 0) evaluation.values.putString(slot, bytes, 0, bytes.length);
    if (evaluation.decide(10) !== Verdict.drop) kept++;
  }
  return { kept, settlement: evaluation.commit(before) };
}

const kinds: readonly [string, RateKeep, () => Engine][] = [
  ["of one thread", RATE, () => engineOf(RATE)],
  ["by key", KEYED, () => engineOf(KEYED)],
  ["in shared memory", RATE, () => engineOf(RATE, sharedRate(RATE))],
  ["in shared memory, by key", KEYED, () => engineOf(KEYED, sharedRate(KEYED))],
];

describe.each(kinds)("a rate limit %s", (_, keep, make) => {
  test("has room again for what an upstream did not take", () => {
    const engine = make();
    const { kept, settlement } = request(engine, "aaaa");
    expect([kept, settlement?.limited]).toEqual([3, 1]);
    settlement?.giveBack();
    expect(request(engine, "aaaa").kept).toBe(3);
  });

  test("stays charged for what was taken, and a part given back frees just that part", () => {
    const engine = make();
    request(engine, "a");
    const second = request(engine, "a");
    request(engine, "a");
    second.settlement?.giveBack();
    expect(request(engine, "aa").kept).toBe(1);
  });

  test("gets nothing back twice", () => {
    const engine = make();
    const first = request(engine, "a");
    request(engine, "aa");
    first.settlement?.giveBack();
    first.settlement?.giveBack();
    expect(request(engine, "aa").kept).toBe(1);
  });

  test("gets nothing back into a later window", () => {
    const engine = make();
    const first = request(engine, "aaa");
    clock.nowMs = 1001;
    expect(request(engine, "aa").kept).toBe(2);
    first.settlement?.giveBack();
    expect(request(engine, "aa").kept).toBe(1);
  });

  test("gets back what all parts of one request took", () => {
    const engine = make();
    const first = request(engine, "a");
    const second = request(engine, "aaa", first.settlement);
    expect(second.settlement).toMatchObject({ sampled: 0, limited: 1 });
    second.settlement?.giveBack();
    expect(request(engine, "aaa").kept).toBe(3);
  });

  test("is the old one in a set that keeps the policy, and is uncharged there", () => {
    const engine = make();
    const { settlement } = request(engine, "aaa");
    finish(engine.replace([policyOf("p", [], keep)]));
    settlement?.giveBack();
    expect(request(engine, "aaa").kept).toBe(3);
  });
});

test("each value of a key gets back its own", () => {
  for (const engine of [engineOf(KEYED), engineOf(KEYED, sharedRate(KEYED))]) {
    request(engine, "aab");
    const { settlement } = request(engine, "abb");
    expect(request(engine, "ab").kept).toBe(0);
    settlement?.giveBack();
    expect(request(engine, "aab").kept).toBe(2);
    expect(request(engine, "bb").kept).toBe(1);
  }
});

test("threads that share a limit get back what one of them charged", () => {
  const rate = sharedRate(RATE);
  const [a, b] = [engineOf(RATE, rate, 1), engineOf(RATE, rate, 2)];
  const { settlement } = request(a, "aaa");
  expect(request(b, "a").kept).toBe(0);
  settlement?.giveBack();
  expect(request(b, "aaa").kept).toBe(3);
});

test("a request of which all stays as it is, and no limit holds, is settled without anything", () => {
  expect(request(engineOf({ kind: "all" }), "aaa").settlement).toBeUndefined();
  const percent: Keep = { kind: "percent", percent: 50 };
  expect(request(engineOf(percent), "aaa").settlement).toBeUndefined();
});

test("records that do not stay are counted by what their policy does: drop, sample or limit", () => {
  const outcomes = (keep: Keep, random: number) => {
    const engine = engineOf(keep);
    clock.random = random;
    const { settlement } = request(engine, "aaaaa");
    const { dropped, sampled, limited, ...more } = engine.totals()[0]!;
    const bytes = [more.droppedBytes, more.sampledBytes, more.limitedBytes];
    return [dropped, sampled, limited, ...bytes, settlement?.sampled, settlement?.limited];
  };
  expect(outcomes({ kind: "none" }, 0)).toEqual([5, 0, 0, 50, 0, 0, 0, 0]);
  expect(outcomes({ kind: "percent", percent: 50 }, 0.9)).toEqual([0, 5, 0, 0, 50, 0, 5, 0]);
  expect(outcomes(RATE, 0)).toEqual([0, 0, 2, 0, 0, 20, 0, 2]);
});

test("what a request counted for a policy that the engine has forgotten is in the sum of those", () => {
  const engine = engineOf({ kind: "none" });
  const evaluation = engine.evaluation("log")!;
  evaluation.begin();
  request(engine, "aaa");
  for (let i = 0; i < 6; i++) {
    finish(engine.replace([]));
    engine.takeDelta().acknowledge();
  }
  expect([engine.totals(), engine.forgottenTotals().dropped]).toEqual([[], 3]);
  evaluation.begin();
  evaluation.beginRecord();
  evaluation.decide(1);
  evaluation.commit();
  expect(engine.forgottenTotals().dropped).toBe(4);
});

test("windows of keys that were given up are counted, and stay so in other sets", () => {
  for (const shared of [undefined, sharedRate(KEYED)]) {
    const engine = engineOf(KEYED, shared);
    const texts = Array.from({ length: RATE_KEYS_MAX + 5 }, (_, i) => `key ${i}`);
    request(engine, texts);
    expect(engine.evictedWindows).toBe(5);
    finish(engine.replace([policyOf("p", [], KEYED), policyOf("q", [])]));
    expect(engine.evictedWindows).toBe(5);
    finish(engine.replace([policyOf("q", [])]));
    expect(engine.evictedWindows).toBe(5);
  }
});

test("a request remembers so many windows, and gives nothing back into older ones", () => {
  const settlement = new RequestSettlement();
  const given: number[] = [];
  const charges = Array.from({ length: CHARGED_WINDOWS_MAX + 2 }, (_, i) => ({
    giveBack: (records = 1) => void (given[i] = records),
  }));
  for (const charge of charges) {
    settlement.charge(charge);
    settlement.charge(charge);
  }
  settlement.giveBack();
  expect([0, 1, 2, CHARGED_WINDOWS_MAX + 1].map((i) => given[i])).toEqual([
    undefined,
    undefined,
    2,
    2,
  ]);
});
