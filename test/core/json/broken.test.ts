// Where a broken element of an array ends.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { skipBroken } from "../../../src/core/json/index.ts";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import { jsonText } from "./arbitrary-json.ts";

describe("a broken element ends before the bar", () => {
  test.each([
    "|,x",
    "|]",
    "a |]",
    "{NaN}|,{}",
    "{[}|,{}",
    "{[1,2}|,{}",
    "{[(]}|,{}",
    '{"},]"}|,',
    '{"\\"},]"}|,',
    "{'},]\"'}|,",
    "{'\\'},'}|,",
    "{/*},'\"*/}|,",
    "{//},'\"\n}|,",
    "{a:http://x}|,{}]",
    "{/,}|,",
    "}}|,",
    "{}}|,",
  ])("%s", (text) => {
    const at = text.indexOf("|");
    expect(skipBroken(encodeUtf8(text.replace("|", "")), 0)).toBe(at);
  });
});

test.each(["", "{", '"],', "'],", "{/*],", "[,", "{}", "{]", "{]],"])("%s has no end", (text) => {
  expect(skipBroken(encodeUtf8(text), 0)).toBe(-1);
});

test("a value that is whole ends where it does", () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      const bytes = encodeUtf8(`${text},`);
      expect(skipBroken(bytes, 0)).toBe(bytes.length - 1);
    }),
  );
});

test("brackets that close nothing cost no search", () => {
  const bytes = encodeUtf8("[".repeat(200_000) + "}".repeat(200_000));
  expect(skipBroken(bytes, 0)).toBe(-1);
});
