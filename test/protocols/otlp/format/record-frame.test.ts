// What extensions are given around a single record: everything of its resource and scope but the
// other records, so that the record can be understood, and sent again, alone.

import { describe, expect, test } from "bun:test";
import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { createEngine, type OfferedRecord } from "../../../../src/policy/index.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../../../src/protocols/otlp/format/index.ts";
import {
  ResourceLogsSchema,
  ScopeLogsSchema,
} from "../../../../src/proto/gen/opentelemetry/proto/logs/v1/logs_pb.ts";
import { ExportLogsServiceRequestSchema } from "../../../../src/proto/index.ts";
import { policyOf } from "../../../support/engine.ts";
import { eachRecord } from "../../../extensions/packed-records.ts";
import { finish } from "../../../support/steps.ts";

const TYPE = "com.example/copy";

function engineOf(offered: OfferedRecord[]) {
  const engine = createEngine({
    validateRegex: () => undefined,
    nowMs: () => 0,
    random: () => 0,
    extensions: new Map([
      [TYPE, { type: TYPE, offer: eachRecord((one) => void offered.push(one)) }],
    ]),
  });
  const dropsDebug = policyOf("p", [
    {
      field: { kind: "field", field: "severity_text" },
      condition: { op: "equals", value: { type: "string", value: "DEBUG" } },
      negate: false,
      caseInsensitive: false,
    },
  ]);
  const use = { type: TYPE, version: "1.0.0", config: new Uint8Array(), mode: "dropped" } as const;
  finish(engine.replace([{ ...dropsDebug, extensions: [use] }]));
  return engine.evaluation("log")!;
}

describe("the frame of a record", () => {
  test("of JSON holds the members of its containers, before and behind the records", () => {
    const offered: OfferedRecord[] = [];
    const debug = (n: number): string => `{"severityText":"DEBUG","n":${n}}`;
    const body = `{"resourceLogs":[
      {"scopeLogs":[
        {"scope" : {"name":"a"},"logRecords":[${debug(1)},{"severityText":"INFO"},${debug(2)}],"x":[1]},
        {"logRecords":[${debug(3)}]}
      ], "schemaUrl":"u" , "resource":{"attributes":[]}},
      {"scopeLogs":[{"logRecords":[${debug(4)}],"scope":{"name":"b"}}]},
      {"resource":{"c":1},"instrumentationLibraryLogs":[{}],"scopeLogs":[{"logRecords":[{}]}]},
      {"p":1,"q":2,"instrumentationLibraryLogs":[{}],"scopeLogs":[{"schemaUrl":"s","logRecords":[{}],
        "r":3,"logRecords":[${debug(5)}]}],"resource":{"d":1}}
    ]}`;
    otlpJsonFormat("log").filter(new TextEncoder().encode(body), engineOf(offered));
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    const first = `"schemaUrl":"u" , "resource":{"attributes":[]}`;
    expect(
      offered.map(({ bytes, frame }) => [text(bytes), text(frame!.resource), text(frame!.scope)]),
    ).toEqual([
      [debug(1), first, `"scope" : {"name":"a"},"x":[1]`],
      [debug(2), first, `"scope" : {"name":"a"},"x":[1]`],
      [debug(3), first, ""],
      [debug(4), "", `"scope":{"name":"b"}`],
      [debug(5), `"p":1,"q":2,"resource":{"d":1}`, `"schemaUrl":"s","r":3`],
    ]);
    expect(offered[1]!.frame).toBe(offered[0]!.frame);
    expect(offered[2]!.frame!.resource).toBe(offered[0]!.frame!.resource);
  });

  test("of protobuf holds the fields of its containers but the records", () => {
    const offered: OfferedRecord[] = [];
    const debug = { severityText: "DEBUG" };
    const request: MessageInitShape<typeof ExportLogsServiceRequestSchema> = {
      resourceLogs: [
        {
          resource: {
            attributes: [{ key: "a", value: { value: { case: "boolValue", value: true } } }],
          },
          schemaUrl: "u",
          scopeLogs: [
            { scope: { name: "s" }, logRecords: [debug, { severityText: "INFO" }, debug] },
            { schemaUrl: "v", logRecords: [debug] },
          ],
        },
        { scopeLogs: [{ logRecords: [debug] }] },
      ],
    };
    const body = toBinary(
      ExportLogsServiceRequestSchema,
      create(ExportLogsServiceRequestSchema, request),
    );
    otlpProtobufFormat("log").filter(body, engineOf(offered));
    const { resource } = fromBinary(ExportLogsServiceRequestSchema, body).resourceLogs[0]!;
    const seen = offered.map(({ frame }) => {
      const outer = fromBinary(ResourceLogsSchema, frame!.resource);
      const inner = fromBinary(ScopeLogsSchema, frame!.scope);
      return [
        outer.resource,
        outer.schemaUrl,
        outer.scopeLogs.length,
        inner.scope?.name,
        inner.schemaUrl,
      ];
    });
    expect(seen).toEqual([
      [resource, "u", 0, "s", ""],
      [resource, "u", 0, "s", ""],
      [resource, "u", 0, undefined, "v"],
      [undefined, "", 0, undefined, ""],
    ]);
  });
});
