// Datadog's own client library, winston, and requests in the exact shape of the Agent's, through
// the compiled executable: what is dropped is gone, kept records leave as the very bytes that came,
// headers and queries stay.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import winston from "winston";
import { client, v1, v2 } from "../protocols/datadog/format/client-library.ts";
import { readSeries, writeSeries } from "../protocols/datadog/format/metric-payload.ts";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../support/e2e-program.ts";
import {
  type RecordedRequest,
  RecordingUpstream,
  rawResponse,
} from "../support/recording-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const POLICIES = JSON.stringify({
  policies: [
    {
      id: "drop-debug",
      name: "Drop debug",
      log: { match: [{ log_field: "severity_text", exact: "debug" }], keep: "none" },
    },
    {
      id: "drop-dev",
      name: "Drop what is in development",
      log: { match: [{ log_attribute: "env", exact: "dev" }], keep: "none" },
    },
    {
      id: "redact-mail",
      name: "Redact mail addresses",
      log: {
        match: [{ log_attribute: ["user", "mail"], exists: true }],
        keep: "all",
        transform: { redact: [{ log_attribute: ["user", "mail"], replacement: "<mail>" }] },
      },
    },
    {
      id: "drop-debug-series",
      name: "Drop debug series",
      metric: { match: [{ metric_field: "name", starts_with: "debug." }], keep: false },
    },
    {
      id: "drop-canary-series",
      name: "Drop counts of canaries",
      metric: {
        match: [{ datapoint_attribute: "role", exact: "canary" }, { metric_type: "sum" }],
        keep: false,
      },
    },
  ],
});

/** The body of a request without its coding. */
function decoded({ headers, body }: RecordedRequest): Buffer {
  switch (headers.find(([name]) => name === "content-encoding")?.[1]) {
    case "gzip":
      return zlib.gunzipSync(body);
    case "deflate":
      return zlib.inflateSync(body);
    case "zstd":
    case "zstd1":
      return zlib.zstdDecompressSync(body);
    default:
      return body;
  }
}

const DD_HEADERS = {
  "dd-api-key": "0123456789abcdef",
  "dd-protocol": "agent-json",
  "dd-evp-origin": "agent",
  "dd-evp-origin-version": "7.60.0",
  "dd-message-timestamp": "1768471200000",
  "dd-current-timestamp": "1768471201000",
  "user-agent": "datadog-agent/7.60.0",
};

