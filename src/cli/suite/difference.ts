// Finds the first difference between two documents, and describes it in words. Pure.

import { isObject } from "../../core/members.ts";
import { shortened } from "../../core/printable.ts";

export interface Difference {
  /** As `resourceLogs[0].scopeLogs[0]`; "" for the documents themselves. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Undefined when they are equal; the order of keys does not count. */
export function firstDifference(
  expected: unknown,
  actual: unknown,
  path = "",
): Difference | undefined {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
      const found = firstDifference(expected[i], actual[i], `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isObject(expected) && isObject(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const below = path === "" ? key : `${path}.${key}`;
      const found = firstDifference(expected[key], actual[key], below);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return Object.is(expected, actual) ? undefined : { path, expected, actual };
}

const SHOWN_CHARS_MAX = 200;

export function describeDifference({ path, expected, actual }: Difference): string {
  const where = path === "" ? "the document" : path;
  return `${where}: expected ${shown(expected)}, got ${shown(actual)}`;
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  return shortened(JSON.stringify(value), SHOWN_CHARS_MAX);
}
