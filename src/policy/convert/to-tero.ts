// Converts a single policy of OpenTelemetry's dialect to tero.policy.v1. Pure.

import type { Keep, Policy, Target, Transform } from "../model.ts";
import { teroMatcher } from "./matchers.ts";
import { checkArriving, teroSampling } from "./samplings.ts";
import type { ConvertOptions, Losses } from "./terms.ts";

/** The result is useless if anything is lost. */
export function teroPolicy(
  policy: Policy,
  written: Target,
  losses: Losses,
  options: ConvertOptions,
): Policy {
  const { dialect: _, ...target } = written;
  const keep = teroKeep(written, losses, options);
  if (target.transform !== undefined) checkTransform(target.transform, losses);
  const matchers = target.matchers.map((one) =>
    losses.attempt(() => teroMatcher(one, target.signal), one),
  );
  return { ...policy, target: { ...target, matchers, keep } };
}

function teroKeep(target: Target, losses: Losses, { spansArriveUnsampled }: ConvertOptions): Keep {
  const { keep } = target;
  switch (keep.kind) {
    case "otel_sample":
      if (!spansArriveUnsampled) checkArriving(target, keep, losses);
      return losses.attempt(() => teroSampling(keep), keep);
    case "otel_pass":
      return { kind: "all" };
    case "otel_drop":
      return { kind: "none" };
    default:
      losses.add("ACTION_KEEP exempts from other policies, which keep: all does not");
      return keep;
  }
}

function checkTransform({ remove, redact, rename, add }: Transform, losses: Losses): void {
  const edited = [redact, add].flatMap((list) => list.map(({ field }) => field));
  for (const field of [...remove, ...edited, ...rename.map(({ from }) => from)]) {
    if (field.kind === "attribute" && field.intoLists === true) {
      losses.add("that dialect has no paths into arrays");
    }
  }
  if (rename.some(({ from }) => from.kind === "attribute" && from.path.length > 1)) {
    losses.add("a renamed value goes to the top of the list there, and here stays in its map");
  }
  if (add.some(({ value }) => value.type !== "string")) {
    losses.add("that dialect adds texts alone");
  }
}
