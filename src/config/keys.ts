// Walks the schema and lists every key with its path, default and hint. The reference page, the
// environment and the error messages learn everything about keys from here. This file names no key.

import { z } from "zod";
import { ANY_TEXT, type Hint, bare, hintOf } from "./leaf.ts";

/** A path into a configuration: key names, and indexes of lists. */
export type KeyPath = readonly (string | number)[];

/**
 * One key that holds a value (not an object of further keys). Inside list items the index is `[]`.
 */
export interface KeyEntry {
  readonly path: readonly string[];
  readonly name: string;
  readonly about: string;
  readonly hint: Hint;
  /** Undefined: none. */
  readonly fallback: unknown;
  readonly required: boolean;
  /** For a list of single values: what each of them is. */
  readonly items: Hint | undefined;
  /** The variable that overrides it; undefined for what is in the items of a list. */
  readonly variable: string | undefined;
}

/** An object of keys. */
export interface KeyGroup {
  readonly path: readonly string[];
  readonly about: string;
  readonly keys: readonly KeyEntry[];
}

const ITEM = "[]";

/** Of variables, unless a program has its own. */
export const PREFIX = "TERO_";

/** The schema at a path; undefined where the schema has no such key. */
export function schemaAt(root: z.core.$ZodType, path: KeyPath): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = root;
  for (const step of path) {
    const inner = bare(schema);
    if (inner instanceof z.ZodObject) schema = ownSchema(inner, String(step));
    else if (inner instanceof z.ZodArray) schema = inner.def.element;
    else if (inner instanceof z.ZodRecord) schema = inner.def.valueType;
    else return undefined;
    if (schema === undefined) return undefined;
  }
  return schema;
}

function ownSchema(object: z.ZodObject, key: string): z.core.$ZodType | undefined {
  return Object.hasOwn(object.shape, key) ? object.shape[key] : undefined;
}

export function hintAt(root: z.core.$ZodType, path: KeyPath): Hint | undefined {
  const schema = schemaAt(root, path);
  return schema === undefined ? undefined : hintOf(schema);
}

/**
 * The names of the keys that the object at a path may have; empty when there is no object of keys.
 */
export function namesAt(root: z.core.$ZodType, path: KeyPath): readonly string[] {
  const schema = schemaAt(root, path);
  const inner = schema === undefined ? undefined : bare(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** All groups of keys in the order of the schema; the first is the root. */
export function keyGroups(root: z.ZodObject, prefix = PREFIX): readonly KeyGroup[] {
  const groups: KeyGroup[] = [];
  collect(root, { path: [], about: "", prefix }, groups);
  return groups;
}

/** All keys that hold values, in the order of the schema. */
export function keyEntries(root: z.ZodObject, prefix = PREFIX): readonly KeyEntry[] {
  return keyGroups(root, prefix).flatMap((group) => group.keys);
}

interface Branch {
  readonly path: readonly string[];
  readonly about: string;
  readonly prefix: string;
}

function collect(object: z.ZodObject, { path, about, prefix }: Branch, out: KeyGroup[]) {
  const keys: KeyEntry[] = [];
  out.push({ path, about, keys });
  for (const [name, schema] of Object.entries(object.shape)) {
    const below: Branch = { path: [...path, name], about: descriptionOf(schema), prefix };
    const inner = bare(schema);
    if (inner instanceof z.ZodObject) {
      collect(inner, below, out);
      continue;
    }
    keys.push(entryOf(schema, below));
    if (!(inner instanceof z.ZodArray)) continue;
    const item = bare(inner.def.element);
    if (item instanceof z.ZodObject) {
      const items = [...path, name + ITEM];
      collect(item, { path: items, about: `Each item of \`${name}\`.`, prefix }, out);
    }
  }
}

function entryOf(schema: z.core.$ZodType, { path, about, prefix }: Branch): KeyEntry {
  const inList = path.some((step) => step.endsWith(ITEM));
  const settable = !inList && !(path[0] ?? "").startsWith("$");
  const inner = bare(schema);
  const hint = hintOf(schema) ?? ANY_TEXT;
  return {
    path,
    name: path.join("."),
    about,
    hint,
    fallback: schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined,
    required: !(schema instanceof z.ZodDefault || schema instanceof z.ZodOptional),
    items: inner instanceof z.ZodArray ? hintOf(inner.def.element) : undefined,
    variable: settable ? `${prefix}${path.join("_").toUpperCase()}` : undefined,
  };
}

function descriptionOf(schema: z.core.$ZodType): string {
  return z.globalRegistry.get(schema)?.description ?? "";
}
