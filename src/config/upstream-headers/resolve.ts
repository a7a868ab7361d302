// The `upstream_headers` of a configuration: checks what must hold between their keys, and fills in
// what they leave out.

import { resolve } from "node:path";
import type { Problem } from "../draft.ts";
import type { UpstreamHeaderRule, UpstreamKind } from "../model.ts";
import type { ConfigFile } from "../schema.ts";
import { ACTION_WORDS, UPSTREAM_WORDS } from "./schema.ts";

type Entry = ConfigFile["upstream_headers"][number];

/** The rules of a list without problems, in its order. `folder`: where relative paths begin. */
export function upstreamHeadersOf(
  entries: readonly Entry[],
  { folder }: { readonly folder: string },
): readonly UpstreamHeaderRule[] {
  return entries.map((entry) => {
    const named = entry.upstreams.map((word) => word.toLowerCase());
    return {
      name: entry.name.toLowerCase(),
      action: actionOf(entry),
      value: entry.value?.trim(),
      valueFile: entry.value_file && resolve(folder, entry.value_file),
      upstreams:
        named.length === 0 ? TELEMETRY : UPSTREAM_WORDS.filter((one) => named.includes(one)),
    };
  });
}

/** Exporters are sent no key that is not meant for them. */
const TELEMETRY: readonly UpstreamKind[] = ["default", "logs", "metrics", "traces"];

function actionOf({ action }: Entry): UpstreamHeaderRule["action"] {
  return ACTION_WORDS.find((word) => word === action.toLowerCase()) ?? "set";
}

/** What does not hold between the keys of each. */
export function upstreamHeaderProblems(entries: readonly Entry[]): readonly Problem[] {
  return entries.flatMap((entry, index) => {
    const problem = (key: string, reason: string, at: Problem["at"] = "value"): Problem => ({
      path: ["upstream_headers", index, key],
      at,
      reason,
    });
    const { value, value_file: file } = entry;
    const action = actionOf(entry);
    if (action === "remove") {
      const given = value === undefined ? (file === undefined ? undefined : "value_file") : "value";
      if (given === undefined) return [];
      return [problem(given, "has no use where the header is removed; leave it out.", "key")];
    }
    if (value !== undefined && file !== undefined) {
      return [problem("value_file", "stands beside value; keep one of them.", "key")];
    }
    if (value === undefined && file === undefined) {
      return [problem("value", "is missing; give value, or value_file.")];
    }
    if (value?.trim() === "") return [problem("value", "is nothing but white space.")];
    if (action === "add" && SINGLE.has(entry.name.toLowerCase())) {
      const reason = "cannot stand twice in a request; use set or default.";
      return [problem("action", reason)];
    }
    return [];
  });
}

/** Headers that are no lists (RFC 9110), of those that are used in requests. */
const SINGLE = new Set(["authorization", "cookie", "traceparent", "user-agent"]);
