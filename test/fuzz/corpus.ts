// Where targets of fuzzing are, and the inputs that are kept of searches, one a line: bytes as
// characters of a JSON string, so that a change of one is seen. Small on purpose: those that found
// something, and one for each branch.

import { Glob } from "bun";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { FuzzTarget } from "./fuzz-target.ts";

/** Of one input, and of all of a target; what only larger ones reach is searched for anew. */
const INPUT_BYTES_MAX = 512;
const CORPUS_CHARS_MAX = 16 * 1024;
const FOLDER = join(import.meta.dirname, "corpus");
const TARGETS = join(import.meta.dirname, "targets");

/** The file of each target by its name, sorted; folders are for readers alone. */
export function targetFiles(): ReadonlyMap<string, string> {
  const paths = [...new Glob("*/*.ts").scanSync({ cwd: TARGETS, absolute: true })];
  const named = paths.map((path): [string, string] => [basename(path, ".ts"), path]);
  return new Map(named.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Throws when there is none of that name. */
export async function targetOf(name: string): Promise<FuzzTarget> {
  const path = targetFiles().get(name);
  if (path === undefined) throw new Error(`no target ${name} below ${TARGETS}`);
  // Each of these files exports its target.
  return ((await import(path)) as { target: FuzzTarget }).target;
}

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
