// Scrapes through a whole proxy: what the exporter is asked, what the scraper gets, where targets
// are fetched, and what is counted.

import { afterEach, describe, expect, test } from "bun:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { FAMILY_BYTES_MAX } from "../../../src/core/limits.ts";
import {
  decodeFamilies,
  encodeFamilies,
  type MetricFamily,
  Type,
} from "../../protocols/prometheus/format/protobuf/families.ts";
import { rawResponse } from "../../support/recording-upstream.ts";
import { INPUT, OUTPUT, proxy, stopAll, TEXT } from "./scrape-proxy.ts";

afterEach(stopAll);

describe("what the exporter is asked", () => {
  test("path and query as they came", async () => {
    const own = await proxy();
    await own.scrape("/metrics/sub?collect[]=cpu&x=%20");
    expect(own.upstream.last.target).toBe("/metrics/sub?collect[]=cpu&x=%20");
  });
  const protobuf =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
  const openMetrics = "application/openmetrics-text;version=1.0.0";
  test.each([
    ["text/plain", "text/plain"],
    [`${protobuf},${openMetrics};q=0.8,*/*;q=0.1`, `${protobuf},${openMetrics};q=0.8,*/*;q=0.1`],
    [protobuf, protobuf],
    ["application/vnd.google.protobuf", "application/vnd.google.protobuf"],
    [
      `${protobuf.replace("delimited", "text")};q=0.9,${protobuf};q=0.7,text/plain;q=0.3`,
      `${protobuf};q=0.7,text/plain;q=0.3`,
    ],
    [protobuf.replace("delimited", "compact-text"), "text/plain;version=0.0.4"],
    [protobuf.replace("MetricFamily", "Other"), "text/plain;version=0.0.4"],
    [
      `${openMetrics},text/plain;a="b,c;encoding=text"`,
      `${openMetrics},text/plain;a="b,c;encoding=text"`,
    ],
  ])("to accept %s becomes %s", async (accept, want) => {
    const own = await proxy();
    await own.scrape("/metrics", { accept });
    expect(own.upstream.header("accept")).toBe(want);
  });
  test.each([
    ["gzip", "gzip"],
    ["br, GZIP;q=0.5", "gzip"],
    ["gzip;q=0", "identity"],
    ["br", "identity"],
    ["*", "gzip"],
  ])("accept-encoding %s becomes %s", async (given, want) => {
    const own = await proxy();
    await own.scrape("/metrics", { "accept-encoding": given });
    expect(own.upstream.header("accept-encoding")).toBe(want);
  });
  test("for the whole exposition, always", async () => {
    const own = await proxy();
    await own.scrape("/metrics", { range: "bytes=0-9", "if-none-match": '"x"' });
    expect([own.upstream.header("range"), own.upstream.header("if-none-match")]).toEqual([
      undefined,
      undefined,
    ]);
  });
  test("headers of the scraper's own", async () => {
    const own = await proxy();
    const name = "x-prometheus-scrape-timeout-seconds";
    await own.scrape("/metrics", { [name]: "10" });
    expect(own.upstream.header(name)).toBe("10");
  });
});

