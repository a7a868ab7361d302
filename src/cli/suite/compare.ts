// Compares results of conformance cases: our own cases exactly; those of the public suite by its
// rules, under which members with default values count as absent, and enum names and digits as
// numbers.

import type { Stats } from "./judging.ts";

const KINDS = ["INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const SEVERITIES = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const ENUM_NUMBERS = new Map<string, number>([
  ["STATUS_CODE_UNSET", 0],
  ["STATUS_CODE_OK", 1],
  ["STATUS_CODE_ERROR", 2],
  ["AGGREGATION_TEMPORALITY_UNSPECIFIED", 0],
  ["AGGREGATION_TEMPORALITY_DELTA", 1],
  ["AGGREGATION_TEMPORALITY_CUMULATIVE", 2],
  ["SPAN_KIND_UNSPECIFIED", 0],
  ...KINDS.map((kind, i): [string, number] => [`SPAN_KIND_${kind}`, i + 1]),
  ["SEVERITY_NUMBER_UNSPECIFIED", 0],
  ...SEVERITIES.flatMap((name, i) =>
    ["", "2", "3", "4"].map((step, j): [string, number] => [
      `SEVERITY_NUMBER_${name}${step}`,
      i * 4 + j + 1,
    ]),
  ),
]);

function isDefault(value: unknown): boolean {
  if (value === null || value === "" || value === 0 || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** The document without what the public suite's comparison does not see. */
export function normalized(value: unknown): unknown {
  if (typeof value === "string") {
    if (/^\d+$/.test(value)) return Number(value);
    return ENUM_NUMBERS.get(value) ?? value;
  }
  if (Array.isArray(value)) return value.map(normalized);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, normalized(member)] as const);
  return Object.fromEntries(members.filter(([, member]) => !isDefault(member)));
}

/** Stats of several runs added up; misses of 0 are left out. */
export function summed(runs: readonly Stats[]): Stats {
  const rows = new Map<string, { hits: number; misses: number }>();
  for (const { policy_id: id, hits, misses = 0 } of runs.flatMap(({ policies }) => policies)) {
    const row = rows.get(id) ?? { hits: 0, misses: 0 };
    rows.set(id, { hits: row.hits + hits, misses: row.misses + misses });
  }
  const policies = [...rows]
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([id, { hits, misses }]) =>
      misses > 0 ? { policy_id: id, hits, misses } : { policy_id: id, hits },
    );
  return { policies };
}

/** What is compared of a client's report: hits, and of errors the place and the bad pattern. */
export function reported({ policies }: Stats): Stats {
  return {
    policies: policies
      .map(({ policy_id, hits, errors = [] }) => ({
        policy_id,
        hits,
        ...(errors.length > 0 ? { errors: errors.map(errorPlace).sort() } : {}),
      }))
      .filter((row) => row.hits > 0 || row.errors !== undefined),
  };
}

function errorPlace(error: string): string {
  if (/^log: transform:.*invalid.*regex/.test(error)) return "log: transform: invalid regex";
  if (error.startsWith("log: keep")) return "log: keep";
  return error.replace(/(invalid regex "[^"]+").*$/s, "$1");
}
