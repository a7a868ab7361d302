// Converts samplings of spans to the other dialect. Both dialects keep a span by the same
// comparison, but they treat spans that arrive with a threshold differently, and write thresholds
// with different numbers of digits. Pure.

import { formatHexDigits, thresholdOf } from "../keep/bits56.ts";
import { groupsOf } from "../groups.ts";
import type { Keep, Matcher, Sampling, Target } from "../model.ts";
import { type Candidate, isInForce, Loss, type Losses } from "./terms.ts";

const DIGITS_MAX = 14;

export type Sampled = Extract<Keep, { kind: "sample" } | { kind: "otel_sample" }>;

function isSampling(keep: Keep): keep is Sampled {
  return keep.kind === "sample" || keep.kind === "otel_sample";
}

/**
 * Whether it keeps nothing, which is the same in both dialects, whatever arrives and whoever else
 * samples.
 */
function dropsAll({ percent }: Sampling): boolean {
  return Math.fround(percent) <= 0;
}

/** The sampling of tero.policy.v1 as OpenTelemetry's dialect writes the same threshold. */
export function otelSampling(sampling: Sampling): Sampled {
  const precision = Math.min(DIGITS_MAX, sampling.precision + leadingFs(sampling));
  return { ...sampling, kind: "otel_sample", precision };
}

/** The sampling of OpenTelemetry's dialect as tero.policy.v1 writes the same threshold. */
export function teroSampling(sampling: Sampling): Sampled {
  const precision = sampling.precision - leadingFs(sampling);
  if (precision < 1) throw new Loss("its threshold is written with more digits there");
  return { ...sampling, kind: "sample", precision };
}

/** In tero.policy.v1, digits are counted after these. */
function leadingFs({ percent }: Sampling): number {
  const single = Math.fround(percent);
  if (single <= 0 || single >= 100) return 0;
  return formatHexDigits(thresholdOf(single)).search(/[^f]|$/);
}

/** The loss that is avoided only if no span arrives with a threshold. */
export const ARRIVING_LOSS =
  "spans that arrive with a threshold in their tracestate are sampled otherwise there";

/** Notes that spans with a threshold would be sampled differently, if the policy may see any. */
export function checkArriving(target: Target, sampling: Sampling, losses: Losses): void {
  if (dropsAll(sampling)) return;
  if (groupsOf(target).every((group) => group.some(wantsNoTracestate))) return;
  losses.add(ARRIVING_LOSS);
}

function wantsNoTracestate({ field, condition, negate }: Matcher): boolean {
  const isState = field.kind === "field" && field.field === "trace_state";
  return isState && condition.op === "exists" && negate;
}

/**
 * Among the samplings of one dialect a single one decides, and each dialect decides separately: so
 * they can only change dialects all together. Those that drop everything are independent of others.
 */
export function checkTogether(candidates: readonly Candidate[]): void {
  const sampling = candidates.filter(({ policy }) => {
    const { target } = policy;
    if (target === undefined || !isInForce(policy)) return false;
    return isSampling(target.keep) && !dropsAll(target.keep);
  });
  const staying = sampling.find(({ isConverted }) => !isConverted);
  if (staying === undefined) return;
  const id = JSON.stringify(staying.policy.id);
  for (const { isConverted, losses } of sampling) {
    if (isConverted) losses.add(`${id} samples, too, and stays: each dialect decides for itself`);
  }
}
