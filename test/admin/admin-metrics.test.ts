// The page of the program's own metrics.

import { expect, test } from "bun:test";
import { metricsPage } from "../../src/admin/admin-metrics.ts";

test("metrics are the text that is there when the page is asked for", async () => {
  let text = "a 1\n";
  const page = metricsPage(() => text);
  expect(page.path).toBe("/_edge/metrics");
  expect(page.methods).toEqual(["GET", "HEAD"]);
  text = "a 2\n";
  const response = await page.serve(
    new Request("http://edge/_edge/metrics"),
    new URLSearchParams(),
  );
  expect([response.status, Object.fromEntries(response.headers), await response.text()]).toEqual([
    200,
    { "content-type": "text/plain; version=0.0.4; charset=utf-8", "content-length": "4" },
    "a 2\n",
  ]);
});
