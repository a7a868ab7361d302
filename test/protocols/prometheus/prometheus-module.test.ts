// Which requests are scrapes, and what is fetched for them, as a table.

import { describe, expect, test } from "bun:test";
import { PrometheusModule } from "../../../src/protocols/prometheus/index.ts";
import { PassthroughModule } from "../../../src/protocols/passthrough/index.ts";
import { Router } from "../../../src/server/router.ts";

const TARGETS = ["/metrics/app", "/metrics/app/deep", "/node/", "/metrics/a"];

/** What is planned for a request: target and path of a scrape, or the kind of another plan. */
function planned(method: string, path: string, query = "", scrapeTargets = TARGETS): unknown {
  const router = new Router([new PrometheusModule({ scrapeTargets }), new PassthroughModule()]);
  const routed = router.find(method, path)!;
  const plan = routed.module.plan({ method, path, query, headers: new Headers() }, routed.route);
  return plan.kind === "scrape" ? [plan.target, plan.path] : plan.kind;
}

describe("a request", () => {
  test.each<[string, string, string, string | undefined, string]>([
    ["GET", "/metrics", "", undefined, "/metrics"],
    ["HEAD", "/metrics", "", undefined, "/metrics"],
    ["GET", "/metrics/", "?a=b", undefined, "/metrics/"],
    ["GET", "/metrics/other/x", "", undefined, "/metrics/other/x"],
    ["GET", "/metrics/app", "", "/metrics/app", ""],
    ["GET", "/metrics/app", "?a=%20&a", "/metrics/app", "?a=%20&a"],
    ["GET", "/metrics/app/", "", "/metrics/app", "/"],
    ["GET", "/metrics/app/x", "?y", "/metrics/app", "/x?y"],
    ["GET", "/metrics/app/deep", "", "/metrics/app/deep", ""],
    ["GET", "/metrics/app/deeper", "", "/metrics/app", "/deeper"],
    ["GET", "/metrics/apple", "", undefined, "/metrics/apple"],
    ["GET", "/node", "", "/node/", ""],
    ["GET", "/node/x", "", "/node/", "/x"],
    ["GET", "//metrics", "?a", undefined, "//metrics"],
    ["GET", "/%6Detrics", "", undefined, "/%6Detrics"],
    ["GET", "//metrics//app//x", "", "/metrics/app", "//x"],
    ["GET", "/metrics/%61pp/%78?", "", "/metrics/app", "/%78?"],
    ["GET", "/metrics%2Fapp", "", "/metrics/app", ""],
  ])("%s %s%s is a scrape of %p, path %j", (method, path, query, target, rest) => {
    const want = target === undefined ? rest + query : rest;
    expect(planned(method, path, query)).toEqual([target, want]);
  });
  test.each([
    ["POST", "/metrics"],
    ["PUT", "/metrics/app"],
    ["GET", "/metricsx"],
    ["GET", "/nodes"],
    ["GET", "/"],
  ])("%s %s is none", (method, path) => {
    expect(planned(method, path)).toBe("forward");
  });
});

test("without targets, only /metrics and what is below it are scrapes", () => {
  expect(planned("GET", "/metrics/app", "", [])).toEqual([undefined, "/metrics/app"]);
  expect(planned("GET", "/node", "", [])).toBe("forward");
});

test("a target / takes whatever nobody else does", () => {
  expect(planned("GET", "/x/y", "?z", ["/"])).toEqual(["/", "/x/y?z"]);
  expect(planned("GET", "/metrics", "", ["/", "/metrics"])).toEqual(["/metrics", ""]);
});

test("a target is asked for as its URL says, also when its path is written with a slash", () => {
  expect(planned("GET", "/m/", "?x", ["/m/"])).toEqual(["/m/", "?x"]);
  expect(planned("GET", "/m", "", ["/m/"])).toEqual(["/m/", ""]);
  expect(planned("GET", "/m/n", "", ["/m/"])).toEqual(["/m/", "/n"]);
  expect(planned("GET", "/m/", "", ["/m"])).toEqual(["/m", "/"]);
});
