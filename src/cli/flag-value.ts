// Converts the text of a flag's value to the flag's type, and says in words what is allowed. Pure.

import { quote } from "../config/index.ts";
import { nearest } from "../core/nearest.ts";
import type { ValueType } from "./command.ts";

export type Read =
  | { readonly ok: true; readonly value: number | string }
  /** Ends with a full stop; the flag's name goes before it. */
  | { readonly ok: false; readonly reason: string };

/** Largest first. */
const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

const TEXT: ValueType = { kind: "text" };

export function readValue(text: string, type: ValueType = TEXT): Read {
  switch (type.kind) {
    case "text":
      return { ok: true, value: text };
    case "integer": {
      const value = /^-?[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
      return within(text, value, { min: type.min, max: type.max, type, noun: "a whole number" });
    }
    case "duration": {
      const value = milliseconds(text);
      return within(text, value, { min: type.minMs, max: type.maxMs, type, noun: "a duration" });
    }
    case "choice": {
      const folded = text.toLowerCase();
      const word = type.words.find((one) => one.toLowerCase() === folded);
      if (word !== undefined) return { ok: true, value: word };
      const near = nearest(text, type.words);
      const cure = near === undefined ? "" : ` Did you mean ${near}?`;
      return { ok: false, reason: `${quote(text)} is not known; ${allowed(type)}.${cure}` };
    }
  }
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly type: ValueType;
  readonly noun: string;
}

function within(text: string, value: number | undefined, { min, max, type, noun }: Bounds): Read {
  if (value !== undefined && value >= min && value <= max) return { ok: true, value };
  const size = value !== undefined && value < min ? "small" : "large";
  const fault = value === undefined ? `is not ${noun}` : `is too ${size}`;
  return { ok: false, reason: `${quote(text)} ${fault}; ${allowed(type)}.` };
}

function milliseconds(text: string): number | undefined {
  const match = /^([0-9]{1,15})(ms|s|m|h|d)$/.exec(text);
  const unit = UNITS.find(([name]) => name === match?.[2]);
  return unit === undefined ? undefined : Number(match?.[1]) * unit[1];
}

function allowed(type: ValueType): string {
  return `allowed: ${allowedText(type)}`;
}

/** Completes "allowed: "; empty where any text is. */
export function allowedText(type: ValueType = TEXT): string {
  switch (type.kind) {
    case "text":
      return "";
    case "integer":
      return `${type.min} to ${type.max}${type.unit === undefined ? "" : ` ${type.unit}`}`;
    case "duration":
      return `${durationText(type.minMs)} to ${durationText(type.maxMs)}, in ms, s, m, h or d`;
    case "choice":
      return type.words.join(", ");
  }
}

/** In the largest unit in which it is a whole number: `90s`. */
function durationText(ms: number): string {
  const [unit, size] = UNITS.find((one) => ms !== 0 && ms % one[1] === 0) ?? ["ms", 1];
  return `${ms / size}${unit}`;
}
