// JSON as bytes, as a tree to edit, and as a document that people wrote: all of them take what
// JSON.parse takes, and read the same values.

import { UndecodableError } from "../../../../src/core/errors.ts";
import { DocumentError, parseJson } from "../../../../src/core/document/index.ts";
import {
  expectEnd,
  JSON_DEPTH_MAX,
  JsonNode,
  parseDouble,
  quoteJson,
  skipBom,
  skipSpace,
  skipValue,
} from "../../../../src/core/json/index.ts";
import { expectSame, type FuzzTarget } from "../../fuzz-target.ts";
import { parsed } from "../../other-readers.ts";

export const target: FuzzTarget = {
  seeds: [
    '{"a":[1,-2.5e3,true,null,"x\\n\\u00e9\\ud83d\\ude00"],"b":{"c":{}},"":[]}',
    ' [ 0, -0, 1e400, 123456789012345678901234567890, "\\ud800", "é😀" ] ',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    "\uFEFF{}",
    "[".repeat(600) + "]".repeat(600),
  ],
  check(input) {
    const want = parsed(input);
    const end = scanned(input);
    if (end === undefined) {
      if (want !== undefined && depthOf(want.value) <= JSON_DEPTH_MAX) {
        throw new Error("not read although JSON.parse reads it");
      }
      return;
    }
    if (want === undefined) throw new Error("read although JSON.parse does not");
    const at = skipSpace(input, skipBom(input));
    const node = new JsonNode(input, at, end);
    expectSame("printed", node.print(), input.subarray(at, end));
    expectSame("the tree", valueOf(node), wellFormed(want.value));
    checkDocument(input, want.value);
  },
};

/** Where the value ends; undefined: it is none. */
function scanned(input: Uint8Array): number | undefined {
  try {
    const end = skipValue(input, skipSpace(input, skipBom(input)), 0);
    expectEnd(input, end);
    return end;
  } catch (error) {
    if (error instanceof UndecodableError) return undefined;
    throw error;
  }
}

/** Later members win, as they do with JSON.parse. */
function valueOf(node: JsonNode): unknown {
  switch (node.type) {
    case "object":
      return Object.fromEntries(node.children.map((child) => [textOf(child.key), valueOf(child)]));
    case "array":
      return node.children.map(valueOf);
    case "string": {
      const text = textOf(node.string);
      expectSame("quoted", JSON.parse(textOf(quoteJson(node.string))), text);
      return text;
    }
    case "number":
      return parseDouble(node.text, 0, node.text.length);
    default:
      return JSON.parse(new TextDecoder().decode(node.text));
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Duplicate keys, depth, and long numbers are what documents are stricter about. */
function checkDocument(input: Uint8Array, want: unknown): void {
  try {
    expectSame("the document", rounded(parseJson(new TextDecoder().decode(input))), want);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    if (!/duplicate key|deep|number of more than/.test(error.message)) throw error;
  }
}

/** Halves of surrogate pairs cannot be said in bytes. */
function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(wellFormed);
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key.toWellFormed(), wellFormed(one)]),
  );
}

/** Long whole numbers as JSON.parse has them. */
function rounded(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(rounded);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one)]));
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Object.values(value).reduce<number>((most, one) => Math.max(most, depthOf(one)), 0);
}
