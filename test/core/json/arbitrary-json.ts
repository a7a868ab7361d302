// Random JSON texts in all spellings that the grammar allows: whitespace, escapes, numbers,
// repeated keys.

import * as fc from "fast-check";

const space = fc.constantFrom("", "", "", " ", "\n", "\t\r\n  ");

const stringPiece = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 6 }).map((text) => JSON.stringify(text).slice(1, -1)),
  fc.constantFrom('\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0041", "\\u00e9"),
  fc.constantFrom("\\uD83D\\uDE00", "\\ud800", "\\uDC00x", "\\ud800\\u0041", "\\u0000", "é", "😀"),
);

/** A JSON string literal. */
export const stringLiteral: fc.Arbitrary<string> = fc
  .array(stringPiece, { maxLength: 4 })
  .map((pieces) => `"${pieces.join("")}"`);

/** A JSON number literal. */
const numberLiteral: fc.Arbitrary<string> = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom("0", "-0", "1e5", "1E-3", "-0.50e+10", "12345678901234567890123", "9e999"),
);

const scalar = fc.oneof(stringLiteral, numberLiteral, fc.constantFrom("true", "false", "null"));

function container(open: string, items: fc.Arbitrary<string>, close: string): fc.Arbitrary<string> {
  const padded = fc.tuple(space, items, space).map((parts) => parts.join(""));
  return fc
    .tuple(fc.array(padded, { maxLength: 4 }), space)
    .map(([list, blank]) => open + (list.length === 0 ? blank : list.join(",")) + close);
}

/** A JSON value without whitespace around it. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => {
  const key = fc.oneof(fc.constantFrom('"a"', '"b"', '"\\u0061"'), stringLiteral);
  const member = fc.tuple(key, space, space, tie("value"));
  const members = member.map(([name, before, after, value]) => `${name}${before}:${after}${value}`);
  return {
    value: fc.oneof(
      { maxDepth: 4, depthSize: "medium" },
      scalar,
      container("[", tie("value"), "]"),
      container("{", members, "}"),
    ),
  };
}).value;
