// Policies of OpenTelemetry's own dialect as they are written: what decoding makes the same model.

import { asWritten } from "../decode/otel/read-as-text.ts";
import { OTEL_SELECTORS, type OtelSelector } from "../decode/otel/index.ts";
import type { FieldRef, Matcher, Signal, Target, Transform } from "../model.ts";
import { targetPlace } from "../groups.ts";
import {
  type Tree,
  writtenCondition,
  writtenField,
  writtenLists,
  writtenSampling,
  writtenScalar,
} from "./written-parts.ts";

export function writtenOtelTarget(target: Target): Tree {
  const { signal, matchers } = target;
  const matches = matchers.map((matcher) => writtenMatcher(matcher, signal));
  return { [targetPlace(target)]: { matches, ...writtenOutcome(target) } };
}

function writtenOutcome({ keep, transform }: Target): Tree {
  if (transform !== undefined) return writtenTransform(transform);
  if (keep.kind === "otel_sample") return { sampling: writtenSampling(keep) };
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

/** Fields by the first name of theirs in the tables that decoding goes by. */
function writtenTarget(field: FieldRef, signal: Signal): Tree {
  if (field.kind === "attribute") return writtenField(field, signal);
  for (const [key, selector] of Object.entries<OtelSelector>(OTEL_SELECTORS[signal])) {
    if (selector.kind !== "field") continue;
    for (const [name, named] of selector.table.byName) {
      if (named === field.field) return { [key]: name };
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
