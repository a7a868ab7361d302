// Reads the labels of a policy that say how far it is enforced. All other labels are for people and
// control planes; they are ignored, whatever they contain.

import { nearest } from "../../core/nearest.ts";
import { type DecodeContext, preview } from "./decode-context.ts";
import { isObject } from "./members.ts";

const MODE = "edge.mode";
const ROLLOUT = "edge.rollout";
const PERCENTAGE = "write a percentage from 0% to 100%, such as 10%";
/** How many labels are read; people do not write more. */
const LABELS_MAX = 1000;

/** The percentage of records that a policy is enforced for; undefined: all. */
export function enforcedPercentOf(raw: unknown, context: DecodeContext): number | undefined {
  if (raw === undefined) return undefined;
  const inside = context.at("labels");
  let isShadow = false;
  let percent: number | undefined;
  for (const [key, value] of entriesOf(raw)) {
    if (key === MODE) {
      if (value === "shadow") isShadow = true;
      else if (value !== "enforce") {
        inside.fail(`${MODE}: ${preview(value)} is no mode; write shadow or enforce`);
      }
    } else if (key === ROLLOUT) {
      percent = percentOf(value);
      if (percent === undefined) inside.fail(`${ROLLOUT}: found ${preview(value)}; ${PERCENTAGE}`);
    } else if (key.startsWith("edge.")) {
      const near = nearest(key, [MODE, ROLLOUT]);
      if (near !== undefined) inside.fail(`unknown label ${preview(key)}; did you mean "${near}"?`);
    }
  }
  if (isShadow && percent !== undefined) {
    inside.fail(`${ROLLOUT} enforces a share, ${MODE}: shadow nothing; give one of them`);
  }
  return isShadow ? 0 : percent;
}

function percentOf(value: unknown): number | undefined {
  const digits =
    typeof value === "string" ? /^(\d{1,3}(?:\.\d{1,6})?) ?%$/.exec(value.trim()) : null;
  const percent = Number(digits?.[1] ?? Number.NaN);
  return percent >= 0 && percent <= 100 ? percent : undefined;
}

/**
 * Entries of an object, as people write them, or of a list of keys and values, as control planes
 * send them.
 */
function* entriesOf(raw: unknown): Generator<readonly [key: string, value: unknown]> {
  if (isObject(raw)) yield* Object.entries(raw).slice(0, LABELS_MAX);
  if (!Array.isArray(raw)) return;
  const items: readonly unknown[] = raw;
  for (const item of items.slice(0, LABELS_MAX)) {
    if (!isObject(item) || typeof item["key"] !== "string") continue;
    yield [item["key"], textOf(item["value"])];
  }
}

/** The text of a value that may be an OTLP value. */
function textOf(value: unknown): unknown {
  return isObject(value) ? (value["stringValue"] ?? value["string_value"]) : value;
}
