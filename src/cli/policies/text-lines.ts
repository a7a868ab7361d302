// Judges lines of text as the tailer does, for commands that try policies out. It reads the
// tailer's settings from a file, and follows nothing.

import type { Evaluation } from "../../policy/index.ts";
import { LineRules, LinesFormat, type LinesOutcome } from "../../protocols/lines/index.ts";
import { createRegexValidator } from "../../re2/index.ts";
import { lineRules, loadTail, type TailConfig } from "../../tail/settings/load.ts";

/** How lines are read, in the words of the tailer's settings. */
export type LineReading = Pick<
  TailConfig,
  "format" | "innerFormat" | "include" | "exclude" | "resource"
>;

/** A text whose lines are records. */
export interface TextBody {
  readonly kind: "text";
  readonly signal: "log";
  readonly bytes: Uint8Array;
  readonly reading: LineReading;
}

/** Lines of this format, without any other setting. */
export function readingOf(format: LineReading["format"]): LineReading {
  return { format, innerFormat: "auto", include: [], exclude: [], resource: [] };
}

/**
 * What a file of the tailer's settings says of lines; undefined: what holds without a file.
 * @throws {ConfigError}
 */
export function readReading(path: string | undefined): LineReading {
  return loadTail({ operands: [], verbose: 0, env: {}, path }).config;
}

/** @throws {LineRuleError} */
export function filterText(
  { bytes, reading }: Pick<TextBody, "bytes" | "reading">,
  evaluation: Evaluation,
): LinesOutcome {
  const { format, innerFormat, resource } = reading;
  const container = format === "cri" || format === "docker" ? format : undefined;
  const lines = new LinesFormat({
    syntax: format === "cri" || format === "docker" ? innerFormat : format,
    container,
    rules: new LineRules(lineRules(reading), createRegexValidator()),
  });
  return lines.filterBlock(bytes, evaluation, { resource: new Map(resource) });
}
