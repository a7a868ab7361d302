// The plots of the pages, drawn from the tables of results; what was not measured has no plot.

import { type Bar, barPlot } from "../../plot/bar-plot.ts";
import { type Line, linePlot } from "../../plot/line-plot.ts";
import type { Figures, Row } from "../report/figures.ts";
import type { Results } from "../report/results.ts";

export interface Plot {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

export function plotsOf(results: Results): Plot[] {
  const table = (title: string): Figures | undefined =>
    results.benches.flatMap(({ tables }) => tables).find((one) => one.title === title);
  return [
    costByPolicies(table("cost of a record by the number of policies")),
    throughput(table),
    latency(table("an upstream that takes 14 ms")),
    bodies(table("one body, every record edited: most over idle")),
    scrapes(table("a scrape")),
    soak(table("the soak, by time")),
  ].flatMap((plot) => plot ?? []);
}

function costByPolicies(table: Figures | undefined): Plot | undefined {
  if (table === undefined || table.rows.length < 2) return undefined;
  const title = "What a record costs, by the number of policies";
  const lines = Object.keys(table.columns).map((column) => ({
    name: column,
    points: pointsOf(table.rows, (row) => [numberOf(row.name), Number(row.cells[column])]),
  }));
  const svg = linePlot({
    title,
    description: `Nanoseconds a record over 10 to 10,000 policies: ${ends(lines, "ns")}.`,
    x: { label: "policies", isLogarithmic: true },
    y: { label: "ns a record, one core" },
    lines,
  });
  return { name: "cost-by-policies", title, svg };
}

/** What is shown of tables: their rows that match, and what these are called. */
const RATES: readonly (readonly [string, string, RegExp, (name: string) => string])[] = [
  [
    "1 MB of OTLP logs",
    "a core",
    /edge, 10 policies$/,
    (name) => `proxy, OTLP ${name.replace(" match, edge, 10 policies", " dropped")}`,
  ],
  [
    "a Datadog log",
    "10: MB/s",
    /^mixed 1MB/,
    (name) => name.replace("mixed 1MB", "engine, Datadog JSON"),
  ],
  ["edits of 1 MB, one core", "throughput", /^logs json: .*100 %/, (name) => `engine, ${name}`],
  ["a scrape", "a core", /^100 policies, five more/, () => "proxy, scrape, 100 policies"],
  ["yardsticks of the engine", "throughput", /JSON/, () => "JSON.parse + stringify"],
];

function throughput(table: (title: string) => Figures | undefined): Plot | undefined {
  const bars: Bar[] = RATES.flatMap(([title, column, pattern, nameOf], kind) => {
    const rows = (table(title)?.rows ?? []).filter(({ name }) => pattern.test(name));
    return rows.map((row) => ({
      name: nameOf(row.name).replace(", 100 %", ""),
      value: Number(row.cells[column]),
      kind,
    }));
  });
  if (bars.length === 0) return undefined;
  const title = "Throughput of one core";
  const description = bars.map(({ name, value }) => `${name} ${Math.round(value)} MB/s`).join(", ");
  return { name: "throughput", title, svg: barPlot({ title, description, label: "MB/s", bars }) };
}

function latency(table: Figures | undefined): Plot | undefined {
  if (table === undefined) return undefined;
  const title = "Latency against connections, upstream of 14 ms";
  const lines = ["upstream alone", "edge, 1 worker"].flatMap((who) => {
    const rows = table.rows.filter(({ name }) => name.endsWith(who));
    return ["p50", "p99"].map((column) => ({
      name: `${who}, ${column}`,
      points: pointsOf(rows, (row) => [numberOf(row.name), Number(row.cells[column])]),
    }));
  });
  const svg = linePlot({
    title,
    description: `Milliseconds over 1 to 1,024 connections: ${ends(lines, "ms")}.`,
    x: { label: "connections, each with one request of 1 KB at a time", isLogarithmic: true },
    y: { label: "ms" },
    lines,
  });
  return { name: "latency", title, svg };
}

function bodies(table: Figures | undefined): Plot | undefined {
  if (table === undefined) return undefined;
  const title = "Memory against the size of a body";
  const points = pointsOf(table.rows, ({ name, cells }) => [numberOf(name), Number(cells["most"])]);
  const lines = [
    { name: "edited throughout", points },
    { name: "asked: 3 × the body", points: points.map(([x]) => [x, 3 * x] as const) },
  ];
  const svg = linePlot({
    title,
    description: `Most memory over idle while one body is edited: ${ends(lines, "MB")}.`,
    x: { label: "MiB of one body, every record edited" },
    y: { label: "MB over idle, at most" },
    lines,
  });
  return { name: "memory-by-body", title, svg };
}

function scrapes(table: Figures | undefined): Plot | undefined {
  if (table === undefined) return undefined;
  const title = "Memory against the size of a scrape";
  const lines = ["bare Bun", "100 policies", "10,000 policies"].map((who) => ({
    name: who,
    points: pointsOf(
      table.rows.filter(({ name }) => new RegExp(`^${who}, (second|larger|largest)$`).test(name)),
      ({ cells }) => [Number(cells["MB in"]), Number(cells["peak grows by"])],
    ),
  }));
  const svg = linePlot({
    title,
    description: `Megabytes that the peak grows by: ${ends(lines, "MB")}.`,
    x: { label: "MB of one scrape", isLogarithmic: true },
    y: { label: "MB that the peak grows by" },
    lines,
  });
  return { name: "memory-by-scrape", title, svg };
}

function soak(table: Figures | undefined): Plot | undefined {
  if (table === undefined) return undefined;
  const title = "Resident memory during a soak";
  const points = pointsOf(table.rows, ({ name, cells }) => [
    numberOf(name) / 60,
    Number(cells["resident"]),
  ]);
  const lines = [{ name: "Edge, two workers", points }];
  const svg = linePlot({
    title,
    description: `Megabytes over minutes: ${ends(lines, "MB")}.`,
    x: { label: "minutes" },
    y: { label: "MB resident" },
    lines,
  });
  return { name: "soak", title, svg };
}

function pointsOf(
  rows: readonly Row[],
  point: (row: Row) => readonly [number, number],
): (readonly [number, number])[] {
  return rows.map(point).filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
}

/** The number that a name begins with. */
function numberOf(name: string): number {
  return Number(/^[\d,.]+/.exec(name)?.[0].replaceAll(",", "") ?? Number.NaN);
}

function ends(lines: readonly Line[], unit: string): string {
  return lines
    .map(({ name, points }) => {
      const [first, last] = [points[0]?.[1] ?? 0, points.at(-1)?.[1] ?? 0];
      return `${name} from ${Math.round(first)} to ${Math.round(last)} ${unit}`;
    })
    .join(", ");
}
