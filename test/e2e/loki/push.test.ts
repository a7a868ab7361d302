// A Loki client library, and requests in the exact shape of agents', through the compiled
// executable: what is dropped is gone, kept entries leave as the very bytes that came.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import * as google from "snappy";
import winston from "winston";
import LokiTransport from "winston-loki";
import {
  type Push,
  readJson,
  readProtobuf,
  writeJson,
  writeProtobuf,
} from "../../protocols/loki/format/push.ts";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../../support/e2e-program.ts";
import {
  type RecordedRequest,
  RecordingUpstream,
  rawResponse,
} from "../../support/recording-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const PUSH = "/loki/api/v1/push";
const POLICIES = JSON.stringify({
  policies: [
    {
      id: "drop-debug",
      name: "Drop debug",
      log: { match: [{ log_field: "severity_text", exact: "debug" }], keep: "none" },
    },
    {
      id: "drop-health",
      name: "Drop health checks of the shop",
      log: {
        match: [
          { resource_attribute: "service.name", exact: "shop" },
          { log_field: "body", contains: "/health" },
        ],
        keep: "none",
      },
    },
    {
      id: "redact-mail",
      name: "Redact mail addresses",
      log: {
        match: [{ log_field: "body", contains: "@" }],
        keep: "all",
        transform: {
          redact: [{ log_field: "body", regex: "[a-z]+@[a-z.]+", replacement: "<mail>" }],
          add: [{ log_attribute: "redacted", value: "yes" }],
        },
      },
    },
    {
      id: "hide-host",
      name: "Hide hosts",
      log: {
        match: [{ resource_attribute: "host", exists: true }],
        keep: "all",
        transform: { remove: [{ resource_attribute: "host" }] },
      },
    },
  ],
});

