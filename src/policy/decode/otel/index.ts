// Decodes policies in OpenTelemetry's own dialect (opentelemetry.proto.policies.v1development) to
// the same model. A policy that cannot be judged exactly as the draft says is refused with a
// message; none is ever read more loosely.

import type { Signal, Target } from "../../model.ts";
import type { DecodeContext } from "../decode-context.ts";
import { otelFilterOf } from "./filter.ts";
import { otelTransformOf } from "./log-transform.ts";
import { matcherTable } from "./matchers.ts";
import { otelSamplingOf } from "./sampling.ts";
import { OTEL_METRIC_SELECTORS } from "./metric-selectors.ts";
import { OTEL_LOG_SELECTORS, type OtelSelectors } from "./selectors.ts";
import { OTEL_TRACE_SELECTORS } from "./trace-selectors.ts";

export type { OtelSelector } from "./selectors.ts";

/** The kinds of policies; the presence of one of these keys shows the dialect. */
export const OTEL_KINDS = [
  "log_filter",
  "log_transform",
  "metric_filter",
  "trace_sampling",
] as const;
export type OtelKind = (typeof OTEL_KINDS)[number];

const LOG_MATCHERS = matcherTable(OTEL_LOG_SELECTORS);
const METRIC_MATCHERS = matcherTable(OTEL_METRIC_SELECTORS);
const TRACE_MATCHERS = matcherTable(OTEL_TRACE_SELECTORS);

/** The selectors that targets of each signal may use. */
export const OTEL_SELECTORS = {
  log: OTEL_LOG_SELECTORS,
  metric: OTEL_METRIC_SELECTORS,
  trace: OTEL_TRACE_SELECTORS,
} as const satisfies Record<Signal, OtelSelectors>;

export function isOtelKind(kind: string): kind is OtelKind {
  return OTEL_KINDS.some((known) => known === kind);
}

/** Decodes the value of a kind's key; `context` is the context of that key. */
export function otelTargetOf(
  kind: OtelKind,
  raw: unknown,
  context: DecodeContext,
): Target | undefined {
  switch (kind) {
    case "log_filter":
      return otelFilterOf(raw, "log", LOG_MATCHERS, context);
    case "log_transform":
      return otelTransformOf(raw, LOG_MATCHERS, context);
    case "metric_filter":
      return otelFilterOf(raw, "metric", METRIC_MATCHERS, context);
    case "trace_sampling":
      return otelSamplingOf(raw, TRACE_MATCHERS, context);
  }
}
