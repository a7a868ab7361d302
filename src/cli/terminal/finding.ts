// A finding of a check, with its place in a file: made from the line that states it, and printed as
// the lines that show it. Pure.

import { printable } from "../../core/printable.ts";
import { excerpt } from "./excerpt.ts";
import type { Paint } from "./paint.ts";
import { refined } from "./regex-place.ts";

export type Severity = "error" | "warning";

export interface Finding {
  readonly severity: Severity;
  /** The file that it is about, where it is about one. */
  readonly file?: string;
  /** From 1, as `column`, which counts UTF-16 units. */
  readonly line?: number;
  readonly column?: number;
  /** Of what is meant on that line; else that shows in the text. */
  readonly length?: number;
  /** Without its place. */
  readonly message: string;
  /** What it is an instance of, for whoever sorts findings. */
  readonly rule?: string;
}

/** `line`: `<file>:<line>:<column> <message>`, or with less of a place in front. */
export function findingOf(severity: Severity, line: string, files: readonly string[]): Finding {
  const file = files.find((path) => line.startsWith(`${path}:`));
  if (file === undefined) return { severity, message: line };
  const rest = line.slice(file.length);
  const place = /^:(\d+):(\d+)(?::? |$)/.exec(rest);
  if (place === null) return { severity, file, message: rest.replace(/^: ?/, "") };
  const message = rest.slice(place[0].length);
  return { severity, file, line: Number(place[1]), column: Number(place[2]), message };
}

/** The same, pointing into a pattern when it is about one; `text`: of the file. */
export function pointed(finding: Finding, text: string | undefined): Finding {
  const { line, column, message } = finding;
  if (text === undefined || line === undefined || column === undefined) return finding;
  const place = refined(text, { line, column }, message);
  return place === undefined ? finding : { ...finding, ...place };
}

/** One line, then the source that it is about, where that may be shown. */
export function printFinding(
  { severity, file, line, column, length, message, rule }: Finding,
  text: string | undefined,
  paint: Paint,
): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  // A finding is a line, whatever is in it.
  const words = message.replaceAll("\n", "\\n");
  const isPlaced = line !== undefined && column !== undefined;
  const where = place === "" ? "" : `${paint("bold", printable(place))}${isPlaced ? " " : ": "}`;
  const mark = severity === "warning" ? paint("yellow", "warning: ") : "";
  const kind = rule === undefined ? "" : ` ${paint("dim", `(${rule})`)}`;
  const first = `${mark}${where}${printable(words)}${kind}\n`;
  if (text === undefined || !isPlaced) return first;
  return first + excerpt(text, { line, column, length }, severity, paint);
}
