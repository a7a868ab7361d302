// Reads and writes rv and th in the `ot` entry of a W3C tracestate (OpenTelemetry probability
// sampling).

import { TRACESTATE_MEMBERS_MAX } from "../../core/limits.ts";
import { type Bits56, parseHexFraction } from "./bits56.ts";

export interface OtState {
  /** Explicit randomness; absent if missing or not 14 hex digits. */
  readonly randomness: Bits56 | undefined;
  /** Incoming threshold, 1 to 14 hex digits. */
  readonly threshold: Bits56 | undefined;
  /** As written; "" if there is no threshold. */
  readonly thresholdDigits: string;
}

/** Reads the first `ot` entry. */
export function readTracestate(text: string): OtState {
  let randomness: Bits56 | undefined;
  let threshold: Bits56 | undefined;
  let thresholdDigits = "";
  for (const part of otParts(members(text)) ?? []) {
    const value = part.slice(3);
    if (part.startsWith("rv:") && value.length === 14) randomness ??= parseHexFraction(value);
    else if (part.startsWith("th:") && threshold === undefined) {
      threshold = parseHexFraction(value);
      if (threshold !== undefined) thresholdDigits = value;
    }
  }
  return { randomness, threshold, thresholdDigits };
}

/**
 * `text` with `th` set: first the `ot` entry, with its other sub-keys in order and `th` last, then
 * the other vendors in their order. `randomness`, 14 hex digits, replaces an `rv`.
 */
export function writeThreshold(text: string, threshold: string, randomness?: string): string {
  const list = members(text);
  const parts = (otParts(list) ?? []).filter(
    (part) =>
      part !== "" &&
      !part.startsWith("th:") &&
      !(randomness !== undefined && part.startsWith("rv:")),
  );
  if (randomness !== undefined) parts.push(`rv:${randomness}`);
  const own = `ot=${[...parts, `th:${threshold}`].join(";")}`;
  const others = list.filter((member) => !isOt(member));
  return [own, ...others.slice(0, TRACESTATE_MEMBERS_MAX - 1)].join(",");
}

/** `text` with the `ot` entry first and no `th` in it; without the entry when that was all. */
export function withoutThreshold(text: string): string {
  const list = members(text);
  const parts = (otParts(list) ?? []).filter((part) => part !== "" && !part.startsWith("th:"));
  const others = list.filter((member) => !isOt(member));
  return [...(parts.length === 0 ? [] : [`ot=${parts.join(";")}`]), ...others].join(",");
}

function members(text: string): string[] {
  return text
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
}

function isOt(member: string): boolean {
  return member.startsWith("ot=");
}

function otParts(list: readonly string[]): string[] | undefined {
  const own = list.find(isOt);
  return own
    ?.slice(3)
    .split(";")
    .map((part) => part.trim());
}
