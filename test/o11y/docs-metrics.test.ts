// The committed page of metrics is the one that the table gives.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { METRICS_PAGE, metricsPage, pageSpecs } from "../../scripts/docs-metrics.ts";

test("docs/metrics.md is what scripts/docs-metrics.ts prints", () => {
  expect(readFileSync(METRICS_PAGE, "utf8")).toBe(metricsPage());
});

test("the page has a section for every metric", () => {
  const sections = metricsPage().matchAll(/^## (.+)$/gm);
  expect([...sections].map(([, name]) => name)).toEqual(pageSpecs().map(({ name }) => name));
});
