// Telemetry and sets of policies for benchmarks and runs under load: the same each time for the
// same options. What matches a set's policies is exactly what is counted as matching.

import { datadogLogs, type DatadogShape } from "./datadog.ts";
import { type Made, type OtlpOptions, otlpLogs, otlpMetrics, otlpTraces } from "./otlp.ts";
import { policies, type PoliciesOptions } from "./policies.ts";
import { prometheus } from "./prometheus.ts";

export type Generated = Made;

const SEED = 42;
const MATCH_RATE = 0.3;
const BUILDERS = { log: otlpLogs, metric: otlpMetrics, trace: otlpTraces };

interface BodyOptions {
  readonly bytes: number;
  /** Of the records, that some policy matches; 0.3 by default. */
  readonly matchRate?: number;
}

/** One export request. */
export function otlpBody(
  signal: keyof typeof BUILDERS,
  { bytes, matchRate = MATCH_RATE, encoding }: BodyOptions & Pick<OtlpOptions, "encoding">,
): Generated {
  return BUILDERS[signal]({ seed: SEED, size: bytes, matchRate, encoding });
}

export function datadogBody({
  bytes,
  matchRate = MATCH_RATE,
  shape = "mixed",
}: BodyOptions & { readonly shape?: DatadogShape }): Generated {
  return datadogLogs({ seed: SEED, size: bytes, matchRate, shape });
}

export function exposition({ bytes, matchRate = MATCH_RATE }: BodyOptions): Generated {
  return prometheus({ seed: SEED, size: bytes, matchRate });
}

/** A policy file; what is not said is: of logs in OTLP, dropping, ten that match. */
export function policyFile(
  count: number,
  options: Partial<Omit<PoliciesOptions, "count">> = {},
): Buffer {
  const usual = { signal: "log", flavor: "otlp", keep: "none", matchers: "native", live: 10 };
  return policies({ ...(usual as PoliciesOptions), ...options, count }).body;
}
