// Prints one record of a tap as a line for people. Pure.

import { printable, shortened } from "../../core/printable.ts";
import type { Paint } from "../terminal/paint.ts";

export interface TapRow {
  readonly time: string;
  readonly signal: string;
  readonly decision: "keep" | "edit" | "drop";
  readonly dropped_by?: string | undefined;
  readonly policies: readonly string[];
  /** What policies in shadow would do. */
  readonly would?: readonly { readonly policy: string; readonly would: string }[] | undefined;
  readonly bytes: number;
  readonly record?: unknown;
  readonly text?: unknown;
  readonly base64?: unknown;
}

const TEXT_CHARS_MAX = 400;
const OUTCOMES = { keep: "kept", edit: "edited", drop: "dropped" } as const;
const COLOURS = { keep: "green", edit: "yellow", drop: "red" } as const;

export function printTapped(row: TapRow, paint: Paint): string {
  const { time, signal, decision, policies } = row;
  const outcome = paint(COLOURS[decision], OUTCOMES[decision]);
  const clock = time.slice(11, 23);
  const words = [paint("dim", printable(clock)), printable(signal), `${outcome}${byWhom(row)}`];
  const others = policies.filter((id) => id !== row.dropped_by);
  if (decision === "drop" && others.length > 0) {
    words.push(paint("dim", printable(`(also matches ${others.join(", ")})`)));
  }
  for (const { policy, would } of row.would ?? []) {
    if (would !== "nothing") words.push(paint("cyan", printable(`(would ${would}: ${policy})`)));
  }
  return `${words.join(" ")} ${payloadOf(row)}\n`;
}

function byWhom({ decision, dropped_by: by, policies }: TapRow): string {
  if (decision === "drop") return by === undefined ? "" : ` by ${quoted(by)}`;
  return policies.length === 0 ? "" : ` (${printable(policies.join(", "))})`;
}

function quoted(id: string): string {
  return printable(JSON.stringify(id));
}

function payloadOf({ record, text, base64, bytes }: TapRow): string {
  const shown = record === undefined ? (text ?? base64) : JSON.stringify(record);
  if (typeof shown !== "string") return `${bytes} B`;
  return shortened(printable(shown.replaceAll("\n", String.raw`\n`)), TEXT_CHARS_MAX);
}
