// OTLP bodies that are made to hurt: nesting without end, repetition without end, bombs, lengths
// that lie. Each is answered, goes on as it came or as policies left it, and is counted.

import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import { bytes, concat, group, int, len, tag, text } from "../core/protobuf/pb.ts";
import {
  eventsOf,
  JSON_TYPE,
  OtlpApp,
  type Posted,
  PROTOBUF_TYPE,
} from "../protocols/otlp/format/otlp-app.ts";

const DECODED_BYTES_MAX = 3_000_000;
const app = new OtlpApp(
  [
    {
      id: "deep",
      name: "n",
      log: { match: [{ log_attribute: Array(100).fill("a"), equals: "deep" }], keep: "none" },
    },
    {
      id: "drop",
      name: "n",
      log: { match: [{ log_field: "severity_text", equals: "D" }], keep: "none" },
    },
    {
      id: "edit",
      name: "n",
      log: {
        match: [{ log_field: "severity_text", equals: "E" }],
        keep: "all",
        transform: {
          remove: [{ log_attribute: "r" }],
          redact: [{ log_attribute: "a", replacement: "-" }],
          rename: [{ from_log_attribute: ["m", "x"], to: "y", upsert: true }],
          add: [{ resource_attribute: ["a", "b"], value: "1", upsert: true }],
        },
      },
    },
  ],
  { decodedBytesMax: DECODED_BYTES_MAX },
);

const COUNT = 50_000;

