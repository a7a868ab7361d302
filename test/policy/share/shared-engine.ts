// An engine that judges by tables which another one has compiled, as workers do, and the one that
// has the counts: a set goes from one to the other as a message does.

import {
  CountsRow,
  createEngine,
  type Engine,
  type Policy,
  type RateKeep,
  SetEngine,
  type SharedSet,
  shareSet,
} from "../../../src/policy/index.ts";
import { LocalRateLimiter } from "../../../src/policy/keep/rate-limiter.ts";
import { finish } from "../../support/steps.ts";

export interface SharedEngine {
  readonly engine: SetEngine;
  /** By id, what was counted. */
  readonly counts: ReadonlyMap<string, CountsRow>;
}

const DEPS = { validateRegex: () => undefined, nowMs: () => 0, random: () => 0.5 };

/** Compiles a set and judges by it. */
export function localEngine(policies: readonly Policy[]): Engine {
  const engine = createEngine(DEPS);
  finish(engine.replace(policies));
  return engine;
}

/** A set as it is posted. */
export function sharedSet(policies: readonly Policy[]): SharedSet {
  const compiler = createEngine({ ...DEPS, judgesElsewhere: true });
  finish(compiler.replace(policies));
  const compiled = compiler.takeCompiled();
  return structuredClone(finish(shareSet(compiled.policies, compiled.programs)));
}

export function sharedEngine(policies: readonly Policy[]): SharedEngine {
  const engine = new SetEngine(DEPS);
  const counts = new Map<string, CountsRow>();
  const countsOf = ({ id }: Policy): CountsRow => {
    const row = counts.get(id) ?? new CountsRow(id);
    counts.set(id, row);
    return row;
  };
  const limiterOf = (_: Policy, { count, windowMs }: RateKeep) =>
    new LocalRateLimiter(count, windowMs);
  finish(engine.adopt(sharedSet(policies), { countsOf, limiterOf }));
  return { engine, counts };
}
