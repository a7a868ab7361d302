// The JSON Schema of policy files, for editors, derived from the decoder's own tables. The schema
// accepts what the decoder accepts, except for null in place of a missing key. Only the decoder,
// whose messages say more, checks that exactly one field and one condition are given.

import { EXTENSION_MODE } from "./enums.ts";
import { lowerCamelCase } from "./members.ts";
import { otelSchemas } from "./otel/json-schema.ts";
import {
  anyCase,
  conditionProperties,
  enumSchema,
  FLAGS,
  numberSchema,
  object,
  pathSchema,
  percentageSchema,
  type Properties,
  samplingSchema,
  type Schema,
  selectorProperties,
  text,
  valueSchema,
} from "./schema-parts.ts";
import {
  LOG_FROM_SELECTORS,
  LOG_MATCHER_SELECTORS,
  LOG_SELECTORS,
  METRIC_SELECTORS,
  type Selector,
  TRACE_SELECTORS,
} from "./selectors.ts";

/** Draft 2020-12. */
export function policyFileSchema(): Schema {
  const policy = { $ref: "#/$defs/policy" };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Policies",
    description: "A set of policies, a list of them, or one.",
    anyOf: [
      {
        type: "object",
        properties: { $schema: { type: "string" }, policies: { type: "array", items: policy } },
        required: ["policies"],
      },
      { type: "array", items: policy },
      policy,
    ],
    $defs: {
      policy: policySchema(),
      log: targetSchema("log", {
        keep: keepSchema(),
        transform: transformSchema(),
        sample_key: object(
          "What percentages and rates are counted by: records of an equal value go together.",
          selectorProperties(LOG_SELECTORS),
        ),
      }),
      metric: targetSchema("metric", {
        keep: { type: "boolean", description: "Whether matching data points are kept." },
      }),
      trace: targetSchema("trace", { keep: samplingSchema() }),
      ...otelSchemas(),
      log_matchers: matchersSchema(LOG_MATCHER_SELECTORS),
      metric_matchers: matchersSchema(METRIC_SELECTORS),
      trace_matchers: matchersSchema(TRACE_SELECTORS),
      path: pathSchema(),
      number: numberSchema(),
      value: valueSchema(),
      conditions: object("A condition on one field.", {
        ...conditionProperties(),
        ...FLAGS,
        min: { $ref: "#/$defs/number" },
        max: { $ref: "#/$defs/number" },
      }),
    },
  };
}

function policySchema(): Schema {
  const otelKinds = Object.keys(otelSchemas());
  const nanos = { type: ["string", "integer"], description: "In Unix nanoseconds." };
  const policy = object(
    "One policy: what it is called, what it matches, and what becomes of that.",
    {
      id: text("Unique among all policies; where several match alike, the lowest decides."),
      name: text("For people."),
      description: text("For people."),
      enabled: { type: "boolean", description: "Default: true.", default: true },
      created_at_unix_nano: nanos,
      modified_at_unix_nano: nanos,
      labels: {
        description:
          "For people and control planes, but for edge.mode (shadow or enforce) and edge.rollout (such as 10%), which say how far the policy is enforced.",
      },
      log: { $ref: "#/$defs/log" },
      metric: { $ref: "#/$defs/metric" },
      trace: { $ref: "#/$defs/trace" },
      extensions: { type: "array", items: extensionSchema() },
      ...Object.fromEntries(otelKinds.map((kind) => [kind, { $ref: `#/$defs/${kind}` }])),
    },
    ["id"],
  );
  const nameless = otelKinds.flatMap((kind) => [kind, lowerCamelCase(kind)]);
  return { ...policy, anyOf: ["name", ...nameless].map(hasKey) };
}

function targetSchema(signal: string, rest: Properties): Schema {
  const match = { $ref: `#/$defs/${signal}_matchers` };
  const match_group = {
    type: "array",
    minItems: 1,
    items: { anyOf: [object("A group.", { match }, ["match"]), match] },
    description: "In place of match: it is enough that all matchers of one group hold.",
  };
  const target = object(`What becomes of ${signal}s that match.`, { match, match_group, ...rest });
  return { ...target, oneOf: ["match", "match_group", "matchGroup"].map(hasKey) };
}

function matchersSchema(selectors: Readonly<Record<string, Selector>>): Schema {
  const matcher = object("One field, and one condition on it.", {
    ...selectorProperties(selectors),
    ...conditionProperties(),
    ...FLAGS,
  });
  const description = "All of them have to hold.";
  return { type: "array", minItems: 1, items: matcher, description };
}

function hasKey(key: string): Schema {
  return { type: "object", properties: { [key]: {} }, required: [key] };
}

function keepSchema(): Schema {
  const blank = "\\s*";
  const percent = "(?:\\d+\\.?\\d*|\\.\\d+)%";
  const words = `${anyCase("all")}|${anyCase("none")}`;
  return {
    description: "all, none, a share (50%), or a rate (100/s, 1/5m).",
    anyOf: [
      { enum: ["all", "none"] },
      { type: "boolean", description: "true is all, false is none." },
      object("A share.", { percentage: percentageSchema() }, ["percentage"]),
      { type: "string", pattern: `^${blank}(?:${words}|${percent}|\\d+/\\d*[sm]|)${blank}$` },
    ],
  };
}

function transformSchema(): Schema {
  const list = (item: Schema): Schema => ({ type: "array", items: item });
  const field = selectorProperties(LOG_SELECTORS);
  const upsert = { type: "boolean", description: "Whether what is there is replaced." };
  return object("What is changed in kept records, in this order.", {
    remove: list(object("Takes a value away.", field)),
    redact: list(
      object("Replaces what a pattern finds, or the whole value.", {
        ...field,
        regex: text("An RE2 pattern; without it the whole value is replaced."),
        replacement: text("What is put there; $1 and ${name} are groups of the pattern."),
      }),
    ),
    rename: list(
      object("Gives an attribute another key.", {
        ...selectorProperties(LOG_FROM_SELECTORS),
        to: text("The new key."),
        upsert,
      }),
    ),
    add: list(object("Adds a value.", { ...field, value: { type: "string" }, upsert }, ["value"])),
  });
}

function extensionSchema(): Schema {
  return object("What an extension does with records of this policy.", {
    type: text("The extension's name, such as com.usetero/s3-dump."),
    version: { type: "string" },
    config: { type: ["object", "string"] },
    target: {},
    mode: enumSchema(EXTENSION_MODE),
  });
}
