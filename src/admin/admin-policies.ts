// The page /_edge/policies: the set in force, policy by policy, with what each has done since the
// program started and what is wrong with it. It shows names and counts, never telemetry.

import type { LocalPage } from "../pipeline/local-pages.ts";
import {
  type DoneCount,
  type PolicyEngine,
  type PolicySummary,
  type PolicyTotals,
  type ShadowCount,
  type TransformCount,
  TRANSFORM_KINDS,
  writtenPolicy,
} from "../policy/index.ts";
import type { PolicyRegistry } from "../providers/index.ts";
import { jsonResponse, page, textResponse, withoutSecrets } from "./admin-page.ts";
import { parseEnum, rejectUnknownParams } from "./admin-query.ts";

const FORMATS = ["text", "json"] as const;
const NO_COUNT: TransformCount = { hits: 0, misses: 0 };
/** What each count is called here. In lines the first three are always there. */
const NAMES: Readonly<Record<DoneCount, string>> = {
  hits: "hits",
  misses: "misses",
  droppedBytes: "dropped_bytes",
  dropped: "dropped",
  sampled: "sampled",
  limited: "rate_limited",
  budgeted: "budgeted",
  sampledBytes: "sampled_bytes",
  limitedBytes: "rate_limited_bytes",
  budgetedBytes: "budgeted_bytes",
  removedBytes: "removed_bytes",
  addedBytes: "added_bytes",
};
const ALWAYS = 3;
/** The same of what policies would have done; lines have them behind `shadow_`. */
const SHADOW_NAMES: Readonly<Record<ShadowCount, string>> = {
  matchedInShadow: "records",
  droppedInShadow: "dropped",
  sampledInShadow: "sampled",
  limitedInShadow: "rate_limited",
  droppedBytesInShadow: "dropped_bytes",
  sampledBytesInShadow: "sampled_bytes",
  limitedBytesInShadow: "rate_limited_bytes",
  keptInShadow: "kept",
  editedInShadow: "edited",
};
// The keys are those of the tables, which `entries` cannot know.
const COUNTS = Object.entries(NAMES) as readonly (readonly [DoneCount, string])[];
const SHADOW_COUNTS = Object.entries(SHADOW_NAMES) as readonly (readonly [ShadowCount, string])[];

export interface PoliciesDeps {
  readonly engine: Pick<PolicyEngine, "snapshot" | "totals">;
  readonly registry: Pick<PolicyRegistry, "policy">;
  readonly secrets: readonly string[];
}

/**
 * A line for each policy, or a JSON document with `?format=json`. With `id`, of that policy alone;
 * the document then holds it as it would be written in a file.
 */
export function policiesPage({ engine, registry, secrets }: PoliciesDeps): LocalPage {
  return page("/_edge/policies", (_request, query) => {
    rejectUnknownParams(query, ["format", "id"]);
    const format = parseEnum("format", query.get("format") ?? "text", FORMATS);
    const asked = query.get("id");
    const { version, counts, policies: all } = engine.snapshot;
    const policies = asked === null ? all : all.filter(({ id }) => id === asked);
    const totals = new Map(engine.totals().map((status) => [status.id, status]));
    if (format === "json") {
      const rows = policies.map((policy) => ({
        ...document(policy, totals.get(policy.id)),
        ...(asked === null ? {} : writtenIn(registry, policy.id, secrets)),
      }));
      return jsonResponse({ version, counts, policies: rows });
    }
    const { log, metric, trace } = counts;
    const head = `# version=${version} log=${log} metric=${metric} trace=${trace}`;
    const lines = policies.map((policy) => line(policy, totals.get(policy.id)));
    return textResponse(`${[head, ...lines].join("\n")}\n`);
  });
}

/** Policies are no telemetry, but somebody may have pasted a token into one. */
function writtenIn(
  registry: PoliciesDeps["registry"],
  id: string,
  secrets: readonly string[],
): { readonly policy?: unknown } {
  const policy = registry.policy(id);
  return policy === undefined ? {} : { policy: withoutSecrets(writtenPolicy(policy), secrets) };
}

function document(policy: PolicySummary, status: PolicyTotals | undefined): object {
  const { id, name, signal = null, enabled, errors, warnings } = policy;
  const counts = Object.fromEntries(
    COUNTS.map(([count, called]) => [called, status?.[count] ?? 0]),
  );
  const kinds = Object.fromEntries(
    TRANSFORM_KINDS.map((kind) => [kind, status?.[kind] ?? NO_COUNT]),
  );
  const done = { ...counts, ...kinds, ...shadowDocument(policy, status) };
  return { id, name, signal, enabled, ...modeDocument(policy), ...done, errors, warnings };
}

function modeDocument({ mode, enforcedPercent, dialect }: PolicySummary): object {
  return {
    ...(dialect === undefined ? {} : { dialect }),
    mode,
    ...(enforcedPercent === undefined ? {} : { rollout_percent: enforcedPercent }),
  };
}

/** Nothing for policies that are enforced and always were. */
function shadowDocument({ mode }: PolicySummary, status: PolicyTotals | undefined): object {
  if (mode === "enforce" && (status?.matchedInShadow ?? 0) === 0) return {};
  const counts = SHADOW_COUNTS.map(([count, called]) => [called, status?.[count] ?? 0] as const);
  return { shadow: Object.fromEntries(counts) };
}

/** Outcomes and transforms that did not happen, and empty lists, are left out. */
function line(policy: PolicySummary, status: PolicyTotals | undefined): string {
  const { id, name, signal = "none", enabled, mode, enforcedPercent, errors, warnings } = policy;
  const words = [
    `id=${JSON.stringify(id)} signal=${signal} enabled=${enabled} name=${JSON.stringify(name)}`,
  ];
  if (policy.dialect !== undefined) words.push(`dialect=${policy.dialect}`);
  if (mode !== "enforce") {
    words.push(
      `mode=${mode}${enforcedPercent === undefined ? "" : ` rollout=${enforcedPercent}%`}`,
    );
  }
  for (const [at, [count, called]] of COUNTS.entries()) {
    const total = status?.[count] ?? 0;
    if (at < ALWAYS || total > 0) words.push(`${called}=${total}`);
  }
  for (const [count, called] of SHADOW_COUNTS) {
    const total = status?.[count] ?? 0;
    if (total > 0) words.push(`shadow_${called}=${total}`);
  }
  for (const kind of TRANSFORM_KINDS) {
    const count = status?.[kind] ?? NO_COUNT;
    if (count.hits + count.misses > 0) words.push(`${kind}=${count.hits}/${count.misses}`);
  }
  if (errors.length > 0) words.push(`errors=${JSON.stringify(errors)}`);
  if (warnings.length > 0) words.push(`warnings=${JSON.stringify(warnings)}`);
  return words.join(" ");
}
