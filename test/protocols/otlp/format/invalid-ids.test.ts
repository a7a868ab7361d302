// Ids that are invalid by the protocol, of another length or all zero, through the real engine:
// sampling has nothing to decide by, in both encodings; conditions see the text that they are.

import { describe, expect, test } from "bun:test";
import { encodeUtf8 } from "../../../../src/core/utf8.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../../../src/protocols/otlp/format/index.ts";
import { len, text } from "../../../core/protobuf/pb.ts";
import { engineWith } from "./otlp-app.ts";

const VALID = "0af7651916cd43dd84ffeb211c80319c";
const ascii = (id: string): Uint8Array => encodeUtf8(id);

function filter(body: Uint8Array | string, trace: object): { dropped: number; sent: boolean } {
  const engine = engineWith([{ id: "p", name: "n", trace }]);
  const isJson = typeof body === "string";
  const input = isJson ? encodeUtf8(body) : body;
  const format = isJson ? otlpJsonFormat("trace") : otlpProtobufFormat("trace");
  const { dropped, body: sent } = format.filter(input, engine.evaluation("trace")!);
  return { dropped, sent: sent !== undefined && dropped === 0 };
}
const json = (members: string): string =>
  `{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"s",${members}}]}]}]}`;
const wire = (field: number, id: Uint8Array): Uint8Array =>
  len(1, len(2, len(2, text(5, "s"), len(field, id))));

const INVALID: readonly (readonly [string, string | Uint8Array])[] = [
  ["32 ASCII bytes", wire(1, ascii(VALID))],
  ["15 bytes", wire(1, Uint8Array.fromHex(VALID.slice(2)))],
  ["17 bytes", wire(1, Uint8Array.fromHex(`${VALID}ff`))],
  ["8 bytes", wire(1, Uint8Array.fromHex(VALID.slice(16)))],
  ["zeros", wire(1, new Uint8Array(16))],
  ["no bytes", wire(1, new Uint8Array(0))],
  ["base64", json('"traceId":"CvdlGRbNQ92E/+shHIAxnA=="')],
  ["30 digits", json(`"traceId":"${VALID.slice(2)}"`)],
  ["33 digits", json(`"traceId":"${VALID}f"`)],
  ["34 digits", json(`"traceId":"${VALID}ff"`)],
  ["16 digits", json(`"traceId":"${VALID.slice(16)}"`)],
  ["32 characters that are no digits", json(`"traceId":"${VALID.slice(1)}g"`)],
  ["zeros as digits", json(`"traceId":"${"0".repeat(32)}"`)],
  ["no digits", json('"traceId":""')],
];
const any = { match: [{ trace_field: "name", equals: "s" }] };

describe("a trace id", () => {
  test.each(INVALID)("of %s is nothing to sample by", (name, body) => {
    const open = { ...any, keep: { percentage: 1, fail_closed: false } };
    const closed = { ...any, keep: { percentage: 99, fail_closed: true } };
    const seeded = { mode: "hash_seed", hash_seed: 7 };
    expect(filter(body, open)).toEqual({ dropped: 0, sent: false });
    expect(filter(body, closed).dropped).toBe(1);
    const failing = { ...seeded, percentage: 1, fail_closed: false };
    expect(filter(body, { ...any, keep: failing })).toEqual({ dropped: 0, sent: false });
    const none = { keep: { percentage: 0 } };
    const field = { trace_field: "trace_id" };
    const isThere = !/zeros|^no /.test(name);
    expect(filter(body, { match: [{ ...field, exists: false }], ...none }).dropped).toBe(
      isThere ? 0 : 1,
    );
    expect(filter(body, { match: [{ ...field, exists: true }], ...none }).dropped).toBe(
      isThere ? 1 : 0,
    );
  });

  test.each([
    ["16 bytes", wire(1, Uint8Array.fromHex(VALID))],
    ["32 digits", json(`"traceId":"${VALID}"`)],
    ["32 digits in upper case", json(`"traceId":"${VALID.toUpperCase()}"`)],
  ])("of %s is there", (_, body) => {
    expect(filter(body, { ...any, keep: { percentage: 50 } })).toEqual({ dropped: 0, sent: true });
    const match = [{ trace_field: "trace_id", equals: VALID }];
    expect(filter(body, { match, keep: { percentage: 0 } }).dropped).toBe(1);
  });
});