const snap = (clear: Uint8Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(google.compressSync(Buffer.from(clear)));
const unsnap = (coded: Uint8Array): Uint8Array =>
  new Uint8Array(google.uncompressSync(Buffer.from(coded), { asBuffer: true }) as Buffer);
const header = ({ headers }: RecordedRequest, name: string): string | undefined =>
  headers.find(([key]) => key === name)?.[1];

describe.skipIf(!hasEntryPoint("edge"))(`Loki through the executable, ${WHERE}`, () => {
  let upstream: RecordingUpstream;
  let program: Program;
  let url = "";

  beforeAll(async () => {
    upstream = await RecordingUpstream.start();
    upstream.respond = () => rawResponse(204, {}, "");
    const config = JSON.stringify({
      listen_port: 0,
      log_format: "json",
      upstream_url: "http://127.0.0.1:1",
      logs_url: upstream.url,
      policy_providers: [{ type: "file", id: "local", path: "policies.json" }],
    });
    await executable("edge");
    program = await startProgram("edge", {
      files: { "config.json": config, "policies.json": POLICIES },
    });
    url = await program.url();
    await program.line((line) => (line.includes('"policies.replaced"') ? line : undefined));
  }, BUILD_TIMEOUT_MS);

  afterAll(async () => {
    await program[Symbol.asyncDispose]();
    await upstream.stop();
  });

  beforeEach(() => {
    upstream.requests.length = 0;
  });

  const post = async (body: Uint8Array<ArrayBuffer>, headers: Record<string, string>) => {
    const response = await fetch(url + PUSH, { method: "POST", body, headers });
    return [response.status, await response.text()];
  };
  const metric = async (start: string): Promise<number> => {
    const text = await (await fetch(`${url}/_edge/metrics`)).text();
    const line = text.split("\n").find((one) => one.startsWith(start));
    return Number(line?.slice(line.lastIndexOf(" ")));
  };

  test.each([
    ["JSON", true],
    ["protobuf below snappy", false],
  ])("winston-loki in %s", async (_, json) => {
    const errors: unknown[] = [];
    const transport = new LokiTransport({
      host: url,
      json,
      batching: true,
      interval: 3600,
      format: winston.format.printf(({ message }) => String(message)),
      labels: { service_name: "shop", host: "h1" },
      gracefulShutdown: false,
      onConnectionError: (error) => void errors.push(error),
    });
    const logger = winston.createLogger({ level: "debug", transports: [transport] });
    logger.info("kept one");
    logger.debug("dropped by its level");
    logger.warn("GET /health");
    logger.error("mail of ann@example.com");
    // Sends all that waits for its interval.
    await transport.close();
    const pushed = upstream.last;
    const body = json ? pushed.body : unsnap(pushed.body);
    const push = json ? readJson(body) : readProtobuf(body);
    expect(errors).toEqual([]);
    expect([pushed.target, header(pushed, "content-type")]).toEqual([
      PUSH,
      json ? "application/json" : "application/x-protobuf",
    ]);
    const seen: unknown[] = push.map(({ labels, entries }) => [
      Object.fromEntries(labels),
      entries.map(({ line, metadata = [] }) => [line, metadata]),
    ]);
    // In JSON it sends what it knows beside the message as metadata.
    const own = (level: string): string[][] => (json ? [["level", level]] : []);
    const redacted = [...own("error"), ["redacted", "yes"]];
    expect(seen).toEqual([
      [{ level: "info", service_name: "shop" }, [["kept one", own("info")]]],
      [{ level: "error", service_name: "shop" }, [["mail of <mail>", redacted]]],
    ]);
  });

  const time = 1_700_000_000_123_456_789n;
  const push: Push = [
    {
      labels: [["app", "a"]],
      entries: [
        { time, line: 'é "x"' },
        { time, line: "y" },
      ],
    },
    { labels: [["service_name", "shop"]], entries: [{ time, line: "GET /health" }] },
  ];

  test.each([
    ["JSON", {}, writeJson(push), writeJson(push.slice(0, 1)), (b: Uint8Array) => b],
    [
      "JSON in gzip",
      { "content-encoding": "gzip" },
      zlib.gzipSync(writeJson(push)),
      writeJson(push.slice(0, 1)),
      zlib.gunzipSync,
    ],
    [
      "protobuf",
      { "content-type": "application/x-protobuf" },
      snap(writeProtobuf(push, 7n)),
      writeProtobuf(push.slice(0, 1), 7n),
      unsnap,
    ],
    [
      "protobuf that says that it is snappy",
      { "content-type": "application/x-protobuf", "content-encoding": "snappy" },
      snap(writeProtobuf(push)),
      writeProtobuf(push.slice(0, 1)),
      unsnap,
    ],
  ])("what stays of %s are the bytes that came", async (_, headers, body, left, open) => {
    const all = { "content-type": "application/json", "x-scope-orgid": "t1", ...headers };
    expect(await post(new Uint8Array(body), all)).toEqual([204, ""]);
    const [sent] = upstream.requests;
    expect(Buffer.from(open(sent!.body))).toEqual(Buffer.from(left));
    expect(header(sent!, "x-scope-orgid")).toBe("t1");
    expect(header(sent!, "content-encoding")).toBe(
      (all as Record<string, string>)["content-encoding"] as string,
    );
  });

  test("a push in which nothing changes leaves as it came, still compressed", async () => {
    const json = new Uint8Array(zlib.gzipSync(writeJson(push.slice(0, 1))));
    const protobuf = snap(writeProtobuf(push.slice(0, 1)));
    await post(json, { "content-type": "application/json", "content-encoding": "gzip" });
    await post(protobuf, { "content-type": "application/x-protobuf" });
    expect(upstream.requests.map(({ body }) => new Uint8Array(body))).toEqual([json, protobuf]);
  });

  test("when all is dropped Loki is not asked, and the client hears what it would say", async () => {
    const dropped = push.slice(1);
    const protobuf = { "content-type": "application/x-protobuf" };
    expect(await post(snap(writeProtobuf(dropped)), protobuf)).toEqual([204, ""]);
    const json = { "content-type": "application/json" };
    expect(await post(new Uint8Array(writeJson(dropped)), json)).toEqual([204, ""]);
    expect(upstream.requests).toEqual([]);
  });

  test("what cannot be decoded goes on as it came, counted", async () => {
    const count = 'edge_fail_open_total{telemetry="loki_logs",reason="undecodable"}';
    const before = await metric(count);
    const bodies = [
      [Uint8Array.of(200, 1, 2), "application/x-protobuf"],
      [snap(Uint8Array.of(0x0a, 0x7f)), "application/x-protobuf"],
      [new TextEncoder().encode('{"streams":['), "application/json"],
    ] as const;
    for (const [body, type] of bodies) await post(body, { "content-type": type });
    expect(upstream.requests.map(({ body }) => new Uint8Array(body))).toEqual(
      bodies.map(([body]) => body),
    );
    expect((await metric(count)) - before).toBe(3);
  });

  test("errors of the proxy's own are texts", async () => {
    await upstream.stop();
    const [status, text] = await post(new Uint8Array(writeJson(push)), {
      "content-type": "application/json",
    });
    upstream = await RecordingUpstream.start();
    expect([status, (text as string).endsWith("\n"), (text as string).startsWith("{")]).toEqual([
      502,
      true,
      false,
    ]);
  });
});
