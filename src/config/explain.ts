// Turns the schema's errors into sentences: what was found, what is allowed, what to do. A sentence
// never contains the value of a secret key, nor what came from a variable inside a string.

import { isObject } from "../core/members.ts";
import { z } from "zod";
import { type Draft, type Plain, type Problem, quote, valueAt } from "./draft.ts";
import { type KeyPath, hintAt, keyEntries, namesAt, schemaAt } from "./keys.ts";
import { type Hint, bare } from "./leaf.ts";
import { nearest } from "../core/nearest.ts";
import { redactUrl } from "../core/redact.ts";

/** The problems that one issue stands for; unknown keys are one each, `keysMax` of them at most. */
export function explainIssue(
  issue: z.core.$ZodIssue,
  schema: z.ZodObject,
  draft: Draft,
  keysMax: number,
): readonly Problem[] {
  const path = pathOf(issue);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, keysMax).map((key) => unknownKey(schema, path, key));
  }
  const value = valueAt(draft.root, path);
  const hint = hintAt(schema, path);
  const allowed = hint?.allowed ?? groupText(schema, path);
  if (value === undefined) return [problem(path, `is missing; allowed: ${allowed}.`)];
  const fault = faultOf(issue, hint, value);
  const shown =
    hint === undefined ? describe(value) : showValue(value, hint, draft.writtenAt(path));
  return [problem(path, `${shown} ${fault}; allowed: ${allowed}.`)];
}

export function pathOf({ path }: z.core.$ZodIssue): KeyPath {
  return path.map((step) => (typeof step === "symbol" ? String(step) : step));
}

function problem(path: KeyPath, reason: string, at: Problem["at"] = "value"): Problem {
  return { path, at, reason };
}

function unknownKey(schema: z.ZodObject, parent: KeyPath, key: string): Problem {
  const path = [...parent, key];
  const names = namesAt(schema, parent);
  const near = nearest(key, names);
  if (near !== undefined) return problem(path, `unknown key; did you mean "${near}"?`, "key");
  const elsewhere = keyEntries(schema).filter((entry) => entry.path.at(-1) === key);
  const only = elsewhere.length === 1 ? elsewhere[0] : undefined;
  if (only !== undefined) return problem(path, `unknown key; did you mean "${only.name}"?`, "key");
  if (names.length > NAMES_SHOWN_MAX) {
    return problem(path, "unknown key; remove it, or see the list of keys.", "key");
  }
  return problem(path, `unknown key; allowed: ${names.join(", ")}.`, "key");
}

const NAMES_SHOWN_MAX = 12;

function faultOf(issue: z.core.$ZodIssue, hint: Hint | undefined, value: Plain): string {
  if (issue.code === "custom") return issue.message;
  if (issue.code === "too_small") return "is too small";
  if (issue.code === "too_big") {
    return typeof value === "string"
      ? `is longer than ${issue.maximum} characters`
      : "is too large";
  }
  switch (hint?.kind) {
    case "integer":
      if (typeof value === "number") return "is not a whole number";
      return typeof value === "string" ? "is text, not a number" : "is not a number";
    case "number":
      return typeof value === "string" ? "is text, not a number" : "is not a number";
    case "flag":
      return typeof value === "string" ? "is text, not true or false" : "is not true or false";
    case "text":
      if (issue.code === "invalid_value") return "is not known";
      return typeof value === "string" ? "does not fit" : "is not text";
    case "list":
      return Array.isArray(value) ? "does not fit" : "is not a list";
    default:
      return isObject(value) ? "does not fit" : "is not an object";
  }
}

function groupText(schema: z.ZodObject, path: KeyPath): string {
  const at = schemaAt(schema, path);
  const inner = at === undefined ? undefined : bare(at);
  if (!(inner instanceof z.ZodObject)) return "an object";
  const names = Object.keys(inner.shape);
  return names.length > NAMES_SHOWN_MAX ? "an object" : `an object with ${names.join(", ")}`;
}

/** A value for a sentence. `written` is its text before substitution, and is shown instead. */
function showValue(value: Plain, hint: Hint, written: string | undefined): string {
  if (typeof value === "object" || hint.show === "never") return describe(value);
  if (typeof value !== "string") return String(value);
  const text = written ?? value;
  return quote(hint.show === "url" ? redactUrl(text) : text);
}

function describe(value: Plain): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return value === "" ? "the empty text" : "the text";
  return typeof value === "number" ? "a number" : String(value);
}
