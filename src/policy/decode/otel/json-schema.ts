// The JSON Schema of policies in OpenTelemetry's own dialect, made from the tables that the decoder
// uses: one definition for each kind of policy.

import {
  conditionProperties,
  enumSchema,
  object,
  type Properties,
  samplingSchema,
  type Schema,
  selectorProperties,
  text,
} from "../schema-parts.ts";
import { OTEL_ACTION } from "./filter.ts";
import { OTEL_METRIC_SELECTORS } from "./metric-selectors.ts";
import { OTEL_LOG_SELECTORS, type OtelSelectors } from "./selectors.ts";
import { OTEL_TRACE_SELECTORS } from "./trace-selectors.ts";

/** By the key of their kind. */
export function otelSchemas(): Properties {
  return {
    log_filter: object(
      "A filter of logs as OpenTelemetry's draft has it: any ACTION_KEEP exempts from ACTION_DROP.",
      { matches: matchesSchema(OTEL_LOG_SELECTORS), action: enumSchema(OTEL_ACTION) },
      ["matches", "action"],
    ),
    log_transform: transformSchema(),
    metric_filter: object(
      "A filter of metrics, or of single data points, as OpenTelemetry's draft has it.",
      { matches: matchesSchema(OTEL_METRIC_SELECTORS), action: enumSchema(OTEL_ACTION) },
      ["matches", "action"],
    ),
    trace_sampling: object(
      "A sampling of spans as OpenTelemetry's draft has it: the highest threshold decides.",
      { matches: matchesSchema(OTEL_TRACE_SELECTORS), sampling: samplingSchema() },
      ["matches", "sampling"],
    ),
  };
}

function transformSchema(): Schema {
  const target = selectorProperties(OTEL_LOG_SELECTORS);
  const selected = { target: object("One of these.", target), ...target };
  const upsert = { type: "boolean", description: "Whether what is there is replaced." };
  const list = (description: string, more: Properties, required?: readonly string[]): Schema => ({
    type: "array",
    items: object(description, more, required),
  });
  return object(
    "What is changed in logs that stay: all removals of all policies, then redactions, renames, additions.",
    {
      matches: matchesSchema(OTEL_LOG_SELECTORS),
      remove: list("Takes a value away.", selected),
      redact: list("Replaces what a pattern finds, or the whole value.", {
        ...selected,
        regex: text("An RE2 pattern; without it the whole value is replaced."),
        replacement: text("What is put there; $1 and ${name} are groups of the pattern."),
      }),
      rename: list(
        "Gives an attribute another key in its map.",
        { from: object("One of these.", target), to: text("The new key."), upsert },
        ["from", "to"],
      ),
      add: list("Adds a value.", { ...selected, value: { $ref: "#/$defs/value" }, upsert }, [
        "value",
      ]),
    },
    ["matches"],
  );
}

function matchesSchema(selectors: OtelSelectors): Schema {
  const target = selectorProperties(selectors);
  const conditions = conditionProperties();
  const predicate = {
    exists: object("There is a value; with negate, there is none.", {}),
    ...Object.fromEntries(
      ["equals", "regex", "gt", "gte", "lt", "lte"].map((key) => [key, conditions[key] ?? {}]),
    ),
    contains: { $ref: "#/$defs/value" },
  };
  const items = object("One target, and one predicate on it.", {
    target: object("One of these.", target),
    predicate: object("One of these.", predicate),
    negate: { type: "boolean", description: "The matcher holds where the predicate does not." },
    ...target,
    ...predicate,
  });
  return { type: "array", minItems: 1, items };
}
