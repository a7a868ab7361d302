// What a replay came to, as text for people and as Markdown for pull requests. Pure.

import { printable } from "../../core/printable.ts";
import { counted, countText, GIB, shareText, sizeText } from "../terminal/amounts.ts";
import type { Paint } from "../terminal/paint.ts";
import { tableLines } from "../terminal/table.ts";
import { CHANGES, type Change, type ChangeTally, type Sum, type Tally } from "./tally.ts";

const ROWS_MAX = 10;
const EXAMPLE_CHARS_MAX = 160;

export interface ReplayText {
  readonly paint: Paint;
  readonly isMarkdown: boolean;
  /** In some currency; undefined: bytes have no price. */
  readonly pricePerGib: number | undefined;
}

export function printReplay(tally: Tally, options: ReplayText): string {
  const { all, droppedBefore, droppedAfter } = tally;
  const change = droppedAfter.records - droppedBefore.records;
  const head = [
    `${counted(all.records, "record")}, ${sizeText(all.bytes)}`,
    `dropped before: ${sumText(droppedBefore, all, options)}`,
    `dropped after:  ${sumText(droppedAfter, all, options)}`,
    `difference:     ${change > 0 ? "+" : ""}${counted(change, "record")}`,
  ];
  const sections = CHANGES.flatMap((name) => section(name, tally, options));
  const isSame = sections.length === 0;
  const lines = isSame ? [...head, "", "nothing changes"] : [...head, ...sections];
  return `${(options.isMarkdown ? markdownHead(lines) : lines).join("\n")}\n`;
}

function markdownHead(lines: readonly string[]): readonly string[] {
  const rest = lines.findIndex((line) => line === "");
  return [
    "### What these policies would change",
    "",
    ...lines.slice(0, rest).map((line) => `- ${line.replace(/ +/g, " ")}`),
    ...lines.slice(rest),
  ];
}

const COLOURS = {
  "newly-dropped": "red",
  "newly-kept": "green",
  "newly-edited": "yellow",
  "no-longer-edited": "yellow",
} as const satisfies Readonly<Record<Change, string>>;

function section(change: Change, { changes, all }: Tally, options: ReplayText): readonly string[] {
  const tally = changes.get(change);
  if (tally === undefined || tally.records === 0) return [];
  const { paint, isMarkdown } = options;
  const words = change.replaceAll("-", " ");
  const sum = sumText(tally, all, options);
  const head = isMarkdown ? `**${words}**: ${sum}` : `${paint(COLOURS[change], words)}: ${sum}`;
  const severities = [...tally.bySeverity].map(
    ([word, records]) => `${word} ${countText(records)}`,
  );
  return [
    "",
    head,
    ...(isMarkdown ? [""] : []),
    ...table("policy", tally.byPolicy, all, isMarkdown),
    ...(isMarkdown ? [""] : []),
    ...table("service", tally.byService, all, isMarkdown),
    ...(isMarkdown ? [""] : []),
    `${isMarkdown ? "" : "  "}severities: ${severities.join(", ")}`,
    ...examplesOf(tally, isMarkdown),
  ];
}

function table(
  what: string,
  rows: ReadonlyMap<string, Sum>,
  all: Sum,
  isMarkdown: boolean,
): readonly string[] {
  const sorted = [...rows].sort(([, a], [, b]) => b.records - a.records);
  const shown = sorted
    .slice(0, ROWS_MAX)
    .map(([name, sum]) => [
      printable(name),
      countText(sum.records),
      sizeText(sum.bytes),
      shareText(sum.records, all.records),
    ]);
  const more = sorted.length - shown.length;
  if (isMarkdown) {
    return [
      `| ${what} | records | bytes | share |`,
      "| --- | ---: | ---: | ---: |",
      ...shown.map((cells) => `| ${cells.map(escaped).join(" | ")} |`),
      ...(more > 0 ? [`| and ${more} more | | | |`] : []),
    ];
  }
  const lines = tableLines([[what, "records", "bytes", "share"], ...shown]);
  return [...lines.map((line) => `  ${line}`), ...(more > 0 ? [`  and ${more} more`] : [])];
}

function examplesOf({ examples }: ChangeTally, isMarkdown: boolean): readonly string[] {
  if (examples.length === 0) return [];
  const lines = examples.map(({ policy, text }) => {
    const short = text.length > EXAMPLE_CHARS_MAX ? `${text.slice(0, EXAMPLE_CHARS_MAX)}…` : text;
    return `${printable(policy)}: ${printable(short)}`;
  });
  if (!isMarkdown) return ["  examples:", ...lines.map((line) => `    ${line}`)];
  return ["", "```text", ...lines.map((line) => line.replaceAll("```", "'''")), "```"];
}

function sumText(sum: Sum, all: Sum, { pricePerGib }: ReplayText): string {
  const share = shareText(sum.records, all.records);
  const price =
    pricePerGib === undefined ? "" : `, worth ${((sum.bytes / GIB) * pricePerGib).toFixed(2)}`;
  return `${counted(sum.records, "record")} (${share}), ${sizeText(sum.bytes)}${price}`;
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|");
}
