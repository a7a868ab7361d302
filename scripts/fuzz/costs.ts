// Searches for patterns and texts that cost more than they may: matching, finding all matches, and
// sets of patterns take steps that grow with the bytes times the instructions, and no faster. Costs
// are counted, not timed. The worst pairs are kept and changed further.
//
// --seconds N: how long (10). --runs N: how many pairs, instead. --seed N: where to begin.

import { parseArgs } from "node:util";
import { compileFind } from "../../src/regex/compile.ts";
import { createRegexSet, Meter } from "../../src/regex/index.ts";
import { parseRegex } from "../../src/regex/syntax/parse.ts";
import { CompiledRegex } from "../../src/regex/regex.ts";
import { simplify } from "../../src/regex/syntax/simplify.ts";
import { type Pair, PairSource, textOf } from "./regex-pairs.ts";

/** Steps for each byte and instruction that are allowed; a step is about a nanosecond. */
export const STEPS_MAX = 32;
/** Pairs that are worth changing further. */
const KEPT_MAX = 32;
/** Patterns of larger programs are left out: they only take longer to be told. */
const INSTRUCTIONS_MAX = 20_000;
const WAYS = ["test", "walk", "set"] as const;

export interface Cost {
  readonly pair: Pair;
  readonly way: (typeof WAYS)[number];
  /** Steps for each byte and instruction. */
  readonly steps: number;
}

/** Adds up all that is spent. */
class Counter extends Meter {
  spent = 0;

  constructor() {
    super(() => 0, 1);
  }
  override spend(steps: number): boolean {
    this.spent += steps;
    return super.spend(steps);
  }
}

/** What a pair costs in each way; nothing when its patterns are none. */
export function costsOf(pair: Pair): Cost[] {
  const bytes = new TextEncoder().encode(textOf(pair));
  const sizes = pair.patterns.map(sizeOf);
  const known = sizes.filter((size) => size !== undefined && size <= INSTRUCTIONS_MAX);
  if (known.length < sizes.length) return [];
  const size = known.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return WAYS.map((way) => {
    const counter = new Counter();
    spend(way, pair.patterns, bytes, counter);
    const own = way === "set" ? size : (known[0] ?? 0);
    return { pair, way, steps: counter.spent / ((bytes.length + 1) * own) };
  });
}

function sizeOf(pattern: string): number | undefined {
  try {
    return compileFind(simplify(parseRegex(pattern, false).root)).ops.length;
  } catch {
    return undefined;
  }
}

function spend(
  way: Cost["way"],
  patterns: readonly string[],
  bytes: Uint8Array,
  counter: Counter,
): void {
  const regexes = patterns.map((pattern) => new CompiledRegex(pattern, { caseInsensitive: false }));
  const [first] = regexes;
  if (first === undefined) return;
  if (way === "set") {
    const hits = new Int32Array(regexes.length);
    createRegexSet(regexes).search(bytes, 0, bytes.length, hits, counter);
  } else if (way === "test") {
    first.test(bytes, 0, bytes.length, counter);
  } else {
    const walk = first.walk(bytes, 0, bytes.length, 0, counter);
    const captures = new Int32Array((first.groupCount + 1) * 2);
    while (walk.next(captures));
  }
}

/** The worst costs of many pairs, most first. */
export function searchCosts(source: PairSource, goesOn: (runs: number) => boolean): Cost[] {
  let worst: Cost[] = [];
  for (let runs = 0; goesOn(runs); runs++) {
    const parent = source.pick(worst);
    const pair = parent === undefined ? source.pair() : source.changed(parent.pair);
    worst = [...worst, ...costsOf(pair)].sort((a, b) => b.steps - a.steps).slice(0, KEPT_MAX);
  }
  return worst;
}

export function run(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: "string", default: "10" },
      runs: { type: "string" },
      seed: { type: "string" },
    },
  });
  const seed = values.seed === undefined ? Date.now() >>> 0 : Number(values.seed) >>> 0;
  const endMs = performance.now() + Number(values.seconds) * 1000;
  const runsMax = values.runs === undefined ? undefined : Number(values.runs);
  let done = 0;
  const worst = searchCosts(new PairSource(seed), (runs) => {
    done = runs;
    return runsMax === undefined ? performance.now() < endMs : runs < runsMax;
  });
  console.log(`fuzz costs: seed ${seed}, ${done} pairs; steps for each byte and instruction:`);
  for (const { way, steps, pair } of worst.slice(0, 5)) {
    console.log(`${steps.toFixed(2).padStart(8)}  ${way}  ${JSON.stringify(pair)}`);
  }
  const tooMany = worst.filter(({ steps }) => steps > STEPS_MAX);
  if (tooMany.length === 0) return 0;
  console.error(`fuzz costs: ${tooMany.length} cost more than ${STEPS_MAX}; see the list above`);
  return 1;
}
