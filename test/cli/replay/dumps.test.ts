// Dumps of failed requests as captures: whatever the proxy reads, replay reads from them.

import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import { fromJson, toBinary } from "@bufbuild/protobuf";
import { captureKindOf, capturedIn } from "../../../src/cli/replay/captures.ts";
import { judgeBody } from "../../../src/cli/replay/judged.ts";
import { UndecodableError } from "../../../src/core/errors.ts";
import { DUMP_END, dumpHead } from "../../../src/pipeline/failures/dump-text.ts";
import { ExportLogsServiceRequestSchema } from "../../../src/proto/index.ts";
import { policyOf, testEngine } from "../../support/engine.ts";
import { CommandFolder } from "../../support/terminal.ts";

const OTLP = {
  resourceLogs: [
    {
      scopeLogs: [
        { logRecords: ["keep", "drop"].map((stringValue) => ({ body: { stringValue } })) },
      ],
    },
  ],
};
const JSON_TEXT = JSON.stringify(OTLP);
const PROTOBUF = toBinary(
  ExportLogsServiceRequestSchema,
  fromJson(ExportLogsServiceRequestSchema, OTLP),
);

function dump(target: string, headers: Record<string, string>, body: string | Uint8Array): string {
  const failed = {
    method: "POST",
    target,
    headers: new Headers(headers),
    telemetry: "any",
    status: 400,
    unread: undefined,
  };
  const hidden = { secrets: [], headers: new Set<string>(), signalPaths: [] };
  return `${dumpHead(failed, hidden, new Date(0))}${Buffer.from(body).toString("base64")}${DUMP_END}`;
}

const DROP = policyOf(
  "dropping",
  [
    { field: { kind: "field", field: "body" }, condition: { kind: "exact", value: "drop" } },
  ] as never,
  { kind: "none" },
);

/** What policies say to each record, or that the body cannot be read. */
function judged(text: string): readonly unknown[] {
  const block = Buffer.from(text);
  const { engine } = testEngine([DROP]);
  return [...capturedIn(block, captureKindOf(block))].map((body) => {
    try {
      return [body.kind, body.signal, judgeBody(engine, body).length];
    } catch (error) {
      if (error instanceof UndecodableError) return "unread";
      throw error;
    }
  });
}

const json = { "content-type": "application/json" };
const protobuf = { "content-type": "application/x-protobuf" };
const gzip = { "content-encoding": "gzip" };
const zstd = { "content-encoding": "zstd" };
const datadogLogs = '[{"message":"a"},{"message":"b"}]';
const lokiPush = '{"streams":[{"stream":{"a":"b"},"values":[["1","x"],["2","y"]]}]}';

const datadogSeries = '{"series":[{"metric":"m","type":1,"points":[{"timestamp":1,"value":2}]}]}';

function field(number: number, bytes: Uint8Array): Uint8Array {
  return Uint8Array.of((number << 3) | 2, bytes.length, ...bytes);
}
const ENTRY = Uint8Array.of(...field(1, Uint8Array.of(8, 1)), ...field(2, Buffer.from("line")));
const STREAM = Uint8Array.of(...field(1, Buffer.from('{a="b"}')), ...field(2, ENTRY));
const LOKI_MESSAGE = field(1, STREAM);

/** A block of one literal. */
function snappy(clear: Uint8Array): Uint8Array {
  return Uint8Array.of(clear.length, (clear.length - 1) << 2, ...clear);
}

describe("a dump of a failed request", () => {
  test.each([
    ["OTLP in JSON", dump("/v1/logs", json, JSON_TEXT), ["otlp", "log", 2]],
    ["with a query", dump("/v1/logs?***", json, JSON_TEXT), ["otlp", "log", 2]],
    ["gzip", dump("/v1/logs", { ...json, ...gzip }, zlib.gzipSync(JSON_TEXT)), ["otlp", "log", 2]],
    ["protobuf", dump("/v1/logs", protobuf, PROTOBUF), ["otlp", "log", 2]],
    [
      "protobuf in zstd",
      dump("/base/v1/logs/", { ...protobuf, ...zstd }, zlib.zstdCompressSync(PROTOBUF)),
      ["otlp", "log", 2],
    ],
    ["Datadog logs", dump("/api/v2/logs", json, datadogLogs), ["datadog", "log", 2]],
    ["Loki", dump("/loki/api/v1/push", json, lokiPush), ["loki", "log", 2]],
    [
      "Loki in snappy",
      dump("/loki/api/v1/push", protobuf, snappy(LOKI_MESSAGE)),
      ["loki", "log", 1],
    ],
    ["Datadog series", dump("/api/v2/series", json, datadogSeries), ["datadog", "metric", 1]],
    ["no snappy", dump("/loki/api/v1/push", protobuf, "\u00ff"), "unread"],
    ["no JSON", dump("/v1/logs", json, "{"), "unread"],
    ["no gzip", dump("/v1/logs", { ...json, ...gzip }, "x"), "unread"],
    ["no protobuf", dump("/v1/logs", protobuf, "\n\u0005"), "unread"],
    ["an unknown type", dump("/v1/logs", { "content-type": "text/plain" }, "x"), "unread"],
    ["an unknown path", dump("/elsewhere", json, JSON_TEXT), "unread"],
    ["a file that was cut", `${dump("/v1/logs", json, JSON_TEXT).slice(0, -20)}\n`, "unread"],
  ])("of %s", (_name, text, wanted) => {
    expect(judged(text)).toEqual([wanted]);
  });

  test("without a body has no records", () => {
    expect(judged(dump("/metrics", {}, ""))).toEqual([]);
  });

  test("stands beside others, one a line", () => {
    const text = dump("/v1/logs", json, "{") + dump("/api/v2/logs", json, datadogLogs);
    expect(judged(text + text)).toHaveLength(4);
  });

  test("is read by replay, which says what policies would do, and of how many it cannot", async () => {
    const policies = [
      {
        id: "dropping",
        name: "dropping",
        log: { match: [{ log_field: "body", exact: "drop" }], keep: "none" },
      },
    ];
    using folder = new CommandFolder({
      "policies.json": JSON.stringify({ policies }),
      "failure-00001.json": dump("/v1/logs", protobuf, PROTOBUF),
      "failure-00002.json": dump("/v1/logs", json, "{"),
    });
    const args = ["replay", "--json", "-p", "policies.json"];
    const { code, out } = await folder.inPipe([
      ...args,
      "failure-00001.json",
      "failure-00002.json",
    ]);
    const document: unknown = JSON.parse(out);
    expect([code, document]).toMatchObject([
      0,
      { unread: 1, changes: { "newly-dropped": { records: 1 } } },
    ]);
  });
});
