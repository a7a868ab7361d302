// TERO_* variables: one for every key that holds a single value, named by the key's path in upper
// case.

import { z } from "zod";
import type { Draft, Problem } from "./draft.ts";
import { quote } from "./draft.ts";
import { type KeyEntry, keyEntries } from "./keys.ts";
import { nearest } from "../core/nearest.ts";
import type { Environment } from "./substitute.ts";

export const PREFIX = "TERO_";

/**
 * Lays the variables over the file's values. An empty variable takes away a key that has no
 * default, and is ignored for any other. Values become numbers and booleans as the key asks; what
 * does not fit is left as text and refused by the schema, except for numbers and booleans, which
 * are told here.
 */
export function applyEnvironment(
  schema: z.ZodObject,
  env: Environment,
  draft: Draft,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const entry of keyEntries(schema)) {
    const { variable } = entry;
    if (variable === undefined) continue;
    const text = env[variable];
    if (text === undefined) continue;
    if (text === "") {
      if (entry.fallback === undefined) draft.override(entry.path, undefined, variable);
      continue;
    }
    const value = convert(entry, text);
    draft.override(entry.path, value, variable);
    if (value !== undefined) continue;
    const wrong = entry.hint.kind === "integer" ? "a whole number" : "true or false";
    const reason = `${quote(text)} is not ${wrong}; allowed: ${allowedText(entry)}.`;
    problems.push({ path: entry.path, at: "value", reason });
  }
  return problems;
}

/** A flag may also be 1 or 0 in a variable. */
function allowedText(entry: KeyEntry): string {
  return entry.hint.kind === "flag" ? "true, false, 1 or 0" : entry.hint.allowed;
}

function convert(entry: KeyEntry, text: string): string | number | boolean | undefined {
  switch (entry.hint.kind) {
    case "integer":
      return /^-?[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
    case "flag":
      if (text === "true" || text === "1") return true;
      return text === "false" || text === "0" ? false : undefined;
    default:
      return text;
  }
}

/**
 * A warning for each TERO_ variable that nothing reads. `read` are those used by `${…}` or by other
 * parts.
 */
export function unknownVariables(
  schema: z.ZodObject,
  env: Environment,
  read: ReadonlySet<string>,
): readonly string[] {
  const warnings: string[] = [];
  const entries = keyEntries(schema);
  const known = entries.flatMap(({ variable }) => (variable === undefined ? [] : [variable]));
  const lists = new Map(
    entries
      .filter(({ hint }) => hint.kind === "list" || hint.kind === "map")
      .map((entry) => [`${PREFIX}${entry.path.join("_").toUpperCase()}`, entry.name]),
  );
  for (const name of Object.keys(env).sort()) {
    if (!name.startsWith(PREFIX) || env[name] === undefined) continue;
    if (known.includes(name) || read.has(name)) continue;
    const list = lists.get(name);
    if (list !== undefined) {
      warnings.push(`${name}: ignored; ${list} can be set in the configuration file only.`);
      continue;
    }
    const near = nearest(
      name.slice(PREFIX.length),
      known.map((variable) => variable.slice(PREFIX.length)),
    );
    const cure = near === undefined ? "nothing reads it" : `did you mean ${PREFIX}${near}?`;
    warnings.push(`${name}: ignored; ${cure}${near === undefined ? "." : ""}`);
  }
  return warnings;
}
