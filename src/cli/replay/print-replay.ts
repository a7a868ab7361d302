// What a replay came to, as text for people and as Markdown for pull requests. Pure.

import { printable } from "../../core/printable.ts";
import type { Paint } from "../terminal/paint.ts";
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
    `${recordsText(all.records)}, ${sizeOf(all.bytes)}`,
    `dropped before: ${sumText(droppedBefore, all, options)}`,
    `dropped after:  ${sumText(droppedAfter, all, options)}`,
    `difference:     ${change > 0 ? "+" : ""}${recordsText(change)}`,
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
  const severities = [...tally.bySeverity].map(([word, records]) => `${word} ${counted(records)}`);
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
      counted(sum.records),
      sizeOf(sum.bytes),
      shareOf(sum.records, all.records),
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
  const header = [what, "records", "bytes", "share"];
  const widths = header.map((title, i) =>
    Math.max(
      ...[title, ...shown.map((cells) => cells[i] ?? "")].map((cell) => Bun.stringWidth(cell)),
    ),
  );
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, i) => padded(cell, widths[i] ?? 0, i === 0)).join("  ")}`.trimEnd();
  return [line(header), ...shown.map(line), ...(more > 0 ? [`  and ${more} more`] : [])];
}

function padded(cell: string, width: number, isLeft: boolean): string {
  const blanks = " ".repeat(Math.max(0, width - Bun.stringWidth(cell)));
  return isLeft ? cell + blanks : blanks + cell;
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
  const share = shareOf(sum.records, all.records);
  const price =
    pricePerGib === undefined ? "" : `, worth ${((sum.bytes / GIB) * pricePerGib).toFixed(2)}`;
  return `${recordsText(sum.records)} (${share}), ${sizeOf(sum.bytes)}${price}`;
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|");
}

const GIB = 1024 ** 3;
const UNITS = [
  ["GiB", GIB],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
] as const;

function sizeOf(bytes: number): string {
  const [unit, size] = UNITS.find((one) => bytes >= one[1]) ?? ["B", 1];
  return size === 1 ? `${bytes} B` : `${(bytes / size).toFixed(1)} ${unit}`;
}

function shareOf(part: number, all: number): string {
  return all === 0 ? "0 %" : `${((part / all) * 100).toFixed(1)} %`;
}

function recordsText(count: number): string {
  return `${counted(count)} ${Math.abs(count) === 1 ? "record" : "records"}`;
}

function counted(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
