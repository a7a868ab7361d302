// The inputs that are kept of fuzzing, one a line: bytes as characters of a JSON string, so that a
// change of one is seen. Small on purpose: those that found something, and one for each branch.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Of one input, and of all of a target; what only larger ones reach is searched for anew. */
const INPUT_BYTES_MAX = 512;
const CORPUS_CHARS_MAX = 16 * 1024;
const FOLDER = join(import.meta.dirname, "corpus");

export function readCorpus(name: string): Uint8Array[] {
  const path = join(FOLDER, `${name}.txt`);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map(bytesOfLine);
}

/** As many as there is room for, the first ones first. */
export function writeCorpus(name: string, inputs: readonly Uint8Array[]): void {
  const small = inputs.filter(({ length }) => length <= INPUT_BYTES_MAX).map(lineOf);
  let room = CORPUS_CHARS_MAX;
  const lines = [...new Set(small)].filter((line) => (room -= line.length + 1) >= 0);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.txt`), lines.map((line) => `${line}\n`).join(""));
}

/** An input as a line. */
export function lineOf(input: Uint8Array): string {
  return JSON.stringify(Buffer.from(input).toString("latin1")).replaceAll(
    /[\u007f-\u00ff]/g,
    (one) => `\\u00${one.charCodeAt(0).toString(16)}`,
  );
}

/** The input that a line stands for. */
export function bytesOfLine(line: string): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.parse(line) as string, "latin1"));
}
