// What the pages tell of files: labels are bounded, and counters never go down.

import { describe, expect, test } from "bun:test";
import {
  type FileSample,
  TailMetrics,
  type TailSample,
} from "../../../src/tail/program/tail-metrics.ts";
import { newCounts } from "../../../src/tail/read/generation.ts";

const file = (path: string, readBytes: number, lagSeconds = 0): FileSample => {
  const counts = { ...newCounts(), readBytes };
  return { path, counts, lagBytes: 0, lagSeconds, rotations: 0, truncations: 0 };
};
const sample = (...files: readonly FileSample[]): TailSample => {
  const more = { followed: files.length, open: 0, troubled: 0, checkpointAgeSeconds: undefined };
  return { files, ...more };
};
/** The values of a metric by path. */
function series(text: string, name: string): Readonly<Record<string, number>> {
  const found = text.matchAll(new RegExp(`^${name}\\{path="([^"]*)"\\} (\\S+)$`, "gm"));
  return Object.fromEntries([...found].map(([, path, value]) => [path, Number(value)]));
}
const READ = "edge_tail_read_bytes_total";
const many = (count: number, from = 0): readonly FileSample[] =>
  Array.from({ length: count }, (_, i) => file(`${from + i}.log`, 1));

describe("files in metrics", () => {
  test("beyond the bound are counted together, and the one furthest behind counts", () => {
    const files = [...many(99), file("a.log", 10, 3), file("b.log", 20, 7), file("c.log", 5, 1)];
    const text = new TailMetrics().text(sample(...files));
    const read = series(text, READ);
    expect(Object.keys(read)).toHaveLength(100);
    expect([read["98.log"], read["other"], read["a.log"]]).toEqual([1, 35, undefined]);
    expect(series(text, "edge_tail_lag_seconds")["other"]).toBe(7);
  });

  test("that are new take the places of those that have gone; others stay together", () => {
    const metrics = new TailMetrics();
    const others = [file("a.log", 10), file("b.log", 20)];
    metrics.text(sample(...many(99), ...others));
    const gone = file("other", 50);
    const read = series(
      metrics.text(sample(...many(49, 50), ...others, file("new.log", 3), gone)),
      READ,
    );
    expect(Object.keys(read)).toHaveLength(51);
    expect([read["other"], read["new.log"], read["a.log"]]).toEqual([80, 3, undefined]);
  });

  test("below the bound have their own", () => {
    const read = series(new TailMetrics().text(sample(file("a", 1), file("b", 2))), READ);
    expect(read).toEqual({ a: 1, b: 2 });
  });
});
