// Pages of figures: the committed ones are those of the newest results, and what is made of results
// is what these say.

import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { markdownTable } from "../../scripts/bench/page/markdown.ts";
import { pagesOf } from "../../scripts/bench/page/pages.ts";
import { verdictOf } from "../../scripts/bench/page/verdicts.ts";
import { figureText, type Figures } from "../../scripts/bench/report/figures.ts";
import { type BenchResult, newestResults } from "../../scripts/bench/report/results.ts";
import { TARGETS } from "../../scripts/bench/targets.ts";

const ROOT = resolve(import.meta.dir, "../..");
const PAGES = [...pagesOf(newestResults())].map(([path, text]) => ({ path, text }));

function resultOf(tables: readonly Figures[], more: Partial<BenchResult> = {}): BenchResult {
  return {
    name: "otlp",
    startedAt: "2026-03-01T10:20:30.000Z",
    seconds: 7,
    commit: "abc1234",
    machine: "2 × a processor",
    loadBefore: 0.5,
    tables,
    faults: [],
    ...more,
  };
}

const TABLE: Figures = {
  title: "t",
  columns: { cost: "ms", share: "×", how: "text" },
  rows: [
    { name: "one", cells: { cost: 1.234, share: 2, how: "well" } },
    { name: "two", cells: { cost: 1234.5, share: 3 } },
  ],
};

describe("the committed pages", () => {
  test.each(PAGES)(
    "$path is what the newest results say (else run: bun scripts/docs-figures.ts)",
    async ({ path, text }) => {
      expect(await Bun.file(join(ROOT, path)).text()).toBe(text);
    },
  );

  test("have no plot beside those of the newest results", () => {
    const folder = join(ROOT, "docs/plots");
    const there = existsSync(folder) ? readdirSync(folder) : [];
    const made = PAGES.flatMap(({ path }) => /^docs\/plots\/(.*)$/.exec(path)?.[1] ?? []);
    expect(there.sort()).toEqual(made.sort());
  });
});

test.each([
  [0, "ms", "0 ms"],
  [12, "", "12"],
  [12345, "", "12,345"],
  [0.01234, "%", "0.012 %"],
  [1.234, "×", "1.23 ×"],
  [12.34, "ms", "12.3 ms"],
  [99.97, "ms", "100 ms"],
  [1234.5, "MB/s", "1,235 MB/s"],
  [-2.34, "MB", "-2.34 MB"],
  ["well", "text", "well"],
  [undefined, "ms", ""],
] as const)("%p in %s is shown as %p", (value, unit, shown) => {
  expect(figureText(value, unit)).toBe(shown);
});

describe("a target", () => {
  const target = { subject: "s", asked: "a", where: { table: "t", row: "one", column: "cost" } };
  const results = { benches: [resultOf([TABLE])] };

  test.each([
    [{ most: 1.234 }, true],
    [{ most: 1.233 }, false],
    [{ least: 1.234 }, true],
    [{ least: 1.235 }, false],
  ])("of %p is met by 1.234: %p", (bound, isMet) => {
    const verdict = verdictOf({ ...target, bound }, results);
    expect([verdict.isMet, verdict.measured]).toEqual([isMet, "1.23 ms"]);
  });

  test("of several rows is held against the worst of them, which is named", () => {
    const where = { ...target.where, row: /./ };
    const most = verdictOf({ ...target, where, bound: { most: 5 } }, results);
    const least = verdictOf({ ...target, where, bound: { least: 1 } }, results);
    expect([most.isMet, most.measured]).toEqual([false, "1,235 ms (two)"]);
    expect([least.isMet, least.measured]).toEqual([true, "1.23 ms (one)"]);
  });

  test("of two figures is their ratio", () => {
    const over = { table: "t", row: "two", column: "share" };
    const where = { table: "t", row: "one", column: "share" };
    const verdict = verdictOf({ ...target, where, over, bound: { most: 1 } }, results);
    expect([verdict.isMet, verdict.measured]).toEqual([true, "0.67 ×"]);
  });

  test.each([{ table: "u" }, { row: "three" }, { column: "price" }])(
    "whose figure is not there is not measured: %p",
    (more) => {
      const where = { ...target.where, ...more };
      const verdict = verdictOf({ ...target, where, bound: { most: 1 } }, results);
      expect([verdict.isMet, verdict.measured]).toEqual([undefined, "not measured"]);
    },
  );

  test("is asked for once, and never by a number that nobody knows", () => {
    const subjects = Object.values(TARGETS).flatMap((all) => all.map(({ subject }) => subject));
    expect(subjects.length).toBeGreaterThan(60);
    expect(new Set(subjects).size).toBe(subjects.length);
  });
});

describe("a page", () => {
  const chaos: Figures = {
    title: "faults at every door",
    columns: { requests: "", "the client sees": "text", lost: "" },
    rows: [
      {
        name: "the backend answers 503 · Loki",
        cells: { requests: 9, "the client sees": "503 × 9", lost: 0 },
      },
    ],
  };

  test("shows tables, the run that they are of, and that it was not whole", () => {
    const result = resultOf([TABLE], { faults: ["it did not end within 7 s"] });
    const page = pagesOf({ benches: [result] }).get("docs/performance.md") ?? "";
    expect(page).toContain("**Not whole:** it did not end within 7 s\n");
    expect(page).toContain(
      "2026-03-01 10:20 UTC, abc1234, 7 s; 2 × a processor; load before it 0.5.",
    );
    expect(page).toContain("| one | 1.23 ms  | 2 ×   | well |");
  });

  test("of reliability has a section for each fault, with its doors", () => {
    const benches = [resultOf([chaos], { name: "chaos" })];
    const page = pagesOf({ benches }).get("docs/reliability.md") ?? "";
    expect(page).toContain("### The backend answers 503\n");
    expect(page).toContain("| Loki | 9        | 503 × 9         | 0    |");
  });

  test("has a plot of what was measured, that any reader of XML takes", () => {
    const growth: Figures = {
      title: "cost of a record by the number of policies",
      columns: { "logs, JSON": "ns", "a < b & c": "ns" },
      rows: ["10", "1,000", "10,000"].map((name, i) => ({
        name,
        cells: { "logs, JSON": 1000 + i, "a < b & c": 500 * i },
      })),
    };
    const pages = pagesOf({ benches: [resultOf([growth], { name: "engine" })] });
    const svg = pages.get("docs/plots/cost-by-policies.svg") ?? "";
    expect(svg.match(/<path /g)).toHaveLength(2);
    expect(svg).toContain("a &lt; b &amp; c");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(pages.get("docs/performance.md")).toContain("](plots/cost-by-policies.svg)");
  });

  test("escapes what would end a cell", () => {
    expect(markdownTable(["a"], [["b|c\nd"]])).toBe("| a      |\n| ------ |\n| b\\|c d |");
  });
});
