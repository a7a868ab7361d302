// Writes policies of OpenTelemetry's own dialect as the draft spells them, so that every reader of
// the draft accepts them: enums by their full names, paths as lists, labels as lists of keys and
// values.

import { asWritten } from "../decode/otel/read-as-text.ts";
import { OTEL_SELECTORS, type OtelSelector } from "../decode/otel/index.ts";
import type { FieldRef, Matcher, Signal, Target, Transform } from "../model.ts";
import { targetPlace } from "../groups.ts";
import {
  attributeKey,
  type Tree,
  writtenCondition,
  writtenLists,
  writtenSampling,
  writtenScalar,
} from "./written-parts.ts";

export function writtenOtelLabels(labels: Readonly<Record<string, string>>): unknown {
  return Object.entries(labels).map(([key, text]) => ({ key, value: { string_value: text } }));
}

export function writtenOtelTarget(target: Target): Tree {
  const { signal, matchers } = target;
  const matches = matchers.map((matcher) => writtenMatcher(matcher, signal));
  return { [targetPlace(target)]: { matches, ...writtenOutcome(target) } };
}

function writtenOutcome({ keep, transform }: Target): Tree {
  if (transform !== undefined) return writtenTransform(transform);
  if (keep.kind === "otel_sample") {
    const mode = `SAMPLING_MODE_${keep.mode.toUpperCase()}`;
    return { sampling: { ...writtenSampling(keep), mode } };
  }
  return { action: keep.kind === "otel_drop" ? "ACTION_DROP" : "ACTION_KEEP" };
}

function writtenMatcher({ field, condition: read, negate }: Matcher, signal: Signal): Tree {
  const condition = asWritten(field, read);
  const predicate =
    condition.op === "exists"
      ? { exists: {} }
      : condition.op === "equals"
        ? { equals: writtenScalar(condition.value) }
        : writtenCondition(condition);
  return { target: writtenTarget(field, signal), predicate, ...(negate ? { negate } : {}) };
}

/** Names fields by their first name in the tables that the decoder uses. */
function writtenTarget(field: FieldRef, signal: Signal): Tree {
  if (field.kind === "attribute") return { [attributeKey(field.scope, signal)]: field.path };
  for (const [key, selector] of Object.entries<OtelSelector>(OTEL_SELECTORS[signal])) {
    if (selector.kind !== "field") continue;
    const { byName, prefix } = selector.table;
    for (const [name, named] of byName) {
      if (named === field.field) return { [key]: `${prefix}${name}`.toUpperCase() };
    }
  }
  return {};
}

function writtenTransform(transform: Transform): Tree {
  return writtenLists(transform, {
    selected: (field) => ({ target: writtenTarget(field, "log") }),
    from: (field) => ({ from: writtenTarget(field, "log") }),
  });
}
