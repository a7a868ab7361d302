// The JSON Schema of policy files, for editors, from the tables that the decoder goes by: what the
// decoder takes, the schema takes, but for null in place of an absent key. Whether exactly one
// field and one condition are given is left to the decoder, whose messages say more.

import { type EnumTable, EXTENSION_MODE, OTEL_ACTION, SAMPLING_MODE } from "./enums.ts";
import { CONDITION_KEYS } from "./matchers.ts";
import { lowerCamelCase } from "./members.ts";
import { OTEL_SELECTORS } from "./otel-policy.ts";
import {
  LOG_FROM_SELECTORS,
  LOG_MATCHER_SELECTORS,
  LOG_SELECTORS,
  METRIC_SELECTORS,
  type Selector,
  TRACE_SELECTORS,
} from "./selectors.ts";

type Schema = Readonly<Record<string, unknown>>;
type Properties = Readonly<Record<string, Schema>>;

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
      log_filter: logFilterSchema(),
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

/** Keys also in lowerCamelCase, and no others. */
function object(description: string, properties: Properties, required?: readonly string[]): Schema {
  const spelled = Object.entries(properties).flatMap(([key, schema]) =>
    key === lowerCamelCase(key)
      ? [[key, schema] as const]
      : [[key, schema] as const, [lowerCamelCase(key), schema] as const],
  );
  return {
    type: "object",
    description,
    properties: Object.fromEntries(spelled),
    ...(required === undefined ? {} : { required }),
    additionalProperties: false,
  };
}

/** OpenTelemetry's own dialect. */
function logFilterSchema(): Schema {
  const target = selectorProperties(OTEL_SELECTORS);
  const conditions = conditionProperties();
  const predicate = {
    exists: object("There is a value; with negate, there is none.", {}),
    ...Object.fromEntries(
      ["equals", "regex", "gt", "gte", "lt", "lte"].map((key) => [key, conditions[key] ?? {}]),
    ),
    contains: { $ref: "#/$defs/value" },
  };
  const matcher = object("One target, and one predicate on it.", {
    target: object("One of these.", target),
    predicate: object("One of these.", predicate),
    negate: { type: "boolean", description: "The matcher holds where the predicate does not." },
    ...target,
    ...predicate,
  });
  return object(
    "A filter of logs as OpenTelemetry's draft has it: any ACTION_KEEP exempts from ACTION_DROP.",
    {
      matches: { type: "array", minItems: 1, items: matcher },
      action: enumSchema(OTEL_ACTION),
    },
    ["matches", "action"],
  );
}

function policySchema(): Schema {
  const text = (description: string): Schema => ({ type: "string", description });
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
      log_filter: { $ref: "#/$defs/log_filter" },
    },
    ["id"],
  );
  return { ...policy, anyOf: ["name", "log_filter", "logFilter"].map(hasKey) };
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

function selectorProperties(selectors: Readonly<Record<string, Selector>>): Properties {
  return Object.fromEntries(
    Object.entries(selectors).map(([key, selector]) => [key, selectorSchema(selector)]),
  );
}

function selectorSchema(selector: Selector): Schema {
  switch (selector.kind) {
    case "field":
    case "enum":
      return enumSchema(selector.table);
    case "attribute":
      return { $ref: "#/$defs/path" };
    case "text":
      return { type: "string", minLength: 1 };
    case "nested":
      return { $ref: "#/$defs/conditions" };
  }
}

/** Names are offered in lower case, and taken in any, with or without prefix, and by number. */
function enumSchema({ what, prefix, byName, byNumber }: EnumTable<unknown>): Schema {
  const names = [...byName.keys()];
  const pattern = `^(?:${anyCase(prefix)})?(?:${names.map(anyCase).join("|")})$`;
  const numbers = [...byNumber.keys()];
  return {
    description: `${what}: ${names.join(", ")}.`,
    anyOf: [{ enum: names }, { type: "string", pattern }, { enum: numbers }],
  };
}

function anyCase(text: string): string {
  return text.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

const text = (description: string): Schema => ({ type: "string", description });
const FLAGS: Properties = {
  negate: { type: "boolean", description: "The matcher holds where the condition does not." },
  case_insensitive: { type: "boolean", description: "Of conditions on texts." },
};

function conditionProperties(): Properties {
  const number = { $ref: "#/$defs/number" };
  const known: Readonly<Record<(typeof CONDITION_KEYS)[number], Schema>> = {
    exact: text("The whole value."),
    regex: text("An RE2 pattern that is found in the value."),
    exists: { type: "boolean", description: "Whether there is a value." },
    starts_with: text("How the value begins."),
    ends_with: text("How the value ends."),
    contains: text("What is in the value."),
    equals: { $ref: "#/$defs/value" },
    gt: number,
    gte: number,
    lt: number,
    lte: number,
  };
  return known;
}

function pathSchema(): Schema {
  const segment = { type: ["string", "integer"], minLength: 1 };
  const segments = { type: "array", minItems: 1, items: segment };
  return {
    description: "The key of an attribute, or the keys on the way to a nested one.",
    anyOf: [
      { type: "string", minLength: 1 },
      segments,
      {
        type: "object",
        properties: { path: { anyOf: [{ type: "string", minLength: 1 }, segments] } },
        required: ["path"],
        additionalProperties: false,
      },
    ],
  };
}

function numberSchema(): Schema {
  const whole = { type: ["integer", "string"] };
  return {
    description: "A number, or an object that names its type.",
    anyOf: [
      { type: "number" },
      object("A typed number.", { int_value: whole, double_value: { type: ["number", "string"] } }),
    ],
  };
}

function valueSchema(): Schema {
  return {
    description: "A text, a number or a boolean, or an object that names its type.",
    anyOf: [
      { type: ["string", "number", "boolean"] },
      object("A typed value.", {
        bool_value: { type: "boolean" },
        int_value: { type: ["integer", "string"] },
        double_value: { type: ["number", "string"] },
        bytes_value: text("Base64."),
        hex_value: text("Hex digits."),
        string_value: { type: "string" },
      }),
    ],
  };
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

function percentageSchema(): Schema {
  return {
    description: "0 to 100.",
    anyOf: [
      { type: "number", minimum: 0, maximum: 100 },
      { type: "string", pattern: "^(?:\\d+\\.?\\d*|\\.\\d+)$" },
    ],
  };
}

function samplingSchema(): Schema {
  return object(
    "Which share of matching spans is kept, by trace.",
    {
      percentage: percentageSchema(),
      mode: enumSchema(SAMPLING_MODE),
      sampling_precision: { type: ["integer", "string"], description: "1 to 14 hex digits." },
      hash_seed: { type: ["integer", "string"] },
      fail_closed: { type: "boolean", description: "Default: true.", default: true },
    },
    ["percentage"],
  );
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
