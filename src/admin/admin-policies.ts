// The page /_edge/policies: the set in force, policy by policy, with what each has done since the
// program started and what is wrong with it. Names and counts only, never telemetry.

import type { LocalPage } from "../pipeline/local-pages.ts";
import {
  type PolicyEngine,
  type PolicySummary,
  type PolicyTotals,
  type TransformCount,
  TRANSFORM_KINDS,
} from "../policy/index.ts";
import { jsonResponse, page, textResponse } from "./admin-page.ts";
import { parseEnum, rejectUnknownParams } from "./admin-query.ts";

const FORMATS = ["text", "json"] as const;
const NO_COUNT: TransformCount = { hits: 0, misses: 0 };

/** A line for each policy, or a JSON document with `?format=json`. */
export function policiesPage(engine: Pick<PolicyEngine, "snapshot" | "totals">): LocalPage {
  return page("/_edge/policies", (_request, query) => {
    rejectUnknownParams(query, ["format"]);
    const format = parseEnum("format", query.get("format") ?? "text", FORMATS);
    const { version, counts, policies } = engine.snapshot;
    const totals = new Map(engine.totals().map((status) => [status.id, status]));
    if (format === "json") {
      const rows = policies.map((policy) => document(policy, totals.get(policy.id)));
      return jsonResponse({ version, counts, policies: rows });
    }
    const { log, metric, trace } = counts;
    const head = `# version=${version} log=${log} metric=${metric} trace=${trace}`;
    const lines = policies.map((policy) => line(policy, totals.get(policy.id)));
    return textResponse(`${[head, ...lines].join("\n")}\n`);
  });
}

function document(policy: PolicySummary, status: PolicyTotals | undefined): unknown {
  const { id, name, signal = null, enabled, errors, warnings } = policy;
  const { hits = 0, misses = 0, droppedBytes: dropped_bytes = 0 } = status ?? {};
  const { dropped = 0, sampled = 0, limited: rate_limited = 0 } = status ?? {};
  const kinds = Object.fromEntries(
    TRANSFORM_KINDS.map((kind) => [kind, status?.[kind] ?? NO_COUNT]),
  );
  const leftOut = { dropped, sampled, rate_limited, dropped_bytes };
  const counts = { hits, misses, ...leftOut, ...kinds };
  return { id, name, signal, enabled, ...counts, errors, warnings };
}

/** Outcomes and transforms that did not happen, and empty lists, are left out. */
function line(policy: PolicySummary, status: PolicyTotals | undefined): string {
  const { id, name, signal = "none", enabled, errors, warnings } = policy;
  const { hits = 0, misses = 0, droppedBytes = 0 } = status ?? {};
  const words = [
    `id=${JSON.stringify(id)} signal=${signal} enabled=${enabled} name=${JSON.stringify(name)}`,
    `hits=${hits} misses=${misses} dropped_bytes=${droppedBytes}`,
  ];
  for (const [name, count = 0] of [
    ["dropped", status?.dropped],
    ["sampled", status?.sampled],
    ["rate_limited", status?.limited],
  ] as const) {
    if (count > 0) words.push(`${name}=${count}`);
  }
  for (const kind of TRANSFORM_KINDS) {
    const count = status?.[kind] ?? NO_COUNT;
    if (count.hits + count.misses > 0) words.push(`${kind}=${count.hits}/${count.misses}`);
  }
  if (errors.length > 0) words.push(`errors=${JSON.stringify(errors)}`);
  if (warnings.length > 0) words.push(`warnings=${JSON.stringify(warnings)}`);
  return words.join(" ");
}
