// The pages below /_edge/.

import { expect, test } from "bun:test";
import type { SnapshotSummary } from "../../src/policy/index.ts";
import { metricsPage, policiesPage } from "../../src/proxy/pages.ts";

const snapshot: SnapshotSummary = {
  version: 3,
  counts: { log: 1, metric: 0, trace: 0 },
  policies: [
    { id: "a", name: 'drop "x"', signal: "log", enabled: true, errors: [], warnings: [] },
    {
      id: "b",
      name: "bad",
      signal: undefined,
      enabled: false,
      errors: ["no target"],
      warnings: [],
    },
  ],
};

test("metrics are the text that is there when the page is asked for", () => {
  let text = "a 1\n";
  const page = metricsPage(() => text);
  expect(page.path).toBe("/_edge/metrics");
  text = "a 2\n";
  expect(page.render(new URLSearchParams())).toEqual({
    contentType: "text/plain; version=0.0.4; charset=utf-8",
    text: "a 2\n",
  });
});

test("policies are one line each, behind the set's version and counts", () => {
  expect(policiesPage({ snapshot }).render(new URLSearchParams())).toEqual({
    contentType: "text/plain; charset=utf-8",
    text: [
      "# version=3 log=1 metric=0 trace=0",
      'id="a" signal=log enabled=true name="drop \\"x\\""',
      'id="b" signal=none enabled=false name="bad" errors=["no target"]',
      "",
    ].join("\n"),
  });
});

test("policies are a JSON document when it is asked for", () => {
  const { contentType, text } = policiesPage({ snapshot }).render(
    new URLSearchParams("format=json"),
  );
  expect(contentType).toBe("application/json");
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(snapshot)));
});
