// Converts a single policy of tero.policy.v1 to OpenTelemetry's dialect. Pure.

import { groupsOf } from "../groups.ts";
import type { Keep, Policy, Target, Transform } from "../model.ts";
import type { ConvertOptions, Losses } from "./terms.ts";
import { checkPath, otelMatchers } from "./matchers.ts";
import { checkArriving, otelSampling } from "./samplings.ts";

/** One policy for each of its groups of matchers; useless if anything is lost. */
export function otelPolicies(
  policy: Policy,
  target: Target,
  losses: Losses,
  options: ConvertOptions,
): readonly Policy[] {
  const { signal } = target;
  if (policy.extensions.length > 0) losses.add("that dialect has no extensions");
  const outcome = otelOutcome(target, losses, options);
  const groups = groupsOf(target).map((group) =>
    group.flatMap((one) => losses.attempt(() => otelMatchers(one, signal), [])),
  );
  if (outcome.transform !== undefined && groups.length > 1) {
    losses.add(
      "its groups are policies there, and would each transform what several of them match",
    );
  }
  return groups.map((matchers, i) => ({
    ...policy,
    id: i === 0 ? policy.id : `${policy.id}-${i + 1}`,
    target: { signal, dialect: "otel", matchers, ...outcome },
  }));
}

/** What happens to matching records. */
function otelOutcome(
  target: Target,
  losses: Losses,
  { spansArriveUnsampled }: ConvertOptions,
): { keep: Keep; transform?: Transform } {
  const { keep, transform } = target;
  if (keep.kind === "sample") {
    if (!spansArriveUnsampled) checkArriving(target, keep, losses);
    return { keep: otelSampling(keep) };
  }
  // Dropped records are not transformed.
  if (keep.kind === "none") return { keep: { kind: "otel_drop" } };
  if (keep.kind !== "all") losses.add("that dialect has no percentages and rates of logs");
  else if (transform === undefined) {
    losses.add("keep: all does nothing, and that dialect has no such");
  }
  if (transform !== undefined) checkTransform(transform, losses);
  return { keep: { kind: "otel_pass" }, ...(transform === undefined ? {} : { transform }) };
}

function checkTransform({ remove, redact, rename, add }: Transform, losses: Losses): void {
  const edited = [redact, add].flatMap((list) => list.map(({ field }) => field));
  for (const field of [...remove, ...edited, ...rename.map(({ from }) => from)]) {
    losses.attempt(() => checkPath(field), undefined);
  }
  if (redact.some(({ replacement }) => replacement === "")) {
    losses.add("an empty replacement is [REDACTED] there");
  }
  if (rename.some(({ from }) => from.kind === "attribute" && from.path.length > 1)) {
    losses.add("a renamed value stays in its map there, and here goes to the top of the list");
  }
}
