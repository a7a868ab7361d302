// Prints the result of a replay, as text for people and as Markdown for pull requests. Pure.

import { printable, shortened } from "../../core/printable.ts";
import { counted, countText, moneyText, shareText, sizeText } from "../terminal/amounts.ts";
import type { Paint } from "../terminal/paint.ts";
import { tableLines } from "../terminal/table.ts";
import type { Cost } from "./cost.ts";
import { CHANGES, type Change, type ChangeTally, type Sum, type Tally } from "./tally.ts";

const ROWS_MAX = 10;
const EXAMPLE_CHARS_MAX = 160;

export interface ReplayText {
  readonly paint: Paint;
  readonly isMarkdown: boolean;
  /** Undefined: nothing has a price. */
  readonly cost: Cost | undefined;
}

export function printReplay(tally: Tally, options: ReplayText): string {
  const { all, droppedBefore, droppedAfter } = tally;
  const change = droppedAfter.records - droppedBefore.records;
  const saved = worthText(droppedAfter.cost - droppedBefore.cost, options, "+");
  const head = [
    `${counted(all.records, "record")}, ${sizeText(all.bytes)}${worthText(all.cost, options)}`,
    `dropped before: ${sumText(droppedBefore, all, options)}`,
    `dropped after:  ${sumText(droppedAfter, all, options)}`,
    `difference:     ${change > 0 ? "+" : ""}${counted(change, "record")}${saved}`,
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
    ...table("policy", tally.byPolicy, all, options),
    ...(isMarkdown ? [""] : []),
    ...table("service", tally.byService, all, options),
    ...(isMarkdown ? [""] : []),
    `${isMarkdown ? "" : "  "}severities: ${severities.join(", ")}`,
    ...examplesOf(tally, isMarkdown),
  ];
}

function table(
  what: string,
  rows: ReadonlyMap<string, Sum>,
  all: Sum,
  { isMarkdown, cost }: ReplayText,
): readonly string[] {
  const sorted = [...rows].sort(([, a], [, b]) => b.records - a.records);
  const shown = sorted
    .slice(0, ROWS_MAX)
    .map(([name, sum]) => [
      printable(name),
      countText(sum.records),
      sizeText(sum.bytes),
      shareText(sum.records, all.records),
      ...(cost === undefined ? [] : [moneyText(sum.cost, cost.currency)]),
    ]);
  const head = ["records", "bytes", "share", ...(cost === undefined ? [] : ["worth"])];
  const more = sorted.length - shown.length;
  if (isMarkdown) {
    return [
      `| ${[what, ...head].join(" | ")} |`,
      `| --- |${" ---: |".repeat(head.length)}`,
      ...shown.map((cells) => `| ${cells.map(escaped).join(" | ")} |`),
      ...(more > 0 ? [`| and ${more} more |${" |".repeat(head.length)}`] : []),
    ];
  }
  const lines = tableLines([[what, ...head], ...shown]);
  return [...lines.map((line) => `  ${line}`), ...(more > 0 ? [`  and ${more} more`] : [])];
}

function examplesOf({ examples }: ChangeTally, isMarkdown: boolean): readonly string[] {
  if (examples.length === 0) return [];
  const lines = examples.map(({ policy, text }) => {
    return `${printable(policy)}: ${printable(shortened(text, EXAMPLE_CHARS_MAX))}`;
  });
  if (!isMarkdown) return ["  examples:", ...lines.map((line) => `    ${line}`)];
  return ["", "```text", ...lines.map((line) => line.replaceAll("```", "'''")), "```"];
}

function sumText(sum: Sum, all: Sum, options: ReplayText): string {
  const share = shareText(sum.records, all.records);
  const worth = worthText(sum.cost, options);
  return `${counted(sum.records, "record")} (${share}), ${sizeText(sum.bytes)}${worth}`;
}

/** Empty when nothing has a price. */
function worthText(amount: number, { cost }: ReplayText, plus = ""): string {
  if (cost === undefined) return "";
  return `, worth ${Number(amount.toFixed(2)) > 0 ? plus : ""}${moneyText(amount, cost.currency)}`;
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|");
}
