// The inputs that are kept of fuzzing, one a line: bytes as characters of a JSON string, so that a
// change of one is seen. Small on purpose: those that found something, and one for each branch.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "corpus");

export function readCorpus(name: string): Uint8Array[] {
  const path = join(FOLDER, `${name}.txt`);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map(bytesOfLine);
}

export function writeCorpus(name: string, inputs: readonly Uint8Array[]): void {
  const lines = [...new Set(inputs.map(lineOf))];
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
