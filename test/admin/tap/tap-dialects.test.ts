// Taps of records that policies of both dialects judge: what is decided, by whom, and how a record
// looks before and after.

import { expect, test } from "bun:test";
import { fromBinary, fromJson, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { ExportLogsServiceRequestSchema } from "../../../src/proto/index.ts";
import {
  type PlainEntry,
  readProtobuf,
  writeJson,
  writeProtobuf,
} from "../../protocols/loki/format/push.ts";
import { snappy } from "../../../src/protocols/snappy/index.ts";
import { finish } from "../../support/steps.ts";
import { AdminEdge, logRecord, otlpLogs } from "../../support/admin-edge.ts";

const ON = { tap_enabled: true, admin: { show_payloads: true } };
const TEXTS = ["noise", "vip noise 17", "x", "17"];
const body = (predicate: object) => [{ record_field: "BODY", ...predicate }];
const POLICIES = [
  {
    id: "a-hide",
    log_transform: {
      matches: body({ contains: "17" }),
      redact: [{ record_field: "BODY", regex: "[0-9]+", replacement: "#" }],
      add: [{ log_attribute: "n", value: "2" }],
    },
  },
  { id: "drop-noise", log_filter: { matches: body({ regex: "noise|vip" }), action: "DROP" } },
  { id: "keep-vip", log_filter: { matches: body({ contains: "vip" }), action: "KEEP" } },
  {
    id: "tero",
    name: "T",
    log: {
      match: [{ log_field: "body", contains: "17" }],
      keep: "all",
      transform: { add: [{ log_attribute: "seen", value: "yes" }] },
    },
  },
];

const attributes = ["seen", "n"].map((key, i) => ({
  key,
  value: { stringValue: ["yes", "2"][i] },
}));
const edited = (text: string) => ({ ...logRecord("INFO", text), attributes });
const DOORS = [
  [
    "OTLP",
    "/v1/logs",
    otlpLogs(...TEXTS.map((text) => logRecord("INFO", text))),
    TEXTS.map((text) => logRecord("INFO", text)),
    [edited("vip noise #"), logRecord("INFO", "x"), edited("#")],
  ],
  [
    "Loki",
    "/loki/api/v1/push",
    writeJson([
      { labels: [["a", "b"]], entries: TEXTS.map((line, i) => ({ time: BigInt(i), line })) },
    ]),
    TEXTS.map((text, i) => [String(i), text]),
    [
      ["1", "vip noise #", { seen: "yes", n: "2" }],
      ["2", "x"],
      ["3", "#", { seen: "yes", n: "2" }],
    ],
  ],
  [
    "Datadog",
    "/api/v2/logs",
    JSON.stringify(TEXTS.map((message) => ({ message }))),
    TEXTS.map((message) => ({ message })),
    [
      { message: "vip noise #", seen: "yes", n: "2" },
      { message: "x" },
      { message: "#", seen: "yes", n: "2" },
    ],
  ],
] as const;

/** The bytes as the field of that number, in a message of their own. */
function inMessage(field: number, bytes: Uint8Array): Uint8Array {
  return new BinaryWriter().tag(field, WireType.LengthDelimited).bytes(bytes).finish();
}
const logsSchema = ExportLogsServiceRequestSchema;

/** The same in protobuf, of which taps show the bytes: how they are sent, and read. */
const PROTOBUF_DOORS = [
  [
    "OTLP in protobuf",
    "/v1/logs",
    toBinary(
      logsSchema,
      fromJson(logsSchema, {
        resourceLogs: [
          { scopeLogs: [{ logRecords: TEXTS.map((stringValue) => ({ body: { stringValue } })) }] },
        ],
      }),
    ),
    (record: Uint8Array) => {
      const request = inMessage(1, inMessage(2, inMessage(2, record)));
      const { resourceLogs } = fromBinary(logsSchema, request);
      const [one] = resourceLogs[0]!.scopeLogs[0]!.logRecords;
      const attributes = one!.attributes.map(({ key, value }) => [key, value!.value.value]);
      return [one!.body!.value.value, attributes];
    },
  ],
  [
    "Loki in protobuf",
    "/loki/api/v1/push",
    finish(
      snappy.encode(
        writeProtobuf([
          { labels: [["a", "b"]], entries: TEXTS.map((line, i) => ({ time: BigInt(i), line })) },
        ]),
      ),
    ),
    (entry: Uint8Array) => {
      const [stream] = readProtobuf(inMessage(1, inMessage(2, entry)));
      const { line, metadata = [] } = stream!.entries[0] as PlainEntry;
      return [line, metadata];
    },
  ],
] as const;

test.each(PROTOBUF_DOORS)("%s: the same is seen", async (_name, path, sent, read) => {
  const added = [
    ["seen", "yes"],
    ["n", "2"],
  ];
  const expected = {
    pre: TEXTS.map((text) => [text, []]),
    post: [
      ["vip noise #", added],
      ["x", []],
      ["#", added],
    ],
  };
  for (const stage of ["pre", "post"] as const) {
    const lines = await tapped(stage, path, sent, "application/x-protobuf");
    expect(lines.map(({ decision }) => decision)).toEqual(["drop", "edit", "keep", "edit"]);
    const shown = lines.flatMap(({ base64 }) => (typeof base64 === "string" ? [base64] : []));
    expect(shown.map((one) => read(Uint8Array.fromBase64(one)))).toEqual(expected[stage]);
  }
});

/** What a tap shows of the records of a request. */
async function tapped(
  stage: string,
  path: string,
  body: Bun.BodyInit,
  type: string,
): Promise<readonly Record<string, unknown>[]> {
  await using edge = await AdminEdge.start(ON, POLICIES);
  const response = await edge.ask(`/_edge/tap/${stage}`);
  await edge.ask(path, { method: "POST", headers: { "content-type": type }, body });
  edge.bus.emit("server.draining", { signal: "SIGTERM", timeoutMs: 1 });
  return (await response.text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ tap }) => tap === undefined);
}

test.each(DOORS)("%s: filters, exemptions and transforms are seen", async (...door) => {
  const [, path, sent, before, after] = door;
  for (const stage of ["pre", "post"]) {
    const lines = await tapped(stage, path, sent as Bun.BodyInit, "application/json");
    expect(lines.map((line) => [line["decision"], line["dropped_by"], line["policies"]])).toEqual([
      ["drop", "drop-noise", ["drop-noise"]],
      ["edit", undefined, ["tero", "drop-noise", "keep-vip", "a-hide"]],
      ["keep", undefined, []],
      ["edit", undefined, ["tero", "a-hide"]],
    ]);
    const shown = lines.map(({ record }) => record).filter((one) => one !== undefined);
    expect(shown).toEqual(stage === "pre" ? [...before] : [...after]);
  }
});
