// Plans for Datadog requests, as a table; and which paths go to which upstream.

import { describe, expect, test } from "bun:test";
import { DatadogModule } from "../../../src/protocols/datadog/index.ts";
import type { Plan, RequestHead } from "../../../src/protocols/index.ts";
import type { RecordFormat } from "../../../src/policy/index.ts";
import { Router } from "../../../src/server/router.ts";

const formatOf = (name: string): RecordFormat & { readonly formatName: string } => ({
  formatName: name,
  filter: () => ({ records: 0, dropped: 0, unreadable: 0, edited: 0 }),
});
const module = new DatadogModule({
  logs: formatOf("logs"),
  seriesV1: formatOf("series v1"),
  seriesV2: formatOf("series v2"),
  seriesProtobuf: formatOf("series protobuf"),
});
const router = new Router([module]);

function planOf(
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Plan | undefined {
  const head: RequestHead = { method, path, query: "", headers: new Headers(headers) };
  const routed = router.find(method, path);
  return routed?.module.plan(head, routed.route);
}

/** "format coding upstream", or "forward upstream" with a reason. */
function shape(plan: Plan | undefined): string {
  if (plan?.kind === "filter") {
    const { formatName } = plan.format as RecordFormat & { formatName: string };
    return `${formatName}, ${plan.coding}, ${plan.telemetry} to ${plan.upstream}`;
  }
  if (plan?.kind !== "forward") return "none";
  const { upstream, unjudged } = plan;
  return `forward to ${upstream}${unjudged === undefined ? "" : `, ${unjudged.reason}`}`;
}

const JSON_TYPE = { "content-type": "application/json" };

describe("requests that are filtered", () => {
  test.each<[string, Record<string, string>, string]>([
    ["/api/v2/logs", JSON_TYPE, "logs, identity, datadog_logs to logs"],
    [
      "/api/v2/logs",
      { "content-type": "Application/JSON; charset=utf-8", "content-encoding": "gzip" },
      "logs, gzip, datadog_logs to logs",
    ],
    [
      "/api/v2/logs",
      { ...JSON_TYPE, "content-encoding": "zstd" },
      "logs, zstd, datadog_logs to logs",
    ],
    [
      "/api/v2/series",
      { ...JSON_TYPE, "content-encoding": "ZSTD1" },
      "series v2, zstd, datadog_metrics to metrics",
    ],
    [
      "/api/v2/logs",
      { ...JSON_TYPE, "content-encoding": "deflate" },
      "logs, deflate, datadog_logs to logs",
    ],
    [
      "/api/v2/logs",
      { "content-type": "application/x-ndjson" },
      "logs, identity, datadog_logs to logs",
    ],
    ["/api/v2/series", JSON_TYPE, "series v2, identity, datadog_metrics to metrics"],
    [
      "/api/v1/series",
      { "content-type": "text/json" },
      "series v1, identity, datadog_metrics to metrics",
    ],
    [
      "/api/v2/series",
      { "content-type": "application/x-protobuf", "content-encoding": "zstd" },
      "series protobuf, zstd, datadog_metrics to metrics",
    ],
    [
      "/api/v2/series",
      { "content-type": "application/protobuf" },
      "series protobuf, identity, datadog_metrics to metrics",
    ],
    [
      "/api/v1/series",
      { "content-type": "text/json", "content-encoding": "deflate" },
      "series v1, deflate, datadog_metrics to metrics",
    ],
  ])("%s %j", (path, headers, expected) => {
    expect(shape(planOf("POST", path, headers))).toBe(expected);
  });
});

describe("requests that cannot be judged are forwarded and counted", () => {
  test.each<[string, Record<string, string>, string]>([
    ["/api/v2/logs", {}, "forward to logs, unknown_content_type"],
    ["/api/v2/logs", { "content-type": "text/plain" }, "forward to logs, unknown_content_type"],
    [
      "/api/v2/logs",
      { "content-type": "application/x-protobuf" },
      "forward to logs, unknown_content_type",
    ],
    [
      "/api/v1/series",
      { "content-type": "application/x-protobuf" },
      "forward to metrics, unknown_content_type",
    ],
    [
      "/api/v2/logs",
      { ...JSON_TYPE, "content-encoding": "br" },
      "forward to logs, unknown_encoding",
    ],
    [
      "/api/v2/series",
      { ...JSON_TYPE, "content-encoding": "zstd2" },
      "forward to metrics, unknown_encoding",
    ],
    [
      "/api/v2/series",
      { ...JSON_TYPE, "content-encoding": "gzip, zstd" },
      "forward to metrics, unknown_encoding",
    ],
  ])("%s %j", (path, headers, expected) => {
    expect(shape(planOf("POST", path, headers))).toBe(expected);
  });
});

describe("everything else goes to the upstream of its kind", () => {
  test.each<[string, string, string]>([
    ["GET", "/api/v2/logs", "forward to logs"],
    ["POST", "/api/v2/logs/events/search", "forward to logs"],
    ["POST", "/v1/input", "forward to logs"],
    ["POST", "/v1/input/0123456789abcdef", "forward to logs"],
    ["GET", "/api/v1/series", "forward to metrics"],
    ["PUT", "/api/v2/series", "forward to metrics"],
    ["POST", "/api/beta/sketches", "forward to metrics"],
    ["POST", "/api/v1/distribution_points", "forward to metrics"],
    ["POST", "/api/v1/check_run", "forward to metrics"],
    ["POST", "/intake", "forward to metrics"],
    ["POST", "/intake/", "forward to metrics"],
    ["POST", "/api/v1/metadata", "forward to metrics"],
    ["GET", "/api/v1/validate", "forward to metrics"],
    ["POST", "/api/v0.2/traces", "forward to traces"],
    ["POST", "/api/v0.2/stats", "forward to traces"],
    ["POST", "/intakes", "none"],
    ["POST", "/api/v2/events", "none"],
    ["POST", "/api/v3/logs", "none"],
    ["GET", "/", "none"],
  ])("%s %s", (method, path, expected) => {
    expect(shape(planOf(method, path, JSON_TYPE))).toBe(expected);
  });
});

test("the client is told what the intake would say when nothing is left", () => {
  const answers = ["/api/v2/logs", "/api/v2/series", "/api/v1/series"].map((path) => {
    const plan = planOf("POST", path, JSON_TYPE);
    if (plan?.kind !== "filter") throw new Error(`${path} is not filtered`);
    const { body, contentType, status } = plan.emptyResponse;
    return [status, contentType, new TextDecoder().decode(body)];
  });
  expect(answers).toEqual([
    [202, "application/json", "{}"],
    [202, "application/json", '{"errors":[]}'],
    [202, "application/json", '{"status":"ok"}'],
  ]);
});
