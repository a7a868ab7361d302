// Writes the parts of a policy that evaluating needs as text, and reads them back, for threads that
// are handed large sets of which they look at few policies. Only the program that wrote the text
// reads it.

import type { ExtensionUse, Policy, Target } from "../model.ts";

/**
 * Values that JSON does not have; each is written as an object with one member that the model never
 * uses.
 */
const INT = "$i";
const BYTES = "$b";
const NUMBER = "$n";

interface Text {
  readonly id: string;
  readonly enforcedPercent?: number;
  readonly target?: Target;
  readonly extensions?: readonly ExtensionUse[];
}

/** Name, description, errors and whether it is enabled are left out, because the policy works. */
export function textOfPolicy({ id, enforcedPercent, target, extensions }: Policy): string {
  const text: Text = {
    id,
    ...(enforcedPercent === undefined ? {} : { enforcedPercent }),
    ...(target === undefined ? {} : { target }),
    ...(extensions.length === 0 ? {} : { extensions }),
  };
  return JSON.stringify(text, tagged);
}

export function policyOfText(text: string): Policy {
  // Written by textOfPolicy.
  const { id, enforcedPercent, target, extensions = [] } = JSON.parse(text, untagged) as Text;
  const mode = enforcedPercent === undefined ? {} : { enforcedPercent };
  const policy = { id, name: "", enabled: true, ...mode, extensions, errors: [] };
  return target === undefined ? policy : { ...policy, target };
}

function tagged(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return { [INT]: value.toString() };
  if (value instanceof Uint8Array) return { [BYTES]: Array.from(value) };
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { [NUMBER]: Object.is(value, -0) ? "-0" : String(value) };
  }
  return value;
}

function untagged(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  // Written by `tagged`.
  const { [INT]: int, [BYTES]: bytes, [NUMBER]: number } = value as Record<string, unknown>;
  if (typeof int === "string") return BigInt(int);
  if (Array.isArray(bytes)) return Uint8Array.from(bytes as readonly number[]);
  return typeof number === "string" ? Number(number) : value;
}
