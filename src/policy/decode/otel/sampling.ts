// Decodes samplings of spans in OpenTelemetry's dialect: matchers and a configuration, in which no
// value may be out of range.

import type { Keep, Target } from "../../model.ts";
import type { DecodeContext } from "../decode-context.ts";
import { PERCENTAGE_MISSING, SAMPLING_KEYS, samplingOf } from "../keep.ts";
import { knownKeys, membersOf } from "../members.ts";
import { type MatcherTable, otelMatchersOf } from "./matchers.ts";

const POLICY_KEYS = knownKeys("matches", "sampling");
/** Used for a sampling that could not be read; only in policies with errors. */
const UNREADABLE: Keep = { kind: "otel_keep" };

/** `context` is the context of the policy's key. */
export function otelSamplingOf(
  raw: unknown,
  table: MatcherTable,
  context: DecodeContext,
): Target | undefined {
  const members = membersOf(raw, POLICY_KEYS, context);
  if (members === undefined) return undefined;
  const matchers = otelMatchersOf(members.matches, table, context);
  const keep = keepOf(members.sampling, context.at("sampling")) ?? UNREADABLE;
  return { signal: "trace", dialect: "otel", matchers, keep };
}

function keepOf(raw: unknown, context: DecodeContext): Keep | undefined {
  if (raw === undefined) {
    return context.fail("missing; write {percentage: 50} with a number from 0 to 100");
  }
  const members = membersOf(raw, SAMPLING_KEYS, context);
  if (members === undefined) return undefined;
  const { percentage, sampling_precision: precision } = members;
  // In tero.policy.v1, what control planes leave out is 0; here that would drop every match.
  if (percentage === undefined && !context.strict) context.fail(PERCENTAGE_MISSING);
  if (precision === 0 && !context.strict) {
    context.fail("sampling_precision: 0 is not a whole number from 1 to 14");
  }
  return { kind: "otel_sample", ...samplingOf(members, context) };
}
