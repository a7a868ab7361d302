// Lines of files with a mark below what is meant.

import { expect, test } from "bun:test";
import { excerpt } from "../../../src/cli/terminal/excerpt.ts";
import { PLAIN } from "../../../src/cli/terminal/paint.ts";
import { masked } from "../../../src/cli/terminal/masked.ts";

const at = (text: string, line: number, column: number, length?: number): string =>
  excerpt(text, { line, column, length }, "error", PLAIN);

test("marks a quoted text, a word, or one character", () => {
  expect(at('{\n  "a": "b\\"c"}', 2, 8)).toBe('  2 |   "a": "b\\"c"}\n    |        ^^^^^^\n');
  expect(at("keep: nnone, x", 1, 7)).toBe("  1 | keep: nnone, x\n    |       ^^^^^\n");
  expect(at("a: 'it''s'", 1, 4)).toBe("  1 | a: 'it''s'\n    |    ^^^^^^^\n");
  expect(at("a: [1]", 1, 4)).toBe("  1 | a: [1]\n    |    ^\n");
  expect(at("a: [1]", 1, 4, 3)).toBe("  1 | a: [1]\n    |    ^^^\n");
});

test("marks the end of a line, and nothing beyond the text", () => {
  expect(at("a:", 1, 3)).toBe("  1 | a:\n    |   ^\n");
  expect(at("a:", 1, 4)).toBe("");
  expect(at("a:", 2, 1)).toBe("");
});

test("counts wide characters and tabs as they show", () => {
  expect(at("\t日本: x", 1, 6)).toBe("  1 |   日本: x\n    |         ^\n");
});

test("shows the part of a long line that is meant", () => {
  const line = `${"a".repeat(200)} here ${"b".repeat(200)}`;
  expect(at(line, 1, 202)).toBe(
    `  1 | …${"a".repeat(59)} here ${"b".repeat(35)}…\n    | ${" ".repeat(61)}^^^^\n`,
  );
});

test("lets no control character through", () => {
  expect(at("a: \u001b[31m", 1, 1)).toBe("  1 | a: \\u001b[31m\n    | ^\n");
});

test("secrets of a configuration are masked, and all else keeps its place", () => {
  const text = 'admin: {token: abc}\n"api_key": "a\\"b", url: http://u:p@h/?q=1\nlisten_port: 1';
  expect(masked(text)).toBe(
    'admin: {token: ***}\n"api_key": "**"*", url: http://***@h/?***\nlisten_port: 1',
  );
});
