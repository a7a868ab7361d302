// Flags that override keys of a configuration. What they take and what they are for comes from the
// schema. Pure.

import type { z } from "zod";
import { type Override, keyEntries } from "../config/index.ts";
import type { Flag, Invocation } from "./command.ts";

/** What a schema does not say of a flag; its name is the key's, with dashes, unless given. */
export type KeyFlag = Partial<Pick<Flag, "name" | "short" | "value" | "summary" | "repeat">>;

/**
 * A flag for each key in `own`, in that order. Values are checked where all layers meet, with the
 * file's and the variables'; a true or false is a switch, a list of single values may be repeated.
 */
export function keyFlags(
  schema: z.ZodObject,
  own: Readonly<Record<string, KeyFlag>>,
): readonly Flag[] {
  const entries = keyEntries(schema);
  return Object.entries(own).map(([key, given]): Flag => {
    const entry = entries.find(({ name }) => name === key);
    if (entry === undefined) throw new Error(`${key} is no key of the schema`);
    const { hint, items, about, fallback } = entry;
    const name = `--${key.replaceAll(/[._]/g, "-")}`;
    const summary = about.replaceAll("`", "");
    if (hint.kind === "flag") return { name, summary, key, negatable: true, ...given };
    const value = hint.kind === "integer" || hint.kind === "number" ? "N" : "VALUE";
    const repeat = items === undefined ? {} : ({ repeat: "all" } as const);
    const isOne = typeof fallback === "string" || typeof fallback === "number";
    const standard = isOne ? { fallback: String(fallback) } : {};
    return { name, summary, key, value, allowed: hint.allowed, ...standard, ...repeat, ...given };
  });
}

/** The layer of the command line. */
export function overridesOf({ flags }: Invocation, table: readonly Flag[]): readonly Override[] {
  return table.flatMap(({ name, key }) => {
    const value = flags.get(name);
    return key === undefined || value === undefined ? [] : [{ key, value, flag: name }];
  });
}
