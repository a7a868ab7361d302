// What policies in shadow do: nothing. Whatever sets are like, what leaves and what is counted of
// the enforced policies is as without them, in every format.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  createEngine,
  type Engine,
  inShadow,
  type Policy,
  type PolicyTotals,
  type Signal,
  SIGNALS,
} from "../../../src/policy/index.ts";
import { BODIES, leaves, scraped, tailed } from "../policy-bodies.ts";
import { policiesOf } from "../random-policies.ts";
import { finish } from "../../support/steps.ts";

const clock = { nowMs: 0 };

/** Randomness that differs from one call to the next, so that one call more or less shows. */
function engineOf(policies: readonly Policy[]): Engine {
  let seed = 1;
  const engine = createEngine({
    validateRegex: () => undefined,
    nowMs: () => clock.nowMs,
    random: () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647,
  });
  finish(engine.replace(policies));
  return engine;
}

const AS_IT_CAME = { left: undefined, dropped: 0, unreadable: 0, edited: 0 };

/** What leaves of every body of a signal, one after the other, twice: limits last. */
function allLeaves(engine: Engine, signal: Signal): unknown[] {
  const bodies = BODIES.filter(([of]) => of === signal);
  const evaluation = engine.evaluation(signal);
  const left = [...bodies, ...bodies, ...bodies].map(([, path, type, body], i) => {
    clock.nowMs = 300 * i;
    return leaves(evaluation, path, type, body) ?? AS_IT_CAME;
  });
  if (signal === "trace" || evaluation === undefined) return left;
  return [...left, signal === "metric" ? scraped(evaluation) : tailed(evaluation)];
}

const DONE = ["hits", "misses", "dropped", "sampled", "limited", "droppedBytes"] as const;

function doneBy(engine: Engine): Record<string, unknown> {
  const rows = engine.countedTotals().map((row): [string, unknown] => [row.id, doneOf(row)]);
  return Object.fromEntries(rows.filter(([, done]) => done !== undefined));
}

function doneOf(row: PolicyTotals): unknown {
  const { remove, redact, rename, add } = row;
  const counts = DONE.map((name) => row[name]);
  const edits = [remove, redact, rename, add].map(({ hits, misses }) => [hits, misses]);
  return [...counts, ...edits.flat()].some((count) => count > 0) ? [counts, edits] : undefined;
}

describe("policies in shadow change nothing", () => {
  for (const signal of SIGNALS) {
    test(`of what leaves and is counted of ${signal}s, in every format`, () => {
      const isTried = fc.array(fc.boolean(), { minLength: 40, maxLength: 40 });
      fc.assert(
        fc.property(policiesOf(signal), isTried, (policies, tried) => {
          const enforced = policies.filter((_, i) => tried[i] !== true);
          const mixed = policies.map((policy, i) =>
            tried[i] === true ? inShadow(policy) : policy,
          );
          const [without, withThem] = [engineOf(enforced), engineOf(mixed)];
          const plain = allLeaves(without, signal);
          const left = allLeaves(withThem, signal);
          expect(left.slice(0, plain.length)).toMatchObject(plain);
          expect(doneBy(withThem)).toEqual(doneBy(without));
        }),
        { numRuns: 150 },
      );
    });
  }
});