describe("what the scraper gets", () => {
  test("what policies leave", async () => {
    const own = await proxy();
    const answer = await own.scrape();
    expect([answer.status, await answer.text()]).toEqual([200, OUTPUT]);
    expect(answer.headers.get("content-type")).toBe(TEXT["content-type"]);
    expect(answer.headers.get("content-encoding")).toBeNull();
  });
  test.each([
    ["gzip", "gzip"],
    ["gzip", "identity"],
    ["identity", "gzip"],
    ["identity", "identity"],
  ])("from %s as %s", async (from, to) => {
    const headers = { ...TEXT, ...(from === "gzip" ? { "content-encoding": "gzip" } : {}) };
    const body = from === "gzip" ? gzipSync(INPUT) : INPUT;
    const own = await proxy({}, () => rawResponse(200, headers, body));
    const answer = await own.scrape("/metrics", { "accept-encoding": to });
    expect(answer.headers.get("content-encoding")).toBe(to === "gzip" ? "gzip" : null);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect((to === "gzip" ? gunzipSync(bytes) : bytes).toString()).toBe(OUTPUT);
  });
  test("nothing that speaks of the body as it was", async () => {
    const more = { etag: '"x"', "last-modified": "yesterday", "content-md5": "y", vary: "Accept" };
    const own = await proxy({}, () => rawResponse(200, { ...TEXT, ...more }, INPUT));
    const { headers } = await own.scrape();
    expect([headers.get("etag"), headers.get("last-modified"), headers.get("content-md5")]).toEqual(
      [null, null, null],
    );
    expect(headers.get("vary")).toBe("Accept, Accept-Encoding");
  });
  test.each([204, 304, 404, 500, 503])("an answer with status %d as it came", async (status) => {
    const own = await proxy({}, () =>
      rawResponse(status, { "x-own": "1" }, status < 400 ? "" : INPUT),
    );
    const answer = await fetch(`${own.url}/metrics`, { redirect: "manual" });
    expect([answer.status, answer.headers.get("x-own"), await answer.text()]).toEqual([
      status,
      "1",
      status < 400 ? "" : INPUT,
    ]);
    expect(own.bus.of("scrape.completed")).toMatchObject([{ outcome: "relayed" }]);
  });
  test.each([
    ["application/vnd.google.protobuf; encoding=text", {}, "unknown_content_type"],
    ['application/vnd.google.protobuf; encoding="compact-text"', {}, "unknown_content_type"],
    ["application/vnd.google.protobuf; proto=other.Message", {}, "unknown_content_type"],
    ["application/json", {}, "unknown_content_type"],
    ["text/plain", { "content-encoding": "br" }, "unknown_encoding"],
  ])("%s %p as it came, counted", async (type, more, reason) => {
    const headers = { "content-type": type, ...more };
    const own = await proxy({}, () => rawResponse(200, headers, INPUT));
    const answer = await own.scrape();
    expect(await answer.text()).toBe(INPUT);
    expect(own.bus.of("fail_open")).toMatchObject([{ telemetry: "prometheus_metrics", reason }]);
    expect(own.bus.of("scrape.completed")).toMatchObject([{ outcome: "unjudged" }]);
  });
  describe("in protobuf", () => {
    const type =
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding="delimited"';
    const family = (name: string): MetricFamily => ({
      name,
      type: Type.histogram,
      metrics: [{ labels: [], count: 3, sum: 2, buckets: [[1, 2]], isNative: true }],
    });
    const [a, noise] = [family("a"), family("noise")];
    const headers = { "content-type": type };

    test.each(["identity", "gzip"])("what policies leave, as %s", async (coding) => {
      const body = encodeFamilies([noise, a, noise]);
      const answer =
        coding === "gzip"
          ? rawResponse(200, { ...headers, "content-encoding": "gzip" }, gzipSync(body))
          : rawResponse(200, headers, Buffer.from(body));
      const own = await proxy({}, () => answer);
      const got = await own.scrape("/metrics", { "accept-encoding": coding });
      expect([got.headers.get("content-type"), got.headers.get("content-length")]).toEqual([
        type,
        coding === "gzip" ? null : String(encodeFamilies([a]).length),
      ]);
      const bytes = Buffer.from(await got.arrayBuffer());
      expect(decodeFamilies(coding === "gzip" ? gunzipSync(bytes) : bytes)).toEqual([a]);
      const counts = { lines: 0, samples: 15, dropped: 10, bytesIn: body.length };
      expect(own.bus.of("scrape.completed")).toMatchObject([{ outcome: "ok", ...counts }]);
      expect(own.bus.of("fail_open")).toEqual([]);
    });
    test("what is no protobuf as it came, counted", async () => {
      const own = await proxy({}, () => rawResponse(200, headers, "no protobuf"));
      expect(await (await own.scrape()).text()).toBe("no protobuf");
      expect(own.bus.of("fail_open")).toMatchObject([
        { reason: "unreadable_record", records: 1, detail: "what is no MetricFamily or Metric" },
      ]);
    });
    test("a family that is too large as it came, counted", async () => {
      const large = { ...noise, help: "x".repeat(FAMILY_BYTES_MAX) };
      const body = encodeFamilies([noise, large, a]);
      const own = await proxy({}, () => rawResponse(200, headers, Buffer.from(body)));
      const got = Buffer.from(await (await own.scrape()).arrayBuffer());
      expect(got.equals(encodeFamilies([large, a]))).toBe(true);
      expect(own.bus.of("fail_open")).toMatchObject([{ reason: "family_too_large", records: 1 }]);
    });
    test("an input limit cuts it off after a whole message", async () => {
      const body = encodeFamilies([a, noise, a]);
      const own = await proxy({ inputBytesMax: body.length - 1 }, () =>
        rawResponse(200, headers, Buffer.from(body)),
      );
      const failure = await (await own.scrape()).arrayBuffer().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(own.bus.of("scrape.completed")).toMatchObject([{ outcome: "input_limit" }]);
    });
  });
  test("a body without a type is text", async () => {
    const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${INPUT.length}\r\n\r\n${INPUT}`;
    const own = await proxy({}, () => answer);
    expect(await (await own.scrape()).text()).toBe(OUTPUT);
  });
  test("no body for HEAD, and no length of a body that it would not get", async () => {
    const own = await proxy({}, () => `HTTP/1.1 200 OK\r\ncontent-length: 17\r\netag: "x"\r\n\r\n`);
    const answer = await fetch(`${own.url}/metrics`, { method: "HEAD" });
    expect(own.upstream.last).toMatchObject({ method: "HEAD", target: "/metrics" });
    expect([answer.status, answer.headers.get("etag")]).toEqual([200, null]);
    expect(answer.headers.get("content-length")).not.toBe("17");
  });
  test("the exposition as it came when there is no policy for metrics", async () => {
    const own = await proxy({ policies: [] });
    const accept = "application/vnd.google.protobuf";
    const answer = await own.scrape("/metrics", { accept, "accept-encoding": "br" });
    expect(await answer.text()).toBe(INPUT);
    expect([own.upstream.header("accept"), own.upstream.header("accept-encoding")]).toEqual([
      accept,
      "br",
    ]);
    expect(own.bus.of("prefilter.decided")).toEqual([
      { routeKind: "prometheus_metrics", decision: "fast_path" },
    ]);
  });
  test("502 when the exporter cannot be reached", async () => {
    const own = await proxy({}, ({ socket }) => void socket.destroy());
    const answer = await own.scrape();
    expect(answer.status).toBe(502);
    expect(own.bus.of("scrape.completed")).toMatchObject([{ outcome: "upstream_failed" }]);
  });
});

describe("targets", () => {
  const targets = {
    "/metrics/app1": "/one/metrics",
    "/node": "",
    "/metrics/app1/deep": "/two",
    "/slash": "/slash/",
    "/asking": "?k=v",
  };
  test.each([
    ["/metrics/app1", "/one/metrics"],
    ["/metrics/app1?x=1", "/one/metrics?x=1"],
    ["/metrics/app1/sub", "/one/metrics/sub"],
    ["/metrics/app1/deep/er?y", "/two/er?y"],
    ["/metrics/app10", "/metrics/app10"],
    ["/metrics", "/metrics"],
    ["/node/x", "/x"],
    ["/nodes", "/default/nodes"],
    ["/node", "/"],
    ["/node?x=1", "/?x=1"],
    ["/node?", "/?"],
    ["/node/?x=1", "/?x=1"],
    ["/slash", "/slash/"],
    ["/slash?x=1", "/slash/?x=1"],
    ["/slash/x", "/slash/x"],
    ["/asking", "/?k=v"],
    ["/asking?x=1", "/?k=v&x=1"],
  ])("%s is fetched from %s", async (path, want) => {
    for (const transport of ["http1", "fetch"] as const) {
      const own = await proxy({ targets, transport });
      await own.scrape(path);
      expect(own.upstream.last.target).toBe(want);
    }
  });
  test("are told apart in what is counted", async () => {
    const own = await proxy({ targets });
    await (await own.scrape("/metrics/app1")).text();
    await (await own.scrape("/metrics")).text();
    const seen = own.bus.of("scrape.completed").map(({ target, outcome }) => [target, outcome]);
    expect(seen).toEqual([
      ["/metrics/app1", "ok"],
      ["default", "ok"],
    ]);
  });
});

describe("what is counted", () => {
  test("lines, samples, bytes and time of one scrape", async () => {
    const own = await proxy();
    await (await own.scrape()).text();
    const [done] = own.bus.of("scrape.completed");
    expect(done).toEqual({
      target: "default",
      outcome: "ok",
      lines: 5,
      samples: 3,
      dropped: 1,
      bytesIn: INPUT.length,
      bytesOut: OUTPUT.length,
      durationMs: expect.any(Number),
    });
    expect(own.bus.of("records.evaluated")).toEqual([
      {
        telemetry: "prometheus_metrics",
        records: 3,
        points: 3,
        dropped: 1,
        edited: 0,
        bytesIn: INPUT.length,
        bytesOut: OUTPUT.length,
        droppedBytes: INPUT.length - OUTPUT.length,
      },
    ]);
  });
  test("bytes of the answer as the scraper gets them", async () => {
    const own = await proxy();
    for (const coding of ["gzip", "identity"]) {
      const { length } = await (
        await own.scrape("/metrics", { "accept-encoding": coding })
      ).bytes();
      expect(own.bus.of("request.completed").at(-1)?.bytesOut).toBe(length);
    }
  });
  test("lines that are no samples", async () => {
    const own = await proxy({}, () => rawResponse(200, TEXT, "oops\nnoise 1\nwhat is this\n"));
    expect(await (await own.scrape()).text()).toBe("oops\nwhat is this\n");
    expect(own.bus.of("fail_open")).toMatchObject([{ reason: "unreadable_record", records: 2 }]);
  });
});
