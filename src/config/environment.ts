// The layers over the file: the command line, and environment variables, one for every key, named
// by the key's path in upper case.

import { z } from "zod";
import type { Draft, Plain, Problem } from "./draft.ts";
import { type FromText, fromText, fromTexts } from "./from-text.ts";
import { type KeyEntry, keyEntries } from "./keys.ts";
import { nearest } from "../core/nearest.ts";
import type { Environment } from "./substitute.ts";

/** A key's value from the command line. */
export interface Override {
  /** As the reference page names it: `service.name`. */
  readonly key: string;
  /**
   * A text is read as in a variable, a list of texts item by item; numbers and booleans are taken
   * as they are.
   */
  readonly value: boolean | number | string | readonly (number | string)[];
  /** For messages: `--service-name`. */
  readonly flag: string;
}

export interface Layers {
  readonly env: Environment;
  readonly prefix: string;
  readonly commandLine: readonly Override[];
}

/**
 * Lays variables over the file's values, and the command line over both. An empty text takes away
 * a key that has no default; an empty variable is ignored for any other. What cannot be read as
 * the key asks is told here, everything else by the schema.
 */
export function applyLayers(
  schema: z.ZodObject,
  { env, prefix, commandLine }: Layers,
  draft: Draft,
): readonly Problem[] {
  if (commandLine.length === 0 && namesOf({ env, prefix }).length === 0) return [];
  const problems: Problem[] = [];
  const entries = keyEntries(schema, prefix);
  const given = new Map(commandLine.map((override) => [override.key, override]));
  for (const { key, flag } of commandLine) {
    const isKey = entries.some(({ name, variable }) => name === key && variable !== undefined);
    if (!isKey) throw new Error(`${flag} is for ${key}, which is no key of the schema`);
  }
  for (const entry of entries) {
    const override = given.get(entry.name);
    const { path, variable, fallback } = entry;
    const value = override?.value ?? (variable === undefined ? undefined : env[variable]);
    if (variable === undefined || value === undefined) continue;
    const origin = override?.flag ?? variable;
    if (value === "" && fallback === undefined) {
      draft.override(path, undefined, origin);
      continue;
    }
    if (value === "" && override === undefined) continue;
    const read = readLayer(entry, value);
    draft.override(path, read.ok ? read.value : undefined, origin);
    if (!read.ok) problems.push({ path, at: "value", reason: read.reason });
  }
  return problems;
}

function readLayer(entry: KeyEntry, value: Override["value"]): FromText {
  if (typeof value === "string") return fromText(entry, value);
  if (typeof value !== "object") return { ok: true, value };
  const texts = value.filter((item) => typeof item === "string");
  if (texts.length === value.length) return fromTexts(entry, texts);
  return { ok: true, value: [...value] satisfies Plain };
}

/**
 * A warning for each variable with the prefix that nothing reads. `read` are those used by `${…}`
 * or by other parts.
 */
export function unknownVariables(
  schema: z.ZodObject,
  { env, prefix }: Pick<Layers, "env" | "prefix">,
  read: ReadonlySet<string>,
): readonly string[] {
  const names = namesOf({ env, prefix });
  if (names.length === 0) return [];
  const warnings: string[] = [];
  const entries = keyEntries(schema, prefix);
  const known = entries.flatMap(({ variable }) => (variable === undefined ? [] : [variable]));
  for (const name of names) {
    if (known.includes(name) || read.has(name)) continue;
    const near = nearest(
      name.slice(prefix.length),
      known.map((variable) => variable.slice(prefix.length)),
    );
    const cure = near === undefined ? "nothing reads it." : `did you mean ${prefix}${near}?`;
    warnings.push(`${name}: ignored; ${cure}`);
  }
  return warnings;
}

/** Variables with the prefix that are set, in order. */
function namesOf({ env, prefix }: Pick<Layers, "env" | "prefix">): readonly string[] {
  const names = Object.keys(env).filter((name) => name.startsWith(prefix));
  return names.filter((name) => env[name] !== undefined).sort();
}
