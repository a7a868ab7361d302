// Raw lines: what is dropped and edited of them, and that everything else keeps its bytes.

import { describe, expect, test } from "bun:test";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import { drop, edit, editAll, filterBytes, filterText, left } from "./filter-lines.ts";

const DEBUG = drop({ log_field: "body", contains: "DEBUG" });

describe("the body is the line", () => {
  test.each([
    ["drops lines that match", "a\nDEBUG b\nc\n", "a\nc\n"],
    ["drops the first and the last", "DEBUG\na\nDEBUG\n", "a\n"],
    ["drops runs of lines", "a\nDEBUG\nDEBUG\nb\n", "a\nb\n"],
    ["drops all", "DEBUG 1\nDEBUG 2\n", ""],
    ["keeps near misses", "DEBU\nEBUG\ndebug\n", "DEBU\nEBUG\ndebug\n"],
    ["keeps empty lines", "\n\nDEBUG\n\n", "\n\n\n"],
    ["drops with carriage returns", "a\r\nDEBUG\r\nb\r\n", "a\r\nb\r\n"],
    ["keeps a last line without an end", "DEBUG\nb", "b"],
    ["drops a last line without an end", "a\nDEBUG", "a\n"],
    ["takes a carriage return within a line as text", "DE\rBUG\nDEBUG\r\n", "DE\rBUG\n"],
  ])("%s", (_, text, expected) => {
    expect(left(text, { policies: [DEBUG] })).toBe(expected);
  });

  test("the carriage return before a line end is no part of it", () => {
    const policies = [drop({ log_field: "body", regex: "done$" })];
    expect(left("done\r\ndone\ndone\r\r\n", { policies })).toBe("done\r\r\n");
  });

  test("an empty line has no body", () => {
    const policies = [drop({ log_field: "body", exists: true })];
    expect(left("\na\n\r\n", { policies })).toBe("\n\r\n");
  });

  test("bytes that are no UTF-8 and zeros pass, and are matched around", () => {
    const block = Uint8Array.from([0xff, 0, 0xfe, 0x0a, 0xc3, 0x28, ...encodeUtf8("DEBUG\n")]);
    const { body } = filterBytes(block, { policies: [DEBUG] });
    expect([...(body ?? [])]).toEqual([0xff, 0, 0xfe, 0x0a]);
  });

  test("nothing but the body can be matched", () => {
    const policies = [drop({ log_field: "severity_text", exists: true })];
    expect(left("level=error\n", { policies })).toBe("level=error\n");
  });
});

describe("counts", () => {
  test("lines, records and bytes of what leaves", () => {
    const { outcome } = filterText("a\nDEBUG b\n\nno\n", {
      policies: [DEBUG],
      rules: [{ kind: "exclude", pattern: "^no$" }],
    });
    expect(outcome).toEqual({
      records: 3,
      dropped: 1,
      edited: 0,
      unreadable: 0,
      excluded: 1,
      lines: 4,
      cutLines: 2,
      consumedBytes: 14,
      droppedBytes: 8,
      excludedBytes: 3,
      body: encodeUtf8("a\n\n"),
      settlement: expect.objectContaining({ sampled: 0, limited: 0 }),
    });
  });

  test("a block in which nothing changes is not written", () => {
    expect(filterText("a\nb\n", { policies: [DEBUG] }).outcome.body).toBeUndefined();
  });

  test("an empty block has no lines", () => {
    const { outcome, text } = filterText("", { policies: [DEBUG] });
    expect([outcome.lines, outcome.records, text]).toEqual([0, 0, ""]);
  });
});

describe("transforms", () => {
  const redact = (regex: string, replacement: string) =>
    editAll({ redact: [{ log_field: "body", regex, replacement }] });

  test.each([
    ["redacts in the line", redact("\\d+", "#"), "a 12\nb\nc 3 4\n", "a #\nb\nc # #\n"],
    ["keeps line ends", redact("\\d+", "#"), "a 1\r\nb 2", "a #\r\nb #"],
    ["a replacement stays on its line", redact("x", "1\r\n2"), "axb\n", "a1  2b\n"],
    ["redacts all of it", editAll({ redact: [{ log_field: "body" }] }), "a\n\n", "[REDACTED]\n\n"],
    ["removes the text of a line", editAll({ remove: [{ log_field: "body" }] }), "a\nb\n", "\n\n"],
    [
      "cannot hold attributes",
      editAll({ add: [{ log_attribute: "a", value: "b", upsert: true }] }),
      "a\n",
      "a\n",
    ],
    [
      "adds a body to an empty line only",
      editAll({ add: [{ log_field: "body", value: "none", upsert: false }] }),
      "a\n\n",
      "a\nnone\n",
    ],
  ])("%s", (_, policy, text, expected) => {
    expect(left(text, { policies: [policy] })).toBe(expected);
  });

  test("what is dropped is not edited, and the rest of the block keeps its bytes", () => {
    const policies = [
      DEBUG,
      edit(
        { log_field: "body", contains: "x" },
        {
          redact: [{ log_field: "body", regex: "x", replacement: "y" }],
        },
      ),
    ];
    const { text, outcome } = filterText("DEBUG x\na\nx\nb\n", { policies });
    expect([text, outcome.edited, outcome.dropped]).toEqual(["a\ny\nb\n", 1, 1]);
  });
});

describe("a byte order mark before a line is no part of it", () => {
  const MARK = "\uFEFF";
  const anchored = drop({ log_field: "body", regex: "^DEBUG" });

  test.each([
    ["dropped", `${MARK}DEBUG\na\n`, "a\n"],
    ["dropped wherever it is", `a\n${MARK}DEBUG\r\n`, "a\n"],
    ["kept with its bytes", `${MARK}a\n${MARK}\n`, `${MARK}a\n${MARK}\n`],
    ["kept when the mark is within it", `a${MARK}DEBUG\n`, `a${MARK}DEBUG\n`],
  ])("%s", (_, text, expected) => {
    expect(left(text, { policies: [anchored] })).toBe(expected);
  });

  test("it stays before what is edited", () => {
    const redact = [{ log_field: "body", regex: "^a", replacement: "b" }];
    expect(left(`${MARK}a\n`, { policies: [editAll({ redact })] })).toBe(`${MARK}b\n`);
  });

  test("in logfmt as well, and for line rules", () => {
    const policies = [drop({ log_field: "severity_text", exact: "debug" })];
    expect(left(`${MARK}level=debug\nlevel=info\n`, { syntax: "logfmt", policies })).toBe(
      "level=info\n",
    );
    const rules = [{ kind: "exclude", pattern: "^x" } as const];
    expect(left(`${MARK}x\ny\n`, { rules })).toBe("y\n");
  });
});
