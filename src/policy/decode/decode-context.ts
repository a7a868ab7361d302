// Where the decoder is in a policy, and the list that collects all problems of that policy. Nothing
// here throws: a policy with problems is inert, not fatal.

import { shortened } from "../../core/printable.ts";
import type { FaultList } from "../fault-list.ts";
import type { Dialect } from "./dialect.ts";
import { isStrict } from "./dialect.ts";

export class DecodeContext {
  readonly path: string;
  readonly faults: FaultList;
  readonly dialect: Dialect;
  /** Whether unknown keys and absent required scalars are errors. */
  readonly strict: boolean;

  constructor(path: string, faults: FaultList, dialect: Dialect) {
    this.path = path;
    this.faults = faults;
    this.dialect = dialect;
    this.strict = isStrict(dialect);
  }

  /** Records a problem as `<path>: <reason>`; a reason that is costly to make is a function. */
  fail(reason: string | (() => string)): undefined {
    if (this.faults.hasRoom) {
      this.faults.add(`${this.path}: ${typeof reason === "string" ? reason : reason()}`);
    } else {
      this.faults.addUnread();
    }
    return undefined;
  }

  /** The context one step further inside, e.g. `match[0]`. */
  at(step: string): DecodeContext {
    return new DecodeContext(`${this.path}: ${step}`, this.faults, this.dialect);
  }
}

/** The type of a value, for messages about values that may be a secret's. */
export function kindOf(value: unknown): string {
  if (typeof value === "string") return "text";
  if (typeof value === "number" || typeof value === "bigint") return "a number";
  return typeof value === "boolean" ? "a boolean" : preview(value);
}

const SHOWN_CHARS_MAX = 60;

/** A value as an error message shows it: short, on one line. */
export function preview(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(shortened(value, SHOWN_CHARS_MAX));
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return value.toString().slice(0, SHOWN_CHARS_MAX);
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return value instanceof Uint8Array ? "bytes" : "an object";
}
