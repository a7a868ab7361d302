// Reads the members of one object of a policy document, however their keys are spelled, and the
// plain values in them. Every problem goes to the context; nothing throws.

import { nearest } from "../../core/nearest.ts";
import type { DecodeContext } from "./decode-context.ts";
import { preview } from "./decode-context.ts";

/** The keys that an object may have: each spelling, with the snake_case name. */
export interface KnownKeys<Name extends string> {
  readonly names: readonly Name[];
  readonly spellings: ReadonlyMap<string, Name>;
}

export type Members<Name extends string> = Partial<Record<Name, unknown>>;

export function knownKeys<const Name extends string>(...names: readonly Name[]): KnownKeys<Name> {
  const spellings = new Map<string, Name>();
  for (const name of names) {
    spellings.set(name, name);
    spellings.set(lowerCamelCase(name), name);
  }
  return { names, spellings };
}

export function lowerCamelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}

/**
 * The object's members by snake_case name. A null member counts as absent, as in proto3 JSON.
 * Undefined, with an error, if `value` is not an object.
 */
export function membersOf<Name extends string>(
  value: unknown,
  table: KnownKeys<Name>,
  context: DecodeContext,
): Members<Name> | undefined {
  if (!isObject(value)) return context.fail(`expected an object, found ${preview(value)}`);
  const members: Members<Name> = {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    const name = table.spellings.get(key);
    if (name === undefined) {
      if (context.strict) context.fail(() => unknownKey(key, table));
    } else if (member !== null && member !== undefined) {
      if (members[name] !== undefined) context.fail(`"${name}" is given twice; give it once`);
      members[name] = member;
    }
  }
  return members;
}

function unknownKey(key: string, table: KnownKeys<string>): string {
  const near = nearest(key, table.names);
  const cure =
    near === undefined ? `known keys: ${table.names.join(", ")}` : `did you mean "${near}"?`;
  return `unknown key ${preview(key)}; ${cure}`;
}

/** A string; a number is an error, because its spelling may already be lost (1.10, 007). */
export function textOf(value: unknown, name: string, context: DecodeContext): string | undefined {
  if (typeof value === "string") return value;
  const cure =
    typeof value === "number" || typeof value === "bigint" || typeof value === "boolean"
      ? `; write it in quotes: "${preview(value)}"`
      : "";
  return context.fail(`${name}: expected a string, found ${preview(value)}${cure}`);
}

/** A string that is only a name, so that a number is accepted, too: `id: 17`, `version: 2`. */
export function labelOf(value: unknown, name: string, context: DecodeContext): string | undefined {
  if (typeof value === "bigint") return value.toString();
  return typeof value === "number" ? String(value) : textOf(value, name, context);
}

/** A boolean; if absent, the result is `absent`. */
export function flagOf(
  value: unknown,
  name: string,
  absent: boolean,
  context: DecodeContext,
): boolean {
  if (value === undefined) return absent;
  if (typeof value === "boolean") return value;
  const cure = typeof value === "string" ? "; write it without quotes" : "";
  context.fail(`${name}: expected true or false, found ${preview(value)}${cure}`);
  return absent;
}

/** A list; if absent, the empty list. */
export function listOf(value: unknown, name: string, context: DecodeContext): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  context.fail(`${name}: expected a list, found ${preview(value)}`);
  return [];
}

/**
 * A whole number from `min` to `max`, or a decimal string, as proto3 JSON allows. Undefined if
 * absent.
 */
export function wholeNumberOf(
  value: unknown,
  name: string,
  min: number,
  max: number,
  context: DecodeContext,
): number | undefined {
  if (value === undefined) return undefined;
  const plain = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  const number = typeof plain === "bigint" ? Number(plain) : plain;
  if (typeof number === "number" && Number.isInteger(number) && number >= min && number <= max) {
    return number;
  }
  return context.fail(`${name}: ${preview(value)} is not a whole number from ${min} to ${max}`);
}
