// A metric that is documented moves: it is fed, by an event that something emits.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { DISTRIBUTIONS } from "../../src/distributions.ts";
import { METRICS } from "../../src/o11y/index.ts";
import { POLICY_METRICS } from "../../src/o11y/policy-metrics.ts";
import { protocolMetricsOf } from "../../src/protocols/index.ts";

const SOURCES = new URL("../../src/", import.meta.url).pathname;
const texts = new Map(
  [...new Bun.Glob("**/*.ts").scanSync(SOURCES)].map((path) => [
    path,
    readFileSync(SOURCES + path, "utf8"),
  ]),
);
/** Where the metrics of the table are taken out of it. */
const FEEDERS = [
  "metrics",
  "dump-metrics",
  "limit-metrics",
  "record-metrics",
  "saturation-metrics",
  "otel/item-metrics",
];
const METRICS_SOURCE = FEEDERS.map((name) => withoutTable(texts.get(`o11y/${name}.ts`) ?? "")).join(
  "",
);

/** A table of rows names each of them, too. */
function withoutTable(text: string): string {
  return text.replace(/^export const \w+_METRICS = \{.*?^\} as const\b/gms, "");
}

test("every metric of the table is fed", () => {
  const unfed = Object.keys(METRICS).filter((key) => {
    const uses = METRICS_SOURCE.match(new RegExp(`\\b${key}\\b`, "g")) ?? [];
    // Taken out of the table and used, or one of those by policy, which are fed together.
    return uses.length < 2 && !Object.hasOwn(POLICY_METRICS, key);
  });
  expect(unfed).toEqual([]);
});

test("every event that a metric is fed by is emitted", () => {
  const brought = Object.values(DISTRIBUTIONS).flatMap(
    ({ modules }) => protocolMetricsOf(modules).metrics,
  );
  const events = [
    ...[...METRICS_SOURCE.matchAll(/bus\.on\(\s*"([^"]+)"/g)].map(([, name]) => name ?? ""),
    ...brought.map(({ event }) => event),
  ];
  expect(events.length).toBeGreaterThan(20);
  const emitted = new Set(
    [...texts.values()].flatMap((text) =>
      [...text.matchAll(/\bemit\(\s*"([^"]+)"/g)].map(([, name]) => name),
    ),
  );
  expect(events.filter((name) => !emitted.has(name))).toEqual([]);
});
