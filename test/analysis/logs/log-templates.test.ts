// Templates of lines as they stream by, in bounded memory.

import { describe, expect, test } from "bun:test";
import { LogTemplates, type TemplateCounts } from "../../../src/analysis/logs/log-templates.ts";
import { MaskedLine } from "../../../src/analysis/logs/masked-line.ts";
import { templateText } from "../../../src/analysis/logs/template-text.ts";
import type { Look } from "../../../src/analysis/tally.ts";

const line = new MaskedLine(7);
const lookOf = (weight: number): Look => ({ weight, counted: () => undefined });

function observe(templates: LogTemplates, text: string, group = 0, look: Look = lookOf(1)) {
  const bytes = Buffer.from(text);
  line.read(bytes, 0, bytes.length);
  templates.observe(group, line, look, bytes.length);
}

function shown(templates: LogTemplates): Record<string, number> {
  const rows = [...templates.counts()].map(({ words, isCut, records }) => [
    words === undefined ? "(hidden)" : templateText(words, isCut),
    records,
  ]);
  return Object.fromEntries(rows) as Record<string, number>;
}

const options = { clustersMax: 100, shownMin: 3 };

describe("templates of logs", () => {
  test("words that differ between lines become values", () => {
    const templates = new LogTemplates(options);
    for (const name of ["alice", "bob", "carol", "dave"]) {
      observe(templates, `session opened for ${name} by root`);
      observe(templates, `session opened for ${name} by root`);
    }
    expect(shown(templates)).toEqual({ "session opened for <*> by root": 8 });
  });

  test("lines of other groups, other lengths and other words are others", () => {
    const templates = new LogTemplates({ ...options, shownMin: 1 });
    observe(templates, "cache hit", 0);
    observe(templates, "cache hit", 0);
    observe(templates, "cache hit", 1);
    observe(templates, "cache hit again", 1);
    observe(templates, "queue is empty", 1);
    const rows = [...templates.counts()].map(({ group, hashes, records }) => [
      group,
      hashes.length,
      records,
    ]);
    expect(rows.map(String).sort((a, b) => a.localeCompare(b))).toEqual([
      "0,2,2",
      "1,2,1",
      "1,3,1",
      "1,3,1",
    ]);
  });

  test("lines that share keys and places are others where their own words differ", () => {
    const templates = new LogTemplates({ ...options, shownMin: 1 });
    for (const name of ["azv1", "azv2"]) {
      const rest = `iface="${name}" regex="azv.*" version=4 table=254`;
      observe(templates, `[DEBUG][76] route.go 614: Synchronised routes on interface ${rest}`);
      observe(templates, `[DEBUG][76] route.go 686: Reconcile against kernel programming ${rest}`);
      observe(templates, `[DEBUG][76] route.go 700: Synchronised rules on interface ${rest}`);
    }
    const rest = 'iface="<*>" regex="<*>" version=<*> table=<*>';
    expect(shown(templates)).toEqual({
      [`[DEBUG][<*>] route.go <*>: Reconcile against kernel programming ${rest}`]: 2,
      [`[DEBUG][<*>] route.go <*>: Synchronised <*> on interface ${rest}`]: 4,
    });
  });

  test("a template that holds for much does not take in what shares places alone", () => {
    const templates = new LogTemplates({ ...options, shownMin: 1 });
    for (const text of ["Health: live", "Health: ready", "Calculated summary"]) {
      observe(templates, `[DEBUG][76] health.go 167: ${text}`);
      observe(templates, `[DEBUG][77] health.go 167: ${text}`);
    }
    for (let i = 0; i < 2; i++) observe(templates, "[DEBUG][76] other.go 12: Checking state");
    expect(shown(templates)).toEqual({
      "[DEBUG][<*>] health.go <*>: Health: <*>": 4,
      "[DEBUG][<*>] health.go <*>: Calculated summary": 2,
      "[DEBUG][<*>] other.go <*>: Checking state": 2,
    });
  });

  test("words are held only of what was seen often enough", () => {
    const templates = new LogTemplates(options);
    for (let i = 0; i < 2; i++) observe(templates, "the rare words");
    expect(shown(templates)).toEqual({ "(hidden)": 2 });
    observe(templates, "the rare words");
    expect(shown(templates)).toEqual({ "the rare words": 3 });
  });

  test("a line that was looked at stands for as many as its look says", () => {
    const templates = new LogTemplates(options);
    const look = lookOf(10);
    for (let i = 0; i < 3; i++) observe(templates, "disk full", 0, look);
    const [counts] = [...templates.counts()];
    expect(counts).toMatchObject({ records: 30, bytes: 270, seen: 3, variance: 90 * 27 ** 2 });
  });

  test("however many lines differ, there are so many clusters, and the heaviest are right", () => {
    const templates = new LogTemplates({ clustersMax: 20, shownMin: 3 });
    const word = (i: number): string =>
      i.toString(26).replace(/./g, (c) => String.fromCharCode(0x61 + parseInt(c, 26)));
    for (let i = 0; i < 5000; i++) {
      observe(templates, `${word(i)}x ${word(i * 7)}y ${word(i * 13)}z`);
      observe(templates, "heavy hitter is here");
    }
    expect(templates.size).toBe(20);
    const rows = [...templates.counts()];
    const heaviest = rows.sort((a, b) => b.bytes - a.bytes)[0] as TemplateCounts;
    expect(templateText(heaviest.words ?? [], false)).toBe("heavy hitter is here");
    expect(heaviest).toMatchObject({ bytes: 100_000, bytesError: 0 });
    const all = rows.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { bytesError } of rows) expect(bytesError).toBeLessThanOrEqual(all / 20);
  });

  test("those of two threads are merged as if one had seen all", () => {
    const [one, other, both] = [0, 1, 2].map(() => new LogTemplates(options)) as [
      LogTemplates,
      LogTemplates,
      LogTemplates,
    ];
    for (const name of ["alice", "bob", "carol"]) observe(one, `user ${name} came in`);
    for (const name of ["dave", "erin", "frank"]) observe(other, `user ${name} came in`);
    for (const counts of one.counts()) both.merge(counts);
    for (const counts of other.counts()) both.merge(counts);
    expect(shown(both)).toEqual({ "user <*> came in": 6 });
  });
});
