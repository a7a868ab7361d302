// Engines for tests: a clock and a random number that the test sets, a validator of regexes that
// accepts everything.

import { createEngine, type Engine } from "../../src/policy/engine.ts";
import type { SnapshotSummary } from "../../src/policy/engine-port.ts";
import type { Keep, Matcher, Policy, Signal, Transform } from "../../src/policy/model.ts";
import type { ServiceLedger } from "../../src/policy/services/service-ledger.ts";
import { finish } from "./steps.ts";

export interface TestEngine {
  readonly engine: Engine;
  nowMs: number;
  /** How far the clock goes on each time that it is read. */
  tickMs: number;
  random: number;
  load(policies: readonly Policy[]): SnapshotSummary;
}

/** `services`: what counts by service; undefined: nothing does. */
export function testEngine(policies: readonly Policy[] = [], services?: ServiceLedger): TestEngine {
  const own: TestEngine = {
    nowMs: 0,
    tickMs: 0,
    random: 0,
    load: (set) => finish(own.engine.replace(set)),
    engine: createEngine({
      services,
      validateRegex: () => undefined,
      nowMs: () => (own.nowMs += own.tickMs),
      random: () => own.random,
    }),
  };
  if (policies.length > 0) own.load(policies);
  return own;
}

export function policyOf(
  id: string,
  matchers: readonly Matcher[],
  keep: Keep = { kind: "none" },
  more: {
    signal?: Signal;
    transform?: Partial<Transform>;
    enabled?: boolean;
    otherGroups?: readonly (readonly Matcher[])[] | undefined;
    enforcedPercent?: number;
  } = {},
): Policy {
  const { signal = "log", transform, enabled = true, otherGroups, enforcedPercent } = more;
  const whole = { remove: [], redact: [], rename: [], add: [], ...transform };
  return {
    id,
    name: `Policy ${id}`,
    enabled,
    ...(enforcedPercent === undefined ? {} : { enforcedPercent }),
    extensions: [],
    errors: [],
    target: {
      signal,
      matchers,
      ...(otherGroups === undefined ? {} : { otherGroups }),
      keep,
      ...(transform === undefined ? {} : { transform: whole }),
    },
  };
}

/** Hits and misses by id, without zeros: `{a: [1, 0]}`. */
export function countsOf({ engine }: TestEngine): Record<string, [number, number]> {
  const counted = engine.totals().filter(({ hits, misses }) => hits + misses > 0);
  return Object.fromEntries(counted.map(({ id, hits, misses }) => [id, [hits, misses]]));
}
