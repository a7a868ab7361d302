// Formats one event as one log line: text for people and grep, JSON for machines. Field names
// become snake_case, nested records are flattened, long values are cut, and strings are escaped so
// that no value can forge a line, a field or a terminal command.

import { LOG_VALUE_CHARS_MAX } from "../core/limits.ts";
import { printable, shortened } from "../core/printable.ts";
import type { LogLevel } from "./log-table.ts";
import { redactText } from "../core/redact.ts";

/** How lines of the log are written. */
export type LogFormat = "text" | "json";
/** Fields of a line of the log: plain data, without secrets and without telemetry. */
export type LogFields = Readonly<Record<string, unknown>>;
export type LogValue = string | number | boolean | null | readonly string[];

const LEVEL_WORDS = { trace: "TRACE", debug: "DEBUG", info: "INFO", warn: "WARN", err: "ERROR" };
const SNAKE_NAMES = new Map<string, string>();
// Control characters of both blocks, line and paragraph separators, marks that turn text around,
// quote, backslash.
const UNSAFE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069"\\]/gu;

/** A line without its line feed. */
export function formatLine(
  format: LogFormat,
  timeMs: number,
  level: LogLevel,
  event: string,
  fields: LogFields,
  secrets: readonly string[] = [],
): string {
  const time = new Date(timeMs).toISOString();
  const flat: [string, LogValue][] = [];
  flatten("", fields, secrets, flat);
  if (format === "json") {
    return printable(JSON.stringify({ time, level, event, ...Object.fromEntries(flat) }));
  }
  let line = `${time} [${LEVEL_WORDS[level]}] ${event}`;
  for (const [name, value] of flat) line += ` ${name}=${textValue(value)}`;
  return line;
}

/** `value` in double quotes, on one line whatever it holds. */
export function quoteText(value: string): string {
  return `"${value.toWellFormed().replace(UNSAFE, escapeChar)}"`;
}

function escapeChar(char: string): string {
  if (char === '"' || char === "\\") return `\\${char}`;
  if (char === "\n") return "\\n";
  if (char === "\r") return "\\r";
  if (char === "\t") return "\\t";
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function textValue(value: LogValue): string {
  if (typeof value === "string") return quoteText(value);
  if (typeof value === "object" && value !== null) return quoteText(value.join("; "));
  return String(value);
}

function flatten(
  prefix: string,
  fields: LogFields,
  secrets: readonly string[],
  into: [string, LogValue][],
): void {
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value === undefined) continue;
    const name = prefix + snakeName(key);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      if (value instanceof Error) into.push([name, plainValue(value.message, secrets)]);
      else flatten(`${name}_`, Object.fromEntries(Object.entries(value)), secrets, into);
      continue;
    }
    into.push([name, plainValue(value, secrets)]);
  }
}

function plainValue(value: unknown, secrets: readonly string[]): LogValue {
  if (typeof value === "string") return shortened(redactText(value, secrets), LOG_VALUE_CHARS_MAX);
  if (typeof value === "number")
    return Number.isFinite(value) ? roundThousandth(value) : String(value);
  if (typeof value === "boolean" || value === null) return value;
  if (Array.isArray(value)) return plainList(value, secrets);
  if (typeof value === "bigint") return value.toString();
  // A function or a symbol is a mistake of the caller; its kind is enough.
  return typeof value;
}

/** The bound is that of all items together; what is left out shows as an ellipsis. */
function plainList(items: readonly unknown[], secrets: readonly string[]): readonly string[] {
  const shown: string[] = [];
  let charsLeft = LOG_VALUE_CHARS_MAX;
  for (const item of items) {
    if (charsLeft <= 0) return [...shown, "…"];
    const text = redactText(String(item), secrets);
    shown.push(shortened(text, charsLeft));
    charsLeft -= text.length;
  }
  return shown;
}

function roundThousandth(value: number): number {
  return Number.isInteger(value) ? value : Math.round(value * 1000) / 1000;
}

function snakeName(name: string): string {
  const known = SNAKE_NAMES.get(name);
  if (known !== undefined) return known;
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  // Names come from event types, so there are few; a bound all the same, as labels could come in
  // one day.
  if (SNAKE_NAMES.size < 1_000) SNAKE_NAMES.set(name, snake);
  return snake;
}