describe.skipIf(!hasEntryPoint("edge-datadog"))(`Datadog through the executable, ${WHERE}`, () => {
  const upstreams: Record<string, RecordingUpstream> = {};
  let program: Program;
  let url = "";

  beforeAll(async () => {
    for (const kind of ["upstream", "logs", "metrics", "traces"]) {
      const upstream = await RecordingUpstream.start();
      upstream.respond = () =>
        rawResponse(202, { "content-type": "application/json", "x-from": kind }, '{"errors":[]}');
      upstreams[kind] = upstream;
    }
    const urls = Object.entries(upstreams).map(([kind, upstream]) => [`${kind}_url`, upstream.url]);
    const config = JSON.stringify({
      listen_port: 0,
      log_format: "json",
      ...Object.fromEntries(urls),
      policy_providers: [{ type: "file", id: "local", path: "policies.json" }],
    });
    await executable("edge-datadog");
    program = await startProgram("edge-datadog", {
      files: { "config.json": config, "policies.json": POLICIES },
    });
    url = await program.url();
    await program.line((line) => (line.includes('"policies.replaced"') ? line : undefined));
  }, BUILD_TIMEOUT_MS);

  afterAll(async () => {
    await program[Symbol.asyncDispose]();
    for (const upstream of Object.values(upstreams)) await upstream.stop();
  });

  beforeEach(() => {
    for (const upstream of Object.values(upstreams)) upstream.requests.length = 0;
  });

  /** Kinds of the upstreams that were called, and how often. */
  const called = (): Record<string, number> =>
    Object.fromEntries(
      Object.entries(upstreams).flatMap(([kind, { requests }]) =>
        requests.length > 0 ? [[kind, requests.length]] : [],
      ),
    );

  describe("the client library", () => {
    const configuration = () =>
      client.createConfiguration({
        authMethods: { apiKeyAuth: "0123456789abcdef" },
        baseServer: new client.BaseServerConfiguration(url, {}),
        // The library asks for this when zstd1 is wanted.
        zstdCompressorCallback: (body: string) => zlib.zstdCompressSync(Buffer.from(body)),
      });

    test.each(["gzip", "deflate", "identity"] as const)("sends logs, coded %s", async (coding) => {
      const api = new v2.LogsApi(configuration());
      const items = [
        {
          message: "kept one",
          ddsource: "nodejs",
          ddtags: "env:prod",
          hostname: "h",
          service: "s",
        },
        { message: "in development", ddtags: "team:x,env:dev" },
        { message: '{"user":{"mail":"a@b.c","id":7}}', service: "s" },
      ];
      await api.submitLog({ body: items, contentEncoding: coding });
      expect(called()).toEqual({ logs: 1 });
      const [request] = upstreams["logs"]!.requests;
      expect(JSON.parse(decoded(request!).toString())).toEqual([
        items[0],
        { ...items[2], message: '{"user":{"mail":"<mail>","id":7}}' },
      ]);
      const headers = Object.fromEntries(request!.headers);
      expect(headers).toMatchObject({
        "dd-api-key": "0123456789abcdef",
        "content-type": "application/json",
        "content-encoding": coding,
      });
    });

    test("is told that all logs were accepted when all are dropped", async () => {
      const api = new v2.LogsApi(configuration());
      const answer: unknown = await api.submitLog({ body: [{ message: "x", ddtags: "env:dev" }] });
      expect(answer).toEqual({});
      expect(called()).toEqual({});
    });

    test.each(["gzip", "deflate", "zstd1"] as const)(
      "sends series v2, coded %s",
      async (coding) => {
        const api = new v2.MetricsApi(configuration());
        const series = [
          {
            metric: "system.load.1",
            type: 3,
            points: [{ timestamp: 1768471200, value: 0.7 }],
          },
          { metric: "debug.x", points: [{ timestamp: 1768471200, value: 1 }] },
          {
            metric: "requests",
            type: 1,
            tags: ["role:canary", "env:prod"],
            points: [{ timestamp: 1768471200, value: 5 }],
          },
          { metric: "requests", type: 1, tags: ["role:web"], points: [] },
        ];
        await api.submitMetrics({ body: { series }, contentEncoding: coding });
        expect(called()).toEqual({ metrics: 1 });
        const [request] = upstreams["metrics"]!.requests;
        expect(request!.target).toBe("/api/v2/series");
        expect(JSON.parse(decoded(request!).toString())).toEqual({
          series: [series[0], series[3]],
        });
      },
    );

    test("sends series v1", async () => {
      const api = new v1.MetricsApi(configuration());
      const series = [
        {
          metric: "load",
          type: "gauge",
          host: "h",
          points: [[1768471200, 0.7]],
        },
        { metric: "debug.x", points: [[1768471200, 1]] },
      ];
      await api.submitMetrics({ body: { series }, contentEncoding: "deflate" });
      expect(called()).toEqual({ metrics: 1 });
      const [request] = upstreams["metrics"]!.requests;
      expect(request!.target).toBe("/api/v1/series");
      const [kept] = series;
      expect(JSON.parse(decoded(request!).toString())).toEqual({ series: [kept] });
    });

    test("is told in the words of its version that all series were accepted when all are dropped", async () => {
      const sent = { body: { series: [{ metric: "debug.x", points: [] }] } };
      const first = await new v1.MetricsApi(configuration()).submitMetrics(sent);
      expect(first).toMatchObject({ status: "ok" });
      const second = await new v2.MetricsApi(configuration()).submitMetrics(sent);
      expect(second.errors).toEqual([]);
      expect(called()).toEqual({});
    });
  });

  test("winston sends one object a request, its key in the query", async () => {
    const { hostname: host, port } = new URL(url);
    const path = "/api/v2/logs?dd-api-key=0123456789abcdef&ddsource=nodejs&service=shop";
    const transport = new winston.transports.Http({ host, port: Number(port), path });
    const logger = winston.createLogger({ level: "debug", transports: [transport] });
    // It takes every answer but 200 for a failure; Datadog's is 202. Both mean that it was
    // answered.
    const answered = new Promise<void>((resolve) => {
      let left = 3;
      const count = (): void => void (--left === 0 && resolve());
      transport.on("warn", count);
      transport.on("logged", count);
    });
    logger.info("kept", { user: { id: 7 } });
    logger.debug("dropped");
    logger.warn("edited", { user: { mail: "a@b.c" }, n: 1 });
    await answered;
    const { requests } = upstreams["logs"]!;
    expect(requests.map(({ target }) => target)).toEqual([path, path]);
    expect(requests.map(({ body }) => body.toString()).sort()).toEqual([
      '{"level":"info","message":"kept","user":{"id":7}}',
      '{"level":"warn","message":"edited","n":1,"user":{"mail":"<mail>"}}',
    ]);
    logger.close();
  });

  test("attributes in the query are each log's, and are redacted there", async () => {
    const send = async (query: string, record: object): Promise<void> => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify([record]);
      const answer = await fetch(`${url}/api/v2/logs${query}`, { method: "POST", headers, body });
      expect(answer.status).toBe(202);
      await answer.text();
    };
    await send("?ddtags=env:dev", { message: "dropped" });
    await send("?ddtags=env:dev", { message: "kept", ddtags: "env:prod" });
    await send("?dd-api-key=k%20&ddtags=team:a,user.mail:a%40b.c", { message: "edited" });
    const { requests } = upstreams["logs"]!;
    expect(requests.map(({ target, body }) => [target, body.toString()])).toEqual([
      ["/api/v2/logs?ddtags=env:dev", '[{"message":"kept","ddtags":"env:prod"}]'],
      ["/api/v2/logs?dd-api-key=k%20&ddtags=team:a,user.mail:%3Cmail%3E", '[{"message":"edited"}]'],
    ]);
  });

  describe("the Agent", () => {
    const record = (i: number, status: string): string =>
      `{"message":"request ${i} \\"GET /\\u00e9\\" ${"x".repeat(300)}","status":"${status}",` +
      `"timestamp":${1768471200000 + i},"hostname":"node-1","service":"shop","ddsource":"go",` +
      `"ddtags":"env:prod,version:1.4.2,image_tag:1.0","n":1.50e1,"id":12345678901234567890}`;

    async function post(path: string, headers: Record<string, string>, body: Uint8Array) {
      const answer = await fetch(url + path, {
        method: "POST",
        headers: { ...DD_HEADERS, ...headers },
        body,
      });
      return [answer.status, await answer.text()];
    }
    const JSON_TYPE = { "content-type": "application/json" };

    test.each(["zstd", "gzip"] as const)(
      "sends a batch of logs of 5 MB, coded %s",
      async (coding) => {
        const statuses = Array.from({ length: 10_000 }, (_, i) => (i % 3 === 0 ? "debug" : "info"));
        const records = statuses.map((status, i) => record(i, status));
        const batch = Buffer.from(`[${records.join(",")}]`);
        expect(batch.length).toBeGreaterThan(5_000_000);
        const body = coding === "zstd" ? zlib.zstdCompressSync(batch) : zlib.gzipSync(batch);
        const headers = { ...JSON_TYPE, "content-encoding": coding };
        expect(await post("/api/v2/logs", headers, body)).toEqual([202, '{"errors":[]}']);
        const request = upstreams["logs"]!.last;
        const kept = records.filter((_, i) => statuses[i] !== "debug");
        expect(decoded(request).equals(Buffer.from(`[${kept.join(",")}]`))).toBe(true);
        const received = Object.fromEntries(request.headers);
        expect(received).toMatchObject({ ...DD_HEADERS, ...headers });
      },
    );

    test("sends a batch of which nothing is dropped, and the same bytes leave", async () => {
      const body = zlib.zstdCompressSync(
        Buffer.from(`[${record(1, "info")} ,${record(2, "warn")}]`),
      );
      await post("/api/v2/logs", { ...JSON_TYPE, "content-encoding": "zstd" }, body);
      expect(upstreams["logs"]!.last.body.equals(body)).toBe(true);
    });

    test("sends series in protobuf, coded zstd", async () => {
      const series = ["system.cpu.user", "debug.state", "system.mem.used"].map((metric, i) => ({
        metric,
        type: 3,
        tags: ["env:prod", `core:${i}`],
        resources: [{ type: "host", name: "node-1" }],
        points: [{ timestamp: 1768471200, value: i + 0.5 }],
        source_type_name: "System",
        interval: 15,
      }));
      const headers = {
        "content-type": "application/x-protobuf",
        "content-encoding": "zstd",
        "dd-agent-payload": "5.0.130",
        "dd-agent-version": "7.60.0",
      };
      const body = zlib.zstdCompressSync(writeSeries(series));
      expect(await post("/api/v2/series", headers, body)).toEqual([202, '{"errors":[]}']);
      const request = upstreams["metrics"]!.last;
      const left = decoded(request);
      expect(
        left.equals(writeSeries(series.filter(({ metric }) => metric !== "debug.state"))),
      ).toBe(true);
      expect(readSeries(left)).toEqual([
        { metric: "system.cpu.user", tags: ["env:prod", "core:0"], values: [0.5] },
        { metric: "system.mem.used", tags: ["env:prod", "core:2"], values: [2.5] },
      ]);
      expect(Object.fromEntries(request.headers)).toMatchObject({ ...DD_HEADERS, ...headers });
    });

    test("sends lines, which are judged one by one", async () => {
      const lines = `${record(1, "debug")}\n${record(2, "info")}\n{"broken":}\n`;
      await post("/api/v2/logs", JSON_TYPE, Buffer.from(lines));
      expect(upstreams["logs"]!.last.body.toString()).toBe(`${record(2, "info")}\n{"broken":}\n`);
    });

    test.each<[string, Record<string, string>, Buffer]>([
      ["a broken batch", JSON_TYPE, Buffer.from('[{"status":"debug"},{]')],
      ["a coding that is none", { ...JSON_TYPE, "content-encoding": "gzip" }, Buffer.from("[]")],
      ["a coding that is not known", { ...JSON_TYPE, "content-encoding": "br" }, Buffer.from("x")],
      ["plain text", { "content-type": "text/plain" }, Buffer.from("debug")],
    ])("sends %s, which leaves as it came", async (_, headers, body) => {
      const [status] = await post("/api/v2/logs", headers, body);
      expect(status).toBe(202);
      expect(upstreams["logs"]!.last.body.equals(body)).toBe(true);
    });

    test.each([
      ["/api/v2/logs/", "logs"],
      ["/v1/input/0123456789abcdef?ddsource=x", "logs"],
      ["/api/beta/sketches", "metrics"],
      ["/api/v1/check_run", "metrics"],
      ["/intake/?api_key=0123456789abcdef", "metrics"],
      ["/api/v1/validate?api_key=x", "metrics"],
      ["/api/v0.2/traces", "traces"],
      ["/api/v0.2/stats", "traces"],
      ["/api/v2/events", "upstream"],
      ["/v1/logs", "upstream"],
    ])("sends %s, which goes untouched to %s", async (path, kind) => {
      const body = Buffer.from('[{"status":"debug"}]');
      const answer = await fetch(url + path, { method: "POST", headers: DD_HEADERS, body });
      expect(answer.headers.get("x-from")).toBe(kind);
      expect(called()).toEqual({ [kind]: 1 });
      expect(upstreams[kind]!.last).toMatchObject({ target: path, body });
    });
  });
});
