// What each kind of line is taken for, and the ranges that are found in it.

import { describe, expect, test } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { LineKind, LineParser } from "../../../../src/protocols/prometheus/format/index.ts";
import { LABEL_WIDTH } from "../../../../src/protocols/prometheus/format/line-parser.ts";

type Kind = keyof typeof LineKind;
const KINDS = Object.keys(LineKind) as Kind[];

interface Parsed {
  readonly kind: Kind;
  readonly name?: string;
  readonly text?: string;
  readonly labels?: readonly (readonly [string, string])[];
}

/** Parses a line in the middle of others, so that reading past its ends would show. */
function parse(line: string): Parsed {
  const bytes = encodeUtf8(`x{y="1"} 2${line}}",z="3"} 4`);
  const start = 'x{y="1"} 2'.length;
  const end = bytes.length - '}",z="3"} 4'.length;
  const parser = new LineParser();
  const kind = KINDS[parser.parse(bytes, start, end)]!;
  if (kind === "blank" || kind === "comment" || kind === "eof" || kind === "unreadable") {
    return { kind };
  }
  const name = decodeUtf8(parser.nameBytes, parser.nameStart, parser.nameEnd);
  if (kind !== "sample") {
    return { kind, name, text: decodeUtf8(bytes, parser.textStart, parser.textEnd) };
  }
  const labels = Array.from({ length: parser.labelCount }, (_, i): [string, string] => {
    const at = parser.labels.subarray(i * LABEL_WIDTH);
    return [decodeUtf8(bytes, at[0], at[1]), decodeUtf8(bytes, at[2], at[3])];
  });
  return { kind, name, labels };
}

describe("samples", () => {
  test.each<[string, string, readonly (readonly [string, string])[]]>([
    ["a 1", "a", []],
    ["_a:b9 -1.5e+3 1700000000", "_a:b9", []],
    ["\t a\t1", "a", []],
    ["a .5", "a", []],
    ["a NaN", "a", []],
    ["a +Inf 17", "a", []],
    ["a -infinity", "a", []],
    ["a 0x1.8p3", "a", []],
    ["a{} 1", "a", []],
    ["a { } 1", "a", []],
    ['a{x="1"}1', "a", [["x", "1"]]],
    ['a{x="1",} 1', "a", [["x", "1"]]],
    [
      'a{ x = "1" , y="" } 1',
      "a",
      [
        ["x", "1"],
        ["y", ""],
      ],
    ],
    ['a{x="\\"}"} 1 # {t="u"} 2 3', "a", [["x", '\\"}']]],
    ['a{x="\\\\"} 1', "a", [["x", "\\\\"]]],
    [
      'a{"k.8s"="1",y="é"} 1',
      "a",
      [
        ["k.8s", "1"],
        ["y", "é"],
      ],
    ],
    ['{"my.metric"} 1', "my.metric", []],
    ['{"my \\"metric\\"",x="1"} 1', 'my "metric"', [["x", "1"]]],
    ['{x="1","late"} 1', "late", [["x", "1"]]],
    ["a 1\r", "a", []],
  ])("%j", (line, name, labels) => {
    expect(parse(line)).toEqual({ kind: "sample", name, labels });
  });
});

describe("what is none", () => {
  test.each([
    "a",
    "a ",
    "a{",
    "a{}",
    "a{x} 1",
    "a{x=1} 1",
    'a{x="1} 1',
    'a{x="1"',
    'a{x="1"y="2"} 1',
    "a{,} 1",
    'a{="1"} 1',
    'a{"b"} 1',
    '{"a","b"} 1',
    '{x="1"} 1',
    "{} 1",
    "9a 1",
    "a-b 1",
    "é 1",
    "a one",
    "a nano",
    "a infinite",
    "a - 1",
    "a +",
    "a# 1",
  ])("%j is unreadable", (line) => {
    expect(parse(line)).toEqual({ kind: "unreadable" });
  });
  test.each(["", " ", "\t\t", "\r"])("%j is blank", (line) => {
    expect(parse(line)).toEqual({ kind: "blank" });
  });
  test.each([
    "#",
    "# ",
    "#HELP a b",
    "# HELP",
    "# HELP ",
    "# HELPS a b",
    "# help a b",
    "# TYPE\u00a0a b",
    '# HELP "a b',
    '# HELP "a"b c',
    "# EOFS",
    "#EOF",
    "# EO",
    "# EOF x",
  ])("%j is a comment", (line) => {
    expect(parse(line)).toEqual({ kind: "comment" });
  });
});

describe("metadata", () => {
  test.each<[string, Kind, string, string]>([
    ["# HELP a Some  text ", "help", "a", "Some  text "],
    ["#\tHELP \ta\tSome text", "help", "a", "Some text"],
    ["  # HELP a", "help", "a", ""],
    ["# HELP a ", "help", "a", ""],
    ["# HELP a-b é", "help", "a-b", "é"],
    ["# TYPE a counter", "type", "a", "counter"],
    ["# TYPE a counter\r", "type", "a", "counter"],
    ["# UNIT a_s s", "unit", "a_s", "s"],
    ['# HELP "a \\"b\\"" text', "help", 'a "b"', "text"],
    ['# TYPE "a" gauge', "type", "a", "gauge"],
    ['# TYPE ""', "type", "", ""],
  ])("%j", (line, kind, name, text) => {
    expect(parse(line)).toEqual({ kind, name, text });
  });
  test.each(["# EOF", "# EOF ", " #\tEOF\r"])("%j ends the exposition", (line) => {
    expect(parse(line)).toEqual({ kind: "eof" });
  });
});

test("more labels than there was room for are all found", () => {
  const labels = Array.from({ length: 500 }, (_, i): [string, string] => [`l${i}`, `${i}`]);
  const list = labels.map(([key, value]) => `${key}="${value}"`).join(",");
  expect(parse(`a{${list}} 1`)).toEqual({ kind: "sample", name: "a", labels });
});

test("a line that ends at any byte is no sample with half of a label", () => {
  const line = 'a{x="1",y="\\"2"} 3';
  for (let end = 0; end < line.length; end++) {
    const parsed = parse(line.slice(0, end));
    expect([line.slice(0, end), parsed.kind]).toEqual([
      line.slice(0, end),
      end === 0 ? "blank" : "unreadable",
    ]);
  }
});
