// Test cases as folders, in the layout of the public conformance suite: policies.json, input.json,
// expected.json, expected_stats.json; input_N.json and expected_N.json for several batches. An
// empty file `provider_only` marks cases whose policies have compile errors.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Signal } from "../../policy/index.ts";
import { readPolicies, type Stats } from "./judging.ts";
import type { Batch, TestCase } from "./test-case.ts";

/** What a case of one's own may be written in. */
const POLICY_FILES = ["policies.json", "policies.yaml", "policies.yml"] as const;
const INPUT = /^input(|_\d+)\.json$/;

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

export function isCaseFolder(folder: string): boolean {
  if (policyFileOf(folder) === undefined) return false;
  return readdirSync(folder).some((name) => INPUT.test(name));
}

/** Throws what reading and parsing throws. */
export function readCase(folder: string, name: string): TestCase {
  const suffixes = readdirSync(folder)
    .flatMap((file) => INPUT.exec(file)?.[1] ?? [])
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  const path = policyFileOf(folder) ?? join(folder, POLICY_FILES[0]);
  const statsPath = join(folder, "expected_stats.json");
  return {
    name,
    path: folder,
    policies: readPolicies(readFileSync(path, "utf8"), path),
    batches: suffixes.map((suffix) => readBatch(folder, name, suffix)),
    // Cases of the suite have this form.
    stats: existsSync(statsPath) ? (readJson(statsPath) as Stats) : undefined,
    statsPath,
    isProviderOnly: existsSync(join(folder, "provider_only")),
  };
}

function readBatch(folder: string, name: string, suffix: string): Batch {
  const input = readFileSync(join(folder, `input${suffix}.json`));
  const expectedPath = join(folder, `expected${suffix}.json`);
  const expected = existsSync(expectedPath) ? readJson(expectedPath) : undefined;
  const signal = signalOf(name, JSON.parse(input.toString()));
  return { kind: "otlp", signal, input, expected, expectedPath, because: undefined };
}

function policyFileOf(folder: string): string | undefined {
  return POLICY_FILES.map((name) => join(folder, name)).find((path) => existsSync(path));
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file}: ${reason}`, { cause: error });
  }
}

function signalOf(name: string, input: unknown): Signal {
  for (const [member, signal] of Object.entries(SIGNAL_OF_MEMBER)) {
    if (typeof input === "object" && input !== null && member in input) return signal;
  }
  const signal = SIGNAL_OF_PREFIX[name.split("_")[0] ?? ""];
  if (signal === undefined) throw new Error(`${name}: neither name nor input tells the signal`);
  return signal;
}
