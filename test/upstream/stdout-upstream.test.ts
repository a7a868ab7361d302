// The embedded upstream: one line per record, and the answers of the backends.

import { describe, expect, test } from "bun:test";
import { fromJson, toBinary } from "@bufbuild/protobuf";
import * as zlib from "node:zlib";
import { ExportLogsServiceRequestSchema } from "../../src/proto/index.ts";
import { StdoutUpstream } from "../../src/upstream/stdout-upstream.ts";
import { edge } from "../../src/distributions.ts";
import { BodyTooLargeError } from "../../src/pipeline/upstream-error.ts";
import type { OutgoingBody } from "../../src/pipeline/upstream.ts";

interface Exchange {
  readonly target?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

async function send(body: OutgoingBody, exchange: Exchange = {}, { bodyBytesMax = 100 } = {}) {
  let printed = "";
  const upstream = new StdoutUpstream({
    name: "default",
    decodedBytesMax: 1000,
    backends: edge.modules.flatMap(({ backend }) => backend ?? []),
    write: (lines) => void (printed += lines),
  });
  const response = await upstream.send({
    method: exchange.method ?? "POST",
    target: exchange.target ?? "/v1/logs",
    headers: new Headers({ "content-type": "application/json", ...exchange.headers }),
    body,
    bodyBytesMax,
    client: undefined,
  });
  return { printed, status: response.status, answer: await response.text(), response };
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

describe("prints one record a line", () => {
  const logs = { scopeLogs: [{ logRecords: [{ a: 1 }, { b: "x\ny" }] }] };
  const cases: readonly [string, string, string][] = [
    [
      "OTLP logs",
      JSON.stringify({ resourceLogs: [logs, {}, logs] }),
      '{"a":1}\n{"b":"x\\ny"}\n{"a":1}\n{"b":"x\\ny"}\n',
    ],
    [
      "OTLP metrics",
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m"}]}]}]}',
      '{"name":"m"}\n',
    ],
    [
      "OTLP spans",
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"s"}]}]}]}',
      '{"name":"s"}\n',
    ],
    ["nothing of an empty batch", '{"resourceLogs":[]}', ""],
    ["an array", '[{"message":"a"}, {"message":"b"}]', '{"message":"a"}\n{"message":"b"}\n'],
    ["series", '{"series":[{"metric":"m"}]}', '{"metric":"m"}\n'],
    ["one object", '{"message":"a"}', '{"message":"a"}\n'],
    ["lines of objects", '{"a":1}\n\n{"b":2}\n', '{"a":1}\n{"b":2}\n'],
    ["odd shapes as far as they go", '{"resourceLogs":{"a":1}}', ""],
  ];
  for (const [name, body, want] of cases) {
    test(name, async () => {
      expect((await send(utf8(body))).printed).toBe(want);
    });
  }

  test("a compressed body in clear", async () => {
    const body = new Uint8Array(zlib.gzipSync('[{"a":1}]'));
    expect((await send(body, { headers: { "content-encoding": "gzip" } })).printed).toBe(
      '{"a":1}\n',
    );
  });

  test("OTLP with its resource and scope, where they say something", async () => {
    const attribute = (key: string, value: object) => ({ key, value });
    const body = {
      resourceLogs: [
        {
          resource: {
            attributes: [
              attribute("service.name", { stringValue: "shop" }),
              attribute("n", { intValue: "1" }),
              attribute("list", { arrayValue: { values: [] } }),
            ],
          },
          scopeLogs: [
            { scope: { name: "lib", version: "" }, logRecords: [{ severityText: "INFO" }] },
            { scope: {}, logRecords: [{ severityText: "WARN" }, 7] },
          ],
        },
      ],
    };
    const resource =
      '{"resource":{"service.name":"shop","n":"1","list":{"arrayValue":{"values":[]}}}';
    const text = JSON.stringify(body);
    const upstream = { bodyBytesMax: text.length };
    expect((await send(utf8(text), {}, upstream)).printed).toBe(
      `${resource},"scope":{"name":"lib"},"severityText":"INFO"}\n` +
        `${resource},"severityText":"WARN"}\n7\n`,
    );
  });

  test("OTLP in protobuf as OTLP in JSON", async () => {
    const request = fromJson(ExportLogsServiceRequestSchema, {
      resourceLogs: [
        {
          resource: { attributes: [{ key: "team", value: { stringValue: "shop" } }] },
          scopeLogs: [{ logRecords: [{ body: { stringValue: "x" }, traceId: "q80=" }] }],
        },
      ],
    });
    const headers = { "content-type": "application/x-protobuf" };
    const body = new Uint8Array(toBinary(ExportLogsServiceRequestSchema, request));
    expect((await send(body, { headers })).printed).toBe(
      '{"resource":{"team":"shop"},"body":{"stringValue":"x"},"traceId":"abcd"}\n',
    );
  });

  test("what it cannot read as a line about it", async () => {
    const headers = { "content-type": "application/x-protobuf" };
    expect((await send(utf8("\x0a\x01x"), { headers })).printed).toBe(
      '{"path":"/v1/logs","content_type":"application/x-protobuf","bytes":3}\n',
    );
  });

  test("nothing when there is no body", async () => {
    expect((await send(null, { method: "GET" })).printed).toBe("");
  });
});

describe("answers as a backend does", () => {
  const cases: readonly [string, Exchange, number, string][] = [
    ["OTLP JSON", { target: "/v1/logs" }, 200, "{}"],
    ["OTLP protobuf", { headers: { "content-type": "application/x-protobuf" } }, 200, ""],
    ["Datadog logs", { target: "/api/v2/logs?x=1" }, 202, "{}"],
    ["Datadog series", { target: "/api/v2/series" }, 202, '{"errors":[]}'],
    ["older Datadog series", { target: "/api/v1/series" }, 202, '{"status":"ok"}'],
    ["Datadog distributions", { target: "/api/v1/distribution_points" }, 202, '{"status":"ok"}'],
    ["a read", { target: "/", method: "GET" }, 200, '{"upstream":"stdout"}'],
  ];
  for (const [name, exchange, status, answer] of cases) {
    test(name, async () => {
      const got = await send(exchange.method === "GET" ? null : utf8("{}"), exchange);
      expect([got.status, got.answer]).toEqual([status, answer]);
    });
  }
  test("OTLP: in the request's content type", async () => {
    const headers = { "content-type": "application/x-protobuf" };
    const { response } = await send(utf8("x"), { headers });
    expect(response.headers.get("content-type")).toBe("application/x-protobuf");
  });
});

describe("a streamed body", () => {
  const stream = (bytes: number): ReadableStream<Uint8Array> =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(utf8(`[${" ".repeat(bytes - 3)}1]`));
        controller.close();
      },
    });
  test("is read to its end", async () => {
    expect((await send(stream(100))).printed).toBe("1\n");
  });
  test("over the bound is refused", () => {
    expect(send(stream(101))).rejects.toBeInstanceOf(BodyTooLargeError);
  });
});
