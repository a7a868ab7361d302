// Finds attribute names that are close to one of OpenTelemetry's semantic conventions, and so are
// probably mistyped.

import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { editsBetween } from "../../core/nearest.ts";
import {
  type FieldRef,
  placedMatchers,
  type Policy,
  targetPlace,
  transformPlace,
} from "../../policy/index.ts";
import type { LintFinding } from "./rules.ts";

const KNOWN = Object.entries(conventions).flatMap(([constant, name]: [string, unknown]) =>
  constant.startsWith("ATTR_") && typeof name === "string" ? [name] : [],
);
const NAMES = new Set(KNOWN);
/** Short names are near to too many. */
const NAME_CHARS_MIN = 6;
/** One slip, or two in a long name. */
const LONG_CHARS = 14;

export function lintNames(policies: readonly Policy[]): readonly LintFinding[] {
  return policies.flatMap(({ enabled, errors, target }, index): LintFinding[] => {
    if (!enabled || errors.length > 0 || target === undefined) return [];
    const { transform } = target;
    const own = targetPlace(target);
    const edits = transformPlace(target);
    const places: (readonly [string, FieldRef])[] = [
      ...placedMatchers(target).map(
        ({ matcher, place }) => [`${own}: ${place}`, matcher.field] as const,
      ),
      ...(transform?.redact ?? []).map(
        ({ field }, at) => [`${edits}: redact[${at}]`, field] as const,
      ),
      ...(transform?.remove ?? []).map((field, at) => [`${edits}: remove[${at}]`, field] as const),
    ];
    return places.flatMap(([place, field]): LintFinding[] => {
      const near = nearName(field);
      if (near === undefined) return [];
      const text = `${place}: ${near}`;
      return [{ index, rule: "attribute-name", text }];
    });
  });
}

function nearName(field: FieldRef): string | undefined {
  if (field.kind !== "attribute" || field.path.length !== 1) return undefined;
  const [name = ""] = field.path;
  if (name.length < NAME_CHARS_MIN || NAMES.has(name) || !/[._]/.test(name)) return undefined;
  const known = nearConvention(name);
  if (known === undefined) return undefined;
  return `${JSON.stringify(name)} is no name of the semantic conventions; did you mean "${known}"?`;
}

function nearConvention(name: string): string | undefined {
  const most = name.length >= LONG_CHARS ? 2 : 1;
  let best: string | undefined;
  let bestEdits = most + 1;
  for (const known of KNOWN) {
    if (Math.abs(known.length - name.length) > most) continue;
    const edits = editsBetween(name.toLowerCase(), known);
    if (edits >= bestEdits) continue;
    best = known;
    bestEdits = edits;
  }
  return best;
}
