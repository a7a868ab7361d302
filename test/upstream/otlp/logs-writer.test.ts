// Requests as the generated code of opentelemetry-proto reads them.

import { expect, test } from "bun:test";
import { fromBinary, toJson } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import { ExportLogsServiceRequestSchema } from "../../../src/proto/index.ts";
import {
  emptyRecord,
  type LogRecordFields,
  OtlpLogsWriter,
  stringAttribute,
} from "../../../src/upstream/otlp/index.ts";

const SCOPE = { name: "edge", version: "1" };

function record(more: Partial<LogRecordFields> & { text?: string | Uint8Array } = {}) {
  const { text = "line", ...rest } = more;
  const body = typeof text === "string" ? encodeUtf8(text) : text;
  return { ...emptyRecord(), body, bodyEnd: body.length, ...rest };
}

function written(write: (writer: OtlpLogsWriter) => void): unknown {
  const writer = new OtlpLogsWriter(SCOPE);
  write(writer);
  const request = fromBinary(ExportLogsServiceRequestSchema, writer.finish());
  return toJson(ExportLogsServiceRequestSchema, request);
}

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

test("all that a record can have", () => {
  const severityText = encodeUtf8("xWARNx");
  const all = written((writer) => {
    writer.beginResource(new Map([["host.name", "é"]]));
    writer.add(
      record({
        timeUnixNano: 1_767_323_045_123_456_789n,
        observedTimeUnixNano: 2n,
        severityNumber: 13,
        severityText,
        severityTextStart: 1,
        severityTextEnd: 5,
        traceId: new Uint8Array(16).fill(1),
        spanId: new Uint8Array(8).fill(2),
        attributes: stringAttribute("log.iostream", "stderr"),
      }),
    );
  });
  expect(all).toEqual({
    resourceLogs: [
      {
        resource: { attributes: [attribute("host.name", "é")] },
        scopeLogs: [
          {
            scope: SCOPE,
            logRecords: [
              {
                timeUnixNano: "1767323045123456789",
                observedTimeUnixNano: "2",
                severityNumber: "SEVERITY_NUMBER_WARN",
                severityText: "WARN",
                body: { stringValue: "line" },
                attributes: [attribute("log.iostream", "stderr")],
                traceId: Buffer.alloc(16, 1).toString("base64"),
                spanId: Buffer.alloc(8, 2).toString("base64"),
              },
            ],
          },
        ],
      },
    ],
  });
});

test("resources without records are not there, and a request without any is empty", () => {
  const writer = new OtlpLogsWriter(SCOPE);
  writer.beginResource(new Map());
  writer.beginResource(new Map([["a", "b"]]));
  expect(writer.finish().length).toBe(0);
});

test("a request follows on another", () => {
  const writer = new OtlpLogsWriter(SCOPE);
  const bodies = (text: string): unknown => {
    writer.beginResource(new Map());
    writer.add(record({ text }));
    const request = fromBinary(ExportLogsServiceRequestSchema, writer.finish());
    return request.resourceLogs.map((one) => one.scopeLogs[0]?.logRecords[0]?.body?.value.value);
  };
  expect([bodies("first"), bodies("second")]).toEqual([["first"], ["second"]]);
});

test("any bodies arrive, those that are no UTF-8 as bytes", () => {
  const text = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: "grapheme" }));
  const resources = fc.array(fc.array(text, { maxLength: 5 }), { maxLength: 4 });
  fc.assert(
    fc.property(resources, (all) => {
      const writer = new OtlpLogsWriter(SCOPE);
      all.forEach((texts, i) => {
        writer.beginResource(new Map([["i", String(i)]]));
        for (const one of texts) writer.add(record({ text: one }));
      });
      const { resourceLogs } = fromBinary(ExportLogsServiceRequestSchema, writer.finish());
      const found = resourceLogs.map(({ resource, scopeLogs }) => [
        resource?.attributes[0]?.value?.value.value,
        scopeLogs.flatMap(({ logRecords }) =>
          logRecords.map(({ body }) => Buffer.from(body?.value.value as string).toString("hex")),
        ),
      ]);
      const expected = all.flatMap((texts, i) =>
        texts.length === 0
          ? []
          : [[String(i), texts.map((one) => Buffer.from(one).toString("hex"))]],
      );
      expect(found).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
