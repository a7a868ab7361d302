// The building blocks of the JSON Schemas of both dialects: objects with their spellings, names of
// enums, selectors, paths, numbers and values.

import { type EnumTable, SAMPLING_MODE } from "./enums.ts";
import type { CONDITION_KEYS } from "./matchers.ts";
import { lowerCamelCase } from "./members.ts";
import type { Selector } from "./selectors.ts";

export type Schema = Readonly<Record<string, unknown>>;
export type Properties = Readonly<Record<string, Schema>>;

/** Keys are also accepted in lowerCamelCase; other keys are not. */
export function object(
  description: string,
  properties: Properties,
  required?: readonly string[],
): Schema {
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

export function selectorProperties(selectors: Readonly<Record<string, Selector>>): Properties {
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

/**
 * Names are suggested in lower case, but accepted in any case, with or without prefix, and by
 * number.
 */
export function enumSchema({ what, prefix, byName, byNumber }: EnumTable<unknown>): Schema {
  const names = [...byName.keys()];
  const pattern = `^(?:${anyCase(prefix)})?(?:${names.map(anyCase).join("|")})$`;
  const numbers = [...byNumber.keys()];
  return {
    description: `${what}: ${names.join(", ")}.`,
    anyOf: [{ enum: names }, { type: "string", pattern }, { enum: numbers }],
  };
}

export function anyCase(text: string): string {
  return text.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

export const text = (description: string): Schema => ({ type: "string", description });
export const FLAGS: Properties = {
  negate: { type: "boolean", description: "The matcher holds where the condition does not." },
  case_insensitive: { type: "boolean", description: "Of conditions on texts." },
};

export function conditionProperties(): Properties {
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

export function pathSchema(): Schema {
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

export function numberSchema(): Schema {
  const whole = { type: ["integer", "string"] };
  return {
    description: "A number, or an object that names its type.",
    anyOf: [
      { type: "number" },
      object("A typed number.", { int_value: whole, double_value: { type: ["number", "string"] } }),
    ],
  };
}

export function valueSchema(): Schema {
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

export function percentageSchema(): Schema {
  return {
    description: "0 to 100.",
    anyOf: [
      { type: "number", minimum: 0, maximum: 100 },
      { type: "string", pattern: "^(?:\\d+\\.?\\d*|\\.\\d+)$" },
    ],
  };
}

export function samplingSchema(): Schema {
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
