// What the protobuf format shows of spans, on spans written by hand.

import { describe, expect, test } from "bun:test";
import { otlpProtobufFormat } from "../../../../../src/protocols/otlp/format/protobuf/index.ts";
import { concat, int, len, text } from "../../../../core/protobuf/pb.ts";
import { attributeRef, FakeEvaluation, fieldRef } from "../../../../support/fake-evaluation.ts";

const kv = (key: string, ...any: Uint8Array[]): Uint8Array => concat(text(1, key), len(2, ...any));
const str = (value: string): Uint8Array => text(1, value);

describe("spans", () => {
  const refs = [
    fieldRef("span_status"),
    fieldRef("span_kind"),
    fieldRef("event_name"),
    fieldRef("link_trace_id"),
    attributeRef("event", "k"),
  ];
  function seen(...fields: Uint8Array[]): unknown {
    const evaluation = new FakeEvaluation("trace", refs);
    otlpProtobufFormat("trace").filter(len(1, len(2, len(2, ...fields))), evaluation);
    return evaluation.records[0];
  }
  test("a span without a status has the status 0, and no kind", () => {
    expect(seen()).toEqual({ span_status: 0n });
    expect(seen(len(15), int(6, 0))).toEqual({ span_status: 0n });
  });
  test("the last status code counts, across parts of the status, and unknown codes pass", () => {
    expect(seen(len(15, int(3, 1)), len(15, text(2, "message")))).toEqual({ span_status: 1n });
    expect(seen(len(15, int(3, 1), int(3, 9)))).toEqual({ span_status: 9n });
    expect(seen(int(6, -1))).toEqual({ span_status: 0n, span_kind: -1n });
  });
  test("all events and all links are shown", () => {
    const id = (byte: number): Uint8Array => len(13, len(1, new Uint8Array(16).fill(byte)));
    const event = (name: string, value: string): Uint8Array =>
      len(11, len(3, kv("k", str(value))), text(2, name), len(3, kv("k", str("no"))));
    expect(seen(event("e", "1"), id(0xab), event("", ""), id(0), event("f", "2"), id(1))).toEqual({
      span_status: 0n,
      event_name: ["e", "f"],
      link_trace_id: ["ab".repeat(16), "01".repeat(16)],
      "event:k": ["1", "no", "", "no", "2", "no"],
    });
  });
  test("more links than the first store for hex digits holds are all shown", () => {
    const ids = Array.from({ length: 300 }, (_, i) =>
      len(13, len(1, new Uint8Array(16).fill(1 + (i % 200)))),
    );
    const want = Array.from({ length: 300 }, (_, i) =>
      (1 + (i % 200)).toString(16).padStart(2, "0").repeat(16),
    );
    expect(seen(...ids)).toEqual({ span_status: 0n, link_trace_id: want });
  });
});
