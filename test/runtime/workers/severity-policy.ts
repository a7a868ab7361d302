// Policies on the severity text of logs.

import type { FieldRef, Keep, Policy } from "../../../src/policy/index.ts";
import { policyOf } from "../../support/engine.ts";

const SEVERITY: FieldRef = { kind: "field", field: "severity_text" };

/** Matches logs of one severity. */
export function severityPolicy(id: string, severity: string, keep: Keep): Policy {
  const value = { type: "string", value: severity } as const;
  const condition = { op: "equals", value } as const;
  return policyOf(
    id,
    [{ field: SEVERITY, condition, negate: false, caseInsensitive: false }],
    keep,
  );
}

/** So many in ten minutes, which no test lasts. */
export const rate = (count: number): Keep => ({ kind: "rate", count, windowMs: 600_000 });

/** Keeps so many of each severity in ten minutes. */
export function perSeverity(id: string, count: number): Policy {
  const condition = { op: "exists" } as const;
  const matcher = { field: SEVERITY, condition, negate: false, caseInsensitive: false };
  return policyOf(id, [matcher], { kind: "rate", count, windowMs: 600_000, key: SEVERITY });
}

/** Its regex is none. */
export function brokenPolicy(id: string): Policy {
  const condition = { op: "regex", pattern: "(" } as const;
  return policyOf(id, [{ field: SEVERITY, condition, negate: false, caseInsensitive: false }]);
}
