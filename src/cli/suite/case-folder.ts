// Test cases as folders, in the layout of the public conformance suite: policies.json, input.json,
// expected.json, expected_stats.json; input_N.json and expected_N.json for several batches. An
// empty file `provider_only` marks cases whose policies have compile errors. Lines are in input.txt
// and expected.txt, read as the tailer's settings in config.json say.

import { errorMessage } from "../../core/errors.ts";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Signal } from "../../policy/index.ts";
import { readReading } from "../policies/text-lines.ts";
import { readPolicies, type Stats } from "./judging.ts";
import { type Batch, linesOf, type TestCase } from "./test-case.ts";

/** What a case of one's own may be written in. */
const POLICY_FILES = ["policies.json", "policies.yaml", "policies.yml"] as const;
const INPUT = /^input(|_\d+)\.(json|txt)$/;
const LINE_SETTINGS = ["config.json", "config.yaml", "config.yml"] as const;

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
  const inputs = readdirSync(folder)
    .filter((file) => INPUT.test(file))
    .sort((a, b) => numberOf(a) - numberOf(b));
  const path = policyFileOf(folder) ?? join(folder, POLICY_FILES[0]);
  const statsPath = join(folder, "expected_stats.json");
  return {
    name,
    path: folder,
    policies: readPolicies(readFileSync(path, "utf8"), path),
    batches: inputs.map((file) => readBatch(folder, name, file)),
    // Cases of the suite have this form.
    stats: existsSync(statsPath) ? (readJson(statsPath) as Stats) : undefined,
    statsPath,
    isProviderOnly: existsSync(join(folder, "provider_only")),
  };
}

function numberOf(file: string): number {
  return Number(/\d+/.exec(file)?.[0] ?? 0);
}

function readBatch(folder: string, name: string, file: string): Batch {
  const input = readFileSync(join(folder, file));
  const expectedPath = join(folder, file.replace("input", "expected"));
  const isThere = existsSync(expectedPath);
  const common = { input, expectedPath, because: undefined };
  if (file.endsWith(".txt")) {
    const expected = isThere ? linesOf(readFileSync(expectedPath)) : undefined;
    const reading = readReading(firstOf(folder, LINE_SETTINGS));
    return { ...common, kind: "text", signal: "log", expected, reading };
  }
  const expected = isThere ? readJson(expectedPath) : undefined;
  const signal = signalOf(name, JSON.parse(input.toString()));
  return { ...common, kind: "otlp", signal, expected };
}

function policyFileOf(folder: string): string | undefined {
  return firstOf(folder, POLICY_FILES);
}

function firstOf(folder: string, names: readonly string[]): string | undefined {
  return names.map((name) => join(folder, name)).find((path) => existsSync(path));
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = errorMessage(error);
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
