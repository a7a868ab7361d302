// Reads folders of conformance cases: policies.json, input.json, expected.json,
// expected_stats.json; input_N.json and expected_N.json for cases of several batches. An empty file
// `provider_only` marks cases whose policies have compile errors. Own cases say in why.txt what
// they hold.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Signal } from "../../src/policy/index.ts";

export interface Batch {
  readonly signal: Signal;
  readonly input: Uint8Array;
  readonly expected: unknown;
}
export interface ExpectedStats {
  readonly policies: readonly {
    readonly policy_id: string;
    readonly hits: number;
    readonly misses?: number;
    readonly errors?: readonly string[];
  }[];
}
export interface Case {
  readonly name: string;
  readonly policies: string;
  readonly batches: readonly Batch[];
  readonly stats: ExpectedStats;
  readonly isProviderOnly: boolean;
}

const SIGNAL_OF_MEMBER = {
  resourceLogs: "log",
  resourceMetrics: "metric",
  resourceSpans: "trace",
} as const satisfies Record<string, Signal>;
const SIGNAL_OF_PREFIX: Readonly<Record<string, Signal>> = {
  logs: "log",
  metrics: "metric",
  traces: "trace",
};

/** All cases of a folder, by name; none when the folder does not exist. */
export function readCases(folder: string): Case[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .filter((name) => existsSync(join(folder, name, "policies.json")))
    .map((name) => readCase(join(folder, name), name));
}

function readCase(at: string, name: string): Case {
  const suffixes = readdirSync(at)
    .flatMap((file) => /^input(|_\d+)\.json$/.exec(file)?.[1] ?? [])
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  return {
    name,
    policies: readFileSync(join(at, "policies.json"), "utf8"),
    batches: suffixes.map((suffix) => {
      const input = readFileSync(join(at, `input${suffix}.json`));
      const expected = readJson(join(at, `expected${suffix}.json`));
      return { signal: signalOf(name, JSON.parse(input.toString())), input, expected };
    }),
    stats: readJson(join(at, "expected_stats.json")) as ExpectedStats,
    isProviderOnly: existsSync(join(at, "provider_only")),
  };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}

function signalOf(name: string, input: object): Signal {
  for (const [member, signal] of Object.entries(SIGNAL_OF_MEMBER)) {
    if (member in input) return signal;
  }
  const signal = SIGNAL_OF_PREFIX[name.split("_")[0]!];
  if (signal === undefined) throw new Error(`${name}: neither name nor input tells the signal`);
  return signal;
}
