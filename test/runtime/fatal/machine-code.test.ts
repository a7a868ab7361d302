// The handler of fatal signals as bytes. What it does is tested on a whole executable, in
// test/e2e/crashes/fatal-signals.test.ts; on machines other than this one, by its assembler alone.

import { describe, expect, test } from "bun:test";
import {
  bytesOf,
  HANDLER_BYTES,
  handlerBytes,
  MACHINE_CODE,
} from "../../../src/runtime/fatal/machine-code.ts";

const TABLE = { gate: 1n, head: 2n, headSize: 3n, texts: 4n, count: 5n, next: 6n };

describe.each(Object.entries(MACHINE_CODE))("on %s", (arch, code) => {
  test("the code ends before its table, which is in the order that the code reads it in", () => {
    const instructions = bytesOf(code);
    expect(instructions.length).toBeLessThanOrEqual(128);
    const bytes = handlerBytes(code, TABLE);
    expect(bytes.length).toBe(HANDLER_BYTES);
    const view = new DataView(bytes.buffer);
    const table = Array.from({ length: 6 }, (_, at) => view.getBigUint64(128 + at * 8, true));
    expect(table).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
    expect(bytes.subarray(0, instructions.length)).toEqual(instructions);
  });

  const assembler = Bun.which("llvm-mc");
  const why = assembler === null ? " (skipped: no llvm-mc here)" : "";
  test.skipIf(assembler === null)(`an assembler makes the same bytes of its text${why}`, () => {
    const names = ["gate", "head", "headSize", "texts", "count", "next"];
    const instructions = code.map(([, text]) => {
      const [label = "", rest = label] = text.split(": ");
      return `${label === rest ? "" : `${label}:\n`}${rest.split(";")[0]}`;
    });
    const source = [
      arch === "x64" ? ".intel_syntax noprefix" : "",
      ...instructions,
      ".org 128",
      ...names.map((name) => `${name}: .quad 0`),
      "",
    ].join("\n");
    const triple = arch === "x64" ? "x86_64" : "aarch64";
    const run = Bun.spawnSync([assembler!, `-triple=${triple}`, "-filetype=obj", "-o", "-"], {
      stdin: Buffer.from(source),
    });
    expect(run.stderr.toString()).toBe("");
    const object = run.stdout.toString("latin1");
    const zero = { gate: 0n, head: 0n, headSize: 0n, texts: 0n, count: 0n, next: 0n };
    const handler = Buffer.from(handlerBytes(code, zero).subarray(0, 176)).toString("latin1");
    expect(object.includes(handler)).toBe(true);
  });
});
