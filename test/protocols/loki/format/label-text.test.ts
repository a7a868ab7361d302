// Labels as protobuf bodies write them.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { Scratch } from "../../../../src/core/json/index.ts";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { LabelCursor } from "../../../../src/protocols/loki/format/index.ts";
import { labelText, readLabels } from "./push.ts";

/** Names and texts; undefined: it cannot be read. */
function labelsOf(text: string, around = ""): [string, string][] | undefined {
  const bytes = encodeUtf8(`${around}${text}${around}`);
  const cursor = new LabelCursor(new Scratch());
  cursor.open(bytes, around.length, bytes.length - around.length);
  const labels: [string, string][] = [];
  while (cursor.next()) {
    const { end, nameEnd, nameStart, start, texts } = cursor;
    labels.push([decodeUtf8(bytes, nameStart, nameEnd), decodeUtf8(texts, start, end)]);
  }
  return cursor.isOdd ? undefined : labels;
}

describe("are read", () => {
  const cases: readonly [string, [string, string][]][] = [
    ["{}", []],
    [" { } ", []],
    ['{a="b"}', [["a", "b"]]],
    [
      '{a="b", c_1="", _d:e="é"}',
      [
        ["a", "b"],
        ["c_1", ""],
        ["_d:e", "é"],
      ],
    ],
    [
      '\t{ a = "b" ,\n c="d" , }\r\n',
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    [
      '{a="}", b=",", c="{x=\\"y\\"}"}',
      [
        ["a", "}"],
        ["b", ","],
        ["c", '{x="y"}'],
      ],
    ],
    [
      "{a='b\"', c=`d\\n\"`}",
      [
        ["a", 'b"'],
        ["c", 'd\\n"'],
      ],
    ],
    ['{a="\\a\\b\\f\\n\\r\\t\\v\\\\\\"\\\'"}', [["a", "\u0007\b\f\n\r\t\v\\\"'"]]],
    ['{a="\\101\\x42\\u0043\\U0001F600"}', [["a", "ABC😀"]]],
    ['{a="\\xc3\\xa9"}', [["a", "é"]]],
    ['name:of_1 {a="b"}', [["a", "b"]]],
    ['# }\n{ # a="b"\n a="#" # , }\n , # x\n}# x', [["a", "#"]]],
  ];
  test.each(cases)("%s", (text, labels) => {
    expect(labelsOf(text)).toEqual(labels);
    expect(labelsOf(text, "}}")).toEqual(labels);
  });
});

describe("are not read", () => {
  test.each([
    "",
    "{",
    "}",
    "a",
    '{a="b"',
    '{a="b}',
    '{a="b",',
    "{a}",
    "{a=}",
    "{a=b}",
    '{="b"}',
    '{1a="b"}',
    '{a-b="c"}',
    '{a="b" c="d"}',
    '1a{a="b"}',
    'a b{a="b"}',
    '{a="b" # }',
    '{,a="b"}',
    '{a="b",,}',
    '{a=~"b"}',
    '{a!="b"}',
    '{a="b"} x',
    '{a="b"}{}',
    '{a="\\q"}',
    '{a="\\x4"}',
    '{a="\\u12"}',
    '{a="\\ud800"}',
    '{a="\\U00110000"}',
    '{a="\\8"}',
    '{a="\\"}',
  ])("%j", (text) => {
    expect(labelsOf(text)).toBeUndefined();
  });
});

test("any labels are read as they were written, and no part of them", () => {
  const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,6}$/);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, fc.string({ unit: "grapheme" })), { maxLength: 5 }),
      (labels) => {
        const text = labelText(labels);
        expect(labelsOf(text)).toEqual(labels);
        expect(readLabels(text)).toEqual(labels);
        for (let cut = 0; cut < text.length; cut++)
          expect(labelsOf(text.slice(0, cut))).toBeUndefined();
      },
    ),
  );
});

test("no text is too odd", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    ",",
    "=",
    '"',
    "'",
    "`",
    "\\",
    "a",
    "1",
    " ",
    "\\x",
    "\\u00",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      labelsOf(pieces.join(""));
    }),
    { numRuns: 2000 },
  );
});
