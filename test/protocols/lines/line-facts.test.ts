// What lines say of themselves: when, how severe, in which span.

import { describe, expect, test } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/utf8.ts";
import { LineFacts, type LineSyntax } from "../../../src/protocols/lines/index.ts";

function factsOf(syntax: LineSyntax, line: string): object {
  const facts = new LineFacts(syntax);
  const bytes = encodeUtf8(`before\n${line}\nafter`);
  facts.read(bytes, 7, bytes.length - 6);
  const {
    hasTime,
    severityEnd,
    severityNumber,
    severityStart,
    severityText,
    spanId,
    time,
    traceId,
  } = facts;
  return {
    ...(hasTime ? { seconds: time.seconds, nanos: time.nanos } : {}),
    ...(severityNumber > 0 ? { number: severityNumber } : {}),
    ...(severityEnd > severityStart
      ? { text: decodeUtf8(severityText, severityStart, severityEnd) }
      : {}),
    ...(traceId.length > 0 ? { trace: traceId.toHex() } : {}),
    ...(spanId.length > 0 ? { span: spanId.toHex() } : {}),
  };
}

const AT = { seconds: 1_767_323_045, nanos: 0 };

describe("of a JSON line", () => {
  test.each<[string, object]>([
    ["{}", {}],
    ['{"level":"warn"}', { text: "warn", number: 13 }],
    ['{"level":30}', { number: 9 }],
    ['{"severity":"odd"}', { text: "odd" }],
    ['{"timestamp":"2026-01-02T03:04:05Z"}', AT],
    ['{"time":1767323045000}', AT],
    ['{"ts":1767323045.5}', { ...AT, nanos: 500_000_000 }],
    ['{"@timestamp":"2026-01-02T03:04:05Z"}', AT],
    ['{"time":"soon","ts":1767323045}', AT],
    ['{"ts":1,"timestamp":"2026-01-02T03:04:05Z"}', AT],
    ['{"ts":null,"level":null}', {}],
    [
      `{"trace_id":"${"AB".repeat(16)}","span_id":"${"01".repeat(8)}"}`,
      { trace: "ab".repeat(16), span: "01".repeat(8) },
    ],
    [`{"trace_id":"${"0".repeat(32)}","span_id":"xy"}`, {}],
    ["not JSON", {}],
  ])("%s", (line, expected) => {
    expect(factsOf("json", line)).toEqual(expected);
    expect(factsOf("auto", line)).toEqual(expected);
    expect(factsOf("raw", line)).toEqual({});
  });
});

describe("of a logfmt line", () => {
  test.each<[string, object]>([
    ["", {}],
    ["level=error ts=1767323045", { text: "error", number: 17, ...AT }],
    ['time="2026-01-02 03:04:05" severity=INFO', { text: "INFO", number: 9, ...AT }],
    [`trace_id=${"ab".repeat(16)} level`, { trace: "ab".repeat(16) }],
  ])("%s", (line, expected) => {
    expect(factsOf("logfmt", line)).toEqual(expected);
  });
});
