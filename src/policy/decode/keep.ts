// Decodes how many matching records are kept: the keep strings of logs and the objects that may
// replace them, the boolean of metrics, and the sampling configuration of traces.

import type { FieldRef, Keep, Sampling } from "../model.ts";
import { enumOf, SAMPLING_MODE } from "./enums.ts";
import { flagOf, isObject, knownKeys, type Members, membersOf, wholeNumberOf } from "./members.ts";
import type { DecodeContext } from "./decode-context.ts";
import { preview } from "./decode-context.ts";

/** All policies with the same keep share one object. */
const KEEP_ALL: Keep = { kind: "all" };
const KEEP_NONE: Keep = { kind: "none" };
/** Used for a keep that could not be read; only in policies with errors. */
const UNREADABLE_KEEP = KEEP_ALL;

const LOG_KEEP_CURE = 'use "all", "none", "50%", "100/s" or "1/5m"';
const LOG_KEEP_KEYS = knownKeys("percentage");
const PERCENT = /^(\d+\.?\d*|\.\d+)%$/;
const RATE = /^(\d+)\/(\d*)([sm])$/;
export const PERCENTAGE_MISSING = "percentage: missing; write a number from 0 to 100";
const UINT32_MAX = 4294967295;
const UNIT_MS = { s: 1000, m: 60_000 } as const;

/**
 * `all` (also if absent or empty), `none`, `N%`, `N/s`, `N/m`, `N/Ds`, `N/Dm`; surrounding blanks
 * and the case of the two words are ignored. Other implementations also write true for `all`, false
 * for `none`, and `{percentage: N}`. Percentages and rates use `key`.
 */
export function logKeepOf(raw: unknown, key: FieldRef | undefined, context: DecodeContext): Keep {
  if (raw === undefined || raw === true) return KEEP_ALL;
  if (raw === false) return KEEP_NONE;
  if (isObject(raw)) return logShareOf(raw, key, context.at("keep"));
  if (typeof raw !== "string") return invalidKeep(raw, typeCure(raw), context);
  const text = raw.trim();
  const word = text.toLowerCase();
  if (word === "" || word === "all") return KEEP_ALL;
  if (word === "none") return KEEP_NONE;
  const percent = PERCENT.exec(text)?.[1];
  if (percent !== undefined) {
    const value = Number(percent);
    if (value > 100) return invalidKeep(raw, "a percentage is 0 to 100", context);
    return percentKeep(value, key);
  }
  const rate = RATE.exec(text);
  if (rate === null) return invalidKeep(raw, LOG_KEEP_CURE, context);
  const count = Number(rate[1]);
  const units = rate[2] === "" ? 1 : Number(rate[2]);
  if (count < 1 || units < 1 || count > UINT32_MAX || units > UINT32_MAX) {
    return invalidKeep(raw, `the numbers of a rate are 1 to ${UINT32_MAX}`, context);
  }
  const windowMs = units * UNIT_MS[rate[3] === "m" ? "m" : "s"];
  return { kind: "rate", count, windowMs, ...(key === undefined ? {} : { key }) };
}

function percentKeep(percent: number, key: FieldRef | undefined): Keep {
  return { kind: "percent", percent, ...(key === undefined ? {} : { key }) };
}

/**
 * An absent percentage is never read as 0, which would drop everything: no schema has this form.
 */
function logShareOf(raw: unknown, key: FieldRef | undefined, context: DecodeContext): Keep {
  const members = membersOf(raw, LOG_KEEP_KEYS, context);
  if (members?.percentage !== undefined) {
    return percentKeep(percentageOf(members.percentage, context), key);
  }
  context.fail(PERCENTAGE_MISSING);
  return UNREADABLE_KEEP;
}

function invalidKeep(raw: unknown, cure: string, context: DecodeContext): Keep {
  context.fail(`keep: invalid value ${preview(raw)}; ${cure}`);
  return UNREADABLE_KEEP;
}

function typeCure(raw: unknown): string {
  if (typeof raw === "number" || typeof raw === "bigint") {
    return `write "${raw}%" for a percentage or "${raw}/s" for a rate`;
  }
  return LOG_KEEP_CURE;
}

/** A boolean. Required in files; if absent on the wire, it is proto3's false. */
export function metricKeepOf(raw: unknown, context: DecodeContext): Keep {
  if (raw === undefined && !context.strict) return KEEP_NONE;
  if (typeof raw === "boolean") return raw ? KEEP_ALL : KEEP_NONE;
  if (raw === undefined) context.fail("keep: missing; write true or false");
  else context.fail(`keep: invalid value ${preview(raw)}; write true or false`);
  return UNREADABLE_KEEP;
}

export const SAMPLING_KEYS = knownKeys(
  "percentage",
  "mode",
  "sampling_precision",
  "hash_seed",
  "fail_closed",
);

const PRECISION_DEFAULT = 4;
const PRECISION_MAX = 14;

/** An object with a percentage; required. */
export function traceKeepOf(raw: unknown, context: DecodeContext): Keep {
  const inside = context.at("keep");
  if (raw === undefined) {
    inside.fail("missing; write {percentage: 50} with a number from 0 to 100");
    return UNREADABLE_KEEP;
  }
  if (typeof raw !== "object" || Array.isArray(raw)) {
    inside.fail(
      `invalid value ${preview(raw)}; write {percentage: 50} with a number from 0 to 100`,
    );
    return UNREADABLE_KEEP;
  }
  const members = membersOf(raw, SAMPLING_KEYS, inside);
  if (members === undefined) return UNREADABLE_KEEP;
  return { kind: "sample", ...samplingOf(members, inside) };
}

/** The members of a sampling configuration, which both dialects share. */
export function samplingOf(
  members: Members<(typeof SAMPLING_KEYS.names)[number]>,
  context: DecodeContext,
): Sampling {
  const { mode } = members;
  return {
    percent: percentageOf(members.percentage, context),
    mode: (mode === undefined ? undefined : enumOf(mode, SAMPLING_MODE, context)) ?? "hash_seed",
    precision: precisionOf(members.sampling_precision, context),
    hashSeed: wholeNumberOf(members.hash_seed, "hash_seed", 0, UINT32_MAX, context) ?? 0,
    failClosed: flagOf(members.fail_closed, "fail_closed", true, context),
  };
}

/** proto3 JSON allows numbers in quotes. If absent on the wire, it is proto3's 0. */
function percentageOf(raw: unknown, context: DecodeContext): number {
  if (raw === undefined) {
    if (context.strict) context.fail(PERCENTAGE_MISSING);
    return 0;
  }
  const quoted = typeof raw === "string" && /^(?:\d+\.?\d*|\.\d+)$/.test(raw);
  const value = quoted || typeof raw === "bigint" ? Number(raw) : raw;
  if (typeof value === "number" && value >= 0 && value <= 100) return value;
  context.fail(`percentage: ${preview(raw)} is not a number from 0 to 100`);
  return 0;
}

/** A 0 that a server writes counts as absent. */
function precisionOf(raw: unknown, context: DecodeContext): number {
  if (raw === 0 && !context.strict) return PRECISION_DEFAULT;
  const precision = wholeNumberOf(raw, "sampling_precision", 1, PRECISION_MAX, context);
  return precision ?? PRECISION_DEFAULT;
}
