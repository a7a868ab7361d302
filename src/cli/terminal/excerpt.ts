// Shows a line of a file with a mark below the place in question. Pure.

import { printable } from "../../core/printable.ts";
import type { Paint } from "./paint.ts";

interface Place {
  readonly line: number;
  readonly column: number;
  /** Default: to the end of the word, or of the quoted text, that begins there. */
  readonly length?: number | undefined;
}

/** Longer lines are cut around the place. */
const COLUMNS_MAX = 100;
/** Of a line that is cut: what is shown before the place, at most. */
const BEFORE_MAX = 60;
const TAB = "  ";

/** Two lines, with the number of the source's line before the first; "" when there is no such. */
export function excerpt(
  text: string,
  { line, column, length }: Place,
  severity: "error" | "warning",
  paint: Paint,
): string {
  const source = lineAt(text, line);
  if (source === undefined || column > source.length + 1) return "";
  const start = column - 1;
  const from = source.length > COLUMNS_MAX ? Math.max(0, start - BEFORE_MAX) : 0;
  const to = Math.min(source.length, from + COLUMNS_MAX);
  const head = (from > 0 ? "…" : "") + shown(source.slice(from, start));
  const end = Math.min(start + (length ?? lengthAt(source, start)), to);
  const body = shown(source.slice(start, end));
  const tail = shown(source.slice(end, to)) + (to < source.length ? "…" : "");
  const number = String(line);
  const mark = "^".repeat(Math.max(1, Bun.stringWidth(body)));
  const colour = severity === "error" ? "red" : "yellow";
  const gutter = `${" ".repeat(number.length)} |`;
  return (
    `  ${paint("dim", `${number} |`)} ${head}${paint(colour, body)}${tail}\n` +
    `  ${paint("dim", gutter)} ${" ".repeat(Bun.stringWidth(head))}${paint(colour, mark)}\n`
  );
}

/** Undefined when the text has no such line. */
function lineAt(text: string, line: number): string | undefined {
  let start = 0;
  for (let number = 1; number < line; number++) {
    const end = text.indexOf("\n", start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  const end = text.indexOf("\n", start);
  return text.slice(start, end < 0 ? text.length : end).replace(/\r$/, "");
}

/** Of what begins there: a quoted text, a word, or one character. */
function lengthAt(source: string, start: number): number {
  const rest = source.slice(start);
  const quoted = /^"(?:[^"\\]|\\.)*"|^'(?:[^']|'')*'/.exec(rest);
  const word = quoted ?? /^[\w.$-]+/.exec(rest);
  return word?.[0].length ?? 1;
}

function shown(text: string): string {
  return printable(text.replaceAll("\t", TAB));
}
