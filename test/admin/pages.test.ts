// The page of the program's own metrics.

import { expect, test } from "bun:test";
import { metricsPage } from "../../src/admin/pages.ts";

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
