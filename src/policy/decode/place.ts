// Where in a policy the decoder is, and the list that all problems of that policy go to. Nothing
// here throws: a policy with problems is inert, not fatal.

import type { Dialect } from "./dialect.ts";
import { isStrict } from "./dialect.ts";

export class Place {
  readonly path: string;
  readonly errors: string[];
  readonly dialect: Dialect;
  /** Whether unknown keys and absent required scalars are errors. */
  readonly strict: boolean;

  constructor(path: string, errors: string[], dialect: Dialect) {
    this.path = path;
    this.errors = errors;
    this.dialect = dialect;
    this.strict = isStrict(dialect);
  }

  /** Records a problem as `<path>: <reason>`. */
  fail(reason: string): undefined {
    this.errors.push(`${this.path}: ${reason}`);
    return undefined;
  }

  /** The place one step further in, e.g. `match[0]`. */
  at(step: string): Place {
    return new Place(`${this.path}: ${step}`, this.errors, this.dialect);
  }
}

const SHOWN_CHARS_MAX = 60;

/** A value as an error message shows it: short, on one line. */
export function shown(value: unknown): string {
  if (typeof value === "string") {
    const cut = value.length > SHOWN_CHARS_MAX ? `${value.slice(0, SHOWN_CHARS_MAX)}…` : value;
    return JSON.stringify(cut);
  }
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return String(value);
  }
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return value instanceof Uint8Array ? "bytes" : "an object";
}