function logs(records: string): Uint8Array {
  return encodeUtf8(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records}]}]}]}`);
}
const resource = (...fields: Uint8Array[]): Uint8Array => len(1, ...fields);
const scope = (...fields: Uint8Array[]): Uint8Array => len(2, ...fields);
const record = (...fields: Uint8Array[]): Uint8Array => len(2, ...fields);
const severity = (value: string): Uint8Array => text(3, value);

function repeat(unit: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(unit.length * count);
  for (let i = 0; i < count; i++) out.set(unit, i * unit.length);
  return out;
}
function deepJson(depth: number): string {
  const open = '{"kvlistValue":{"values":[{"key":"a","value":';
  return `${open.repeat(depth)}{"stringValue":"deep"}${"}]}}".repeat(depth)}`;
}
function deepMap(depth: number): Uint8Array {
  let value = len(2, text(1, "deep"));
  for (let i = 0; i < depth; i++) value = len(2, len(6, len(1, text(1, "a"), value)));
  return record(len(6, text(1, "a"), value));
}

/** Reason and count of the one fail-open pass, or what the records came to. */
function cameTo(posted: Posted): readonly unknown[] {
  expect([posted.status, eventsOf(posted, "request.failed")]).toEqual([200, []]);
  const passes = eventsOf(posted, "fail_open").map(({ reason, records }) => [reason, records]);
  const [evaluated] = eventsOf(posted, "records.evaluated");
  if (evaluated === undefined) return passes;
  const { records, dropped, edited } = evaluated;
  return [...passes, { records, dropped, edited }];
}
const UNDECODABLE = [["undecodable", 0]];
const one = (dropped: number, edited: number) => ({ records: 1, dropped, edited });

describe("nesting", () => {
  const attribute = (value: string): string => `{"attributes":[{"key":"a","value":${value}}]}`;
  test.each<[string, Uint8Array, readonly unknown[]]>([
    ["a million arrays", logs(`{"x":${"[".repeat(1_000_000)}`), UNDECODABLE],
    ["a million objects", logs(`{"body":${'{"a":'.repeat(500_000)}`), UNDECODABLE],
    ["closed again", logs(`{"x":${"[".repeat(1000)}${"]".repeat(1000)}}`), UNDECODABLE],
    ["maps that a policy follows", logs(attribute(deepJson(99))), [one(1, 0)]],
    ["one map less", logs(attribute(deepJson(98))), [one(0, 0)]],
    ["maps deeper than the bound", logs(attribute(deepJson(5000))), UNDECODABLE],
  ])("in JSON: %s", async (_, body, expected) => {
    const posted = await app.post("log", JSON_TYPE, body);
    expect(cameTo(posted)).toEqual(expected);
    if (expected === UNDECODABLE) expect(posted.sent).toEqual([body]);
  });

  const groups = concat(repeat(tag(5, 3), 300_000), repeat(tag(5, 4), 300_000));
  test.each<[string, Uint8Array, readonly unknown[]]>([
    ["groups in a record", record(groups), [["unreadable_record", 1], one(0, 0)]],
    [
      "groups that do not end",
      record(repeat(tag(5, 3), 90)),
      [["unreadable_record", 1], one(0, 0)],
    ],
    ["groups within the bound", record(severity("D"), group(50, group(6, int(1, 1)))), [one(1, 0)]],
    [
      "a group where a message belongs",
      record(severity("D"), group(5, int(1, 1))),
      [["unreadable_record", 1], one(0, 0)],
    ],
    ["groups in a scope", groups, UNDECODABLE],
    ["maps that a policy follows", deepMap(99), [one(1, 0)]],
    ["one map less", deepMap(98), [one(0, 0)]],
    ["maps deeper than any policy looks", deepMap(3000), [one(0, 0)]],
  ])("in protobuf: %s", async (_, fields, expected) => {
    const body = resource(scope(fields));
    const posted = await app.post("log", PROTOBUF_TYPE, body);
    expect(cameTo(posted)).toEqual(expected);
    if (posted.sent.length > 0) expect(posted.sent).toEqual([body]);
  });
});

describe("repetition", () => {
  const entry = '{"key":"r","value":{"stringValue":"x"}}';
  const list = (unit: string): string => Array(COUNT).fill(unit).join(",");
  const E = '"severityText":"E"';
  test.each<[string, Uint8Array, readonly unknown[]]>([
    ["an attribute", logs(`{${E},"attributes":[${list(entry)}]}`), [one(0, 1)]],
    // Editing so many lists is foreseen to take too long: what is to be hidden empties the record.
    [
      "the attributes",
      logs(`{${E},${list(`"attributes":[${entry}]`)}}`),
      [["too_costly", 1], one(0, 1)],
    ],
    [
      "the attributes, a tenth as often",
      logs(
        `{${E},${Array(COUNT / 10)
          .fill(`"attributes":[${entry}]`)
          .join(",")}}`,
      ),
      [one(0, 1)],
    ],
    ["a value's members", logs(`{${E},"body":{${list('"stringValue":"E"')}}}`), [one(0, 0)]],
    ["the severity", logs(`{${list(E)}}`), [one(0, 0)]],
    ["records", logs(list("{}")), [{ records: COUNT, dropped: 0, edited: 0 }]],
    [
      "every second record",
      logs(list('{"severityText":"D"},{"severityText":"E"}')),
      [{ records: COUNT * 2, dropped: COUNT, edited: 0 }],
    ],
  ])("in JSON: %s", async (_, body, expected) => {
    expect(cameTo(await app.post("log", JSON_TYPE, body))).toEqual(expected);
  });

  const kv = len(6, text(1, "r"), len(2, text(1, "x")));
  const part = len(2, len(6, len(1, text(1, "x"), len(2, int(3, 1)))));
  const ofResource = len(1, len(1, text(1, "a"), len(2, int(3, 1))));
  const inScope = (...fields: Uint8Array[]): Uint8Array => resource(scope(...fields));
  test.each<[string, Uint8Array, readonly unknown[]]>([
    ["an attribute", inScope(record(severity("E"), repeat(kv, COUNT))), [one(0, 1)]],
    ["the severity", inScope(record(repeat(severity("E"), COUNT))), [one(0, 0)]],
    [
      "parts of a map",
      inScope(record(severity("E"), len(6, text(1, "m"), repeat(part, COUNT)))),
      [one(0, 1)],
    ],
    [
      "parts of a resource that cannot be edited",
      resource(repeat(ofResource, COUNT), scope(record(severity("E")))),
      [one(0, 0)],
    ],
    [
      "parts of a resource that is edited",
      resource(scope(record(severity("E"))), repeat(len(1, text(9, "x")), COUNT)),
      [one(0, 0)],
    ],
    ["empty records", inScope(repeat(record(), COUNT)), [{ ...one(0, 0), records: COUNT }]],
    [
      "every second record",
      inScope(repeat(concat(record(severity("D")), record(severity("E"))), COUNT)),
      [{ records: COUNT * 2, dropped: COUNT, edited: 0 }],
    ],
  ])("in protobuf: %s", async (_, body, expected) => {
    expect(cameTo(await app.post("log", PROTOBUF_TYPE, body))).toEqual(expected);
  });
});

describe("bodies that grow when they are decoded", () => {
  const spaces = (size: number): Uint8Array => {
    const body = new Uint8Array(size).fill(0x20);
    body.set(encodeUtf8("{}"));
    return body;
  };
  const encoders = {
    gzip: zlib.gzipSync,
    deflate: zlib.deflateSync,
    zstd: zlib.zstdCompressSync,
  } as const;
  for (const [coding, encode] of Object.entries(encoders)) {
    test(`${coding}: at the bound, one byte above, and far above`, async () => {
      const outcomes = [];
      for (const size of [DECODED_BYTES_MAX, DECODED_BYTES_MAX + 1, 40_000_000]) {
        const packed = new Uint8Array(encode(spaces(size)));
        const posted = await app.post("log", JSON_TYPE, packed, coding);
        expect(posted.sent).toEqual([packed]);
        outcomes.push(...cameTo(posted));
      }
      const tooLarge = ["decoded_too_large", 0];
      expect(outcomes).toEqual([{ records: 0, dropped: 0, edited: 0 }, tooLarge, tooLarge]);
    });
  }
});

describe("lengths that lie", () => {
  const huge = bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
  const over32 = bytes(0x80, 0x80, 0x80, 0x80, 0x10);
  const negative = bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
  for (const length of [huge, over32, negative, bytes(0x7f)]) {
    test(`${length.toHex()} of a resource, and of an attribute`, async () => {
      const outer = concat(bytes(0x0a), length, resource());
      const posted = await app.post("log", PROTOBUF_TYPE, outer);
      expect(cameTo(posted)).toEqual(UNDECODABLE);
      expect(posted.sent).toEqual([outer]);
      const inner = resource(scope(record(severity("D")), record(bytes(0x32), length)));
      const passed = await app.post("log", PROTOBUF_TYPE, inner);
      expect(cameTo(passed)).toEqual([
        ["unreadable_record", 1],
        { records: 2, dropped: 1, edited: 0 },
      ]);
      expect(passed.sent).toEqual([resource(scope(record(bytes(0x32), length)))]);
    });
  }
});

describe("when every record is dropped", () => {
  test("what is no record is sent on, in both encodings", async () => {
    const legacy = len(1000, text(1, "older"));
    const body = resource(scope(record(severity("D"))), legacy);
    expect((await app.post("log", PROTOBUF_TYPE, body)).sent).toEqual([resource(legacy)]);
    const json =
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityText":"D"}]}],"old":[1]}]}';
    const rest = encodeUtf8('{"resourceLogs":[{"scopeLogs":[],"old":[1]}]}');
    expect((await app.post("log", JSON_TYPE, encodeUtf8(json))).sent).toEqual([rest]);
  });

  test("the client is answered in its encoding, and the upstream is not called", async () => {
    const asJson = await app.post(
      "log",
      `${JSON_TYPE}; charset=utf-8`,
      logs('{"severityText":"D"}'),
    );
    expect([asJson.sent, asJson.responseType, asJson.answer]).toEqual([
      [],
      JSON_TYPE,
      encodeUtf8("{}"),
    ]);
    const body = zlib.gzipSync(resource(scope(record(severity("D")))));
    const asBytes = await app.post("log", "application/protobuf", body, "gzip");
    expect([asBytes.sent, asBytes.responseType, asBytes.answer]).toEqual([
      [],
      "application/protobuf",
      bytes(),
    ]);
  });
});
